#include "mailban/parse/exim.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include "exim_messages.h"

namespace mailban {

namespace {

// Exim assembles a line in a buffer of 8 KiB.
constexpr std::size_t kLongestMessage = EximPieces::kLongestLine;

// All that is left of a line that did not fit.
constexpr std::string_view kOverflow = "**** log string overflowed log buffer ****";

std::optional<EximPiece> take_piece_mark(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[")) return std::nullopt;
    EximPiece piece;
    const auto number = take_number<std::uint32_t>(rest);
    piece.ends_line = rest.starts_with('\\');
    if (!number || !(take(rest, "/") || take(rest, "\\"))) return std::nullopt;
    const auto of = take_number<std::uint32_t>(rest);
    if (!of || !take(rest, "] ")) return std::nullopt;
    piece.number = *number;
    piece.of = *of;
    text = rest;
    return piece;
}

std::optional<std::uint32_t> take_pid(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[")) return std::nullopt;
    const auto pid = take_number<std::uint32_t>(rest);
    if (!pid || !take(rest, "] ")) return std::nullopt;
    text = rest;
    return pid;
}

// Message ids have 16 characters, since Exim 4.97 23.
bool begins_as_arrival(std::string_view message) noexcept
{
    constexpr std::string_view kArrow = " <= ";
    return message.size() > 27 &&
           (message.substr(16, 4) == kArrow || message.substr(23, 4) == kArrow);
}

// "no host name found for IP address 192.0.2.7": a client without a verifiable name has connected.
bool learn_process(std::string_view message, const EximScene& scene, KnownPeers& peers)
{
    if (!take(message, "no host name found for IP address ")) return false;
    const auto peer = IpAddress::parse(message);
    if (peer && scene.pid) peers.remember_process(scene.host, *scene.pid, *peer, scene.time);
    return true;
}

// "SMTP connection from [192.0.2.7]:53953 I=[192.0.2.1]:25 (TCP/IP connection count = 1)"
bool learn_connection(std::string_view message, const EximScene& scene, KnownPeers& peers)
{
    if (!take(message, "SMTP connection from ")) return false;
    const auto peer = take_exim_endpoint(message);
    skip_exim_details(message);
    const bool is_new = message.starts_with(" (TCP/IP connection count = ");
    if (peer && peer->port && is_new)
        peers.remember_connection(scene.host, peer->ip, *peer->port, scene.time);
    return true;
}

bool begins_with_authenticator(std::string_view message) noexcept
{
    return !take_exim_authenticator(message).empty();
}

ParseResult read_kind_of_message(const EximClientText& client)
{
    auto behind_authenticator = client;
    const auto authenticator = take_exim_authenticator(behind_authenticator.text);
    if (!authenticator.empty())
        return read_exim_authentication(authenticator, behind_authenticator);
    if (begins_as_arrival(client.text)) return read_exim_arrival(client);
    if (begins_as_exim_refused_auth(client.text)) return read_exim_refused_auth(client);
    switch (client.text.front()) {
    case ' ':
    case 'H': return read_exim_refusal(client);
    case 'n': return read_exim_idle_session(client);
    case 'C':
    case 'S':
    case 'r': return read_exim_abuse(client);
    default: return {};
    }
}

}  // namespace

EximLine split_exim_line(std::string_view text) noexcept
{
    EximLine line;
    line.piece = take_piece_mark(text);
    line.text = text;
    if (line.piece)
        line.extent = line.piece->number == 1 ? EximExtent::first_piece : EximExtent::later_piece;
    if (const auto length = plain_stamp_length(text); length > 0) {
        line.stamp = text;
        text.remove_prefix(length);
    }
    line.pid = take_pid(text);
    line.message = text;
    return line;
}

bool EximParser::may_matter(const LineHeader& header) noexcept
{
    constexpr Beginnings kBeginnings(
        kOverflow, "SMTP connection from [", "H=", " DSH=", "no host name found ", "no MAIL in ",
        "rejected ", "SMTP call from ", "SMTP protocol sync", "Connection from ");
    const auto line = split_exim_line(header.message);
    // Only syslog cuts lines.
    if (line.extent != EximExtent::whole && header.style == HeaderStyle::plain) return false;
    if (line.extent == EximExtent::later_piece) return true;
    return kBeginnings.begin(line.message) || begins_as_arrival(line.message) ||
           begins_with_authenticator(line.message) || begins_as_exim_refused_auth(line.message);
}

ParseResult EximParser::read(const LogMessage& message)
{
    const auto line = split_exim_line(message.text);
    const bool is_later = line.extent == EximExtent::later_piece;
    auto result = is_later ? read_later_piece(message, line) : read_first(message, line);
    if (!result.event) return result;
    auto& event = *result.event;
    // Through syslog the reject log's lines come beside the main log's (syslog_duplication); so
    // they do where both are written to a container's output.
    const bool is_shared = !message.program.empty() || !message.container.empty();
    event.may_be_doubled = is_shared && event.kind != EventKind::auth_success;
    return result;
}

ParseResult EximParser::read_first(const LogMessage& message, const EximLine& line)
{
    if (message.pid) pieces_.drop({message.host, *message.pid});
    if (line.message.starts_with(kOverflow)) return Concern::lost_lines;
    if (line.message.empty() || line.message.size() > kLongestMessage) return {};
    const EximScene scene{.extent = line.extent,
                          .time = message.time,
                          .host = message.host,
                          .pid = line.pid ? line.pid : message.pid};
    if (learn_process(line.message, scene, peers_)) return {};
    if (learn_connection(line.message, scene, peers_)) return {};
    auto result = read_client(line.message, scene);
    if (result.event || !line.piece || !message.pid) return result;
    // Its end may decide.
    pieces_.begin({message.host, *message.pid}, *line.piece, line.message);
    return {};
}

// A process that cuts its lines for syslog has its pid there.
ParseResult EximParser::read_later_piece(const LogMessage& message, const EximLine& line)
{
    if (!message.pid) return {};
    const auto whole = pieces_.add({message.host, *message.pid}, *line.piece, line.text);
    if (!whole) return {};
    return read_client(*whole, {.extent = EximExtent::whole,
                                .time = message.time,
                                .host = message.host,
                                .pid = message.pid});
}

ParseResult EximParser::read_client(std::string_view text, const EximScene& scene)
{
    auto result = read_kind_of_message({text, scene, peers_});
    if (!result.event) return result;
    auto& event = *result.event;
    event.pid = scene.pid;
    // Of a cut line, the account may be missing its end.
    if (scene.extent != EximExtent::whole) event.account.reset();
    // The process serves another client by now.
    if (scene.pid && peers_.of_process(scene.host, *scene.pid, scene.time) != event.ip)
        peers_.forget_process(scene.host, *scene.pid);
    return result;
}

}  // namespace mailban
