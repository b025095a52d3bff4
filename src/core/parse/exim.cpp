#include "mailban/parse/exim.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

#include "exim_messages.h"

namespace mailban {

namespace {

// Exim assembles a line in a buffer of 8 KiB.
constexpr std::size_t kLongestMessage = std::size_t{16} * 1024;

// All that is left of a line that did not fit.
constexpr std::string_view kOverflow = "**** log string overflowed log buffer ****";

// "[1/2] "; "[1\2] " where the message itself held a line feed.
EximExtent take_piece_mark(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[")) return EximExtent::whole;
    const auto piece = take_number<unsigned>(rest);
    if (!piece || !(take(rest, "/") || take(rest, "\\"))) return EximExtent::whole;
    if (!take_number<unsigned>(rest) || !take(rest, "] ")) return EximExtent::whole;
    text = rest;
    return *piece == 1 ? EximExtent::first_piece : EximExtent::later_piece;
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

std::optional<Event> read_kind_of_message(const EximClientText& client)
{
    if (auto event = read_exim_authentication(client)) return event;
    if (auto event = read_exim_arrival(client)) return event;
    switch (client.text.front()) {
    case ' ':
    case 'H': return read_exim_refusal(client);
    case 'n': return read_exim_idle_session(client);
    case 'C':
    case 'S':
    case 'r': return read_exim_abuse(client);
    default: return std::nullopt;
    }
}

}  // namespace

EximLine split_exim_line(std::string_view text) noexcept
{
    EximLine line;
    line.extent = take_piece_mark(text);
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
    constexpr std::array<std::string_view, 10> kBeginnings{
        kOverflow,         "SMTP connection from [", "H=",
        " DSH=",           "no host name found ",    "no MAIL in ",
        "rejected ",       "SMTP call from ",        "SMTP protocol sync",
        "Connection from "};
    const auto line = split_exim_line(header.message);
    // Only syslog cuts lines.
    if (line.extent != EximExtent::whole && header.style == HeaderStyle::plain) return false;
    const auto begins = [&](std::string_view text) { return line.message.starts_with(text); };
    return begins_as_exim_authentication(line.message) || begins_as_arrival(line.message) ||
           std::any_of(kBeginnings.begin(), kBeginnings.end(), begins);
}

ParseResult EximParser::read(const LogMessage& message)
{
    const auto line = split_exim_line(message.text);
    if (line.message.starts_with(kOverflow)) return Concern::lost_lines;
    if (line.message.empty() || line.message.size() > kLongestMessage) return {};
    if (line.extent == EximExtent::later_piece) return {};
    const EximScene scene{.extent = line.extent,
                          .time = message.time,
                          .host = message.host,
                          .pid = line.pid ? line.pid : message.pid};
    if (learn_process(line.message, scene, peers_)) return {};
    if (learn_connection(line.message, scene, peers_)) return {};

    auto event = read_kind_of_message({line.message, scene, peers_});
    if (!event) return {};
    event->pid = scene.pid;
    // Through syslog the reject log's lines come beside the main log's (syslog_duplication).
    event->may_be_doubled = !message.program.empty() && event->kind != EventKind::auth_success;
    // Of a cut line, the account may be missing its end.
    if (scene.extent != EximExtent::whole) event->account.reset();
    return event;
}

}  // namespace mailban
