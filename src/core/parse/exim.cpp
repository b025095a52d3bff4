#include "mailban/parse/exim.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

#include "exim_messages.h"

namespace mailban {

namespace {

// Exim assembles a line in a buffer of 8 KiB.
constexpr std::size_t kLongestMessage = 16 * 1024;

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

// The length of "2026-11-23 22:29:06.578 +0100 " with its blank, by shape; 0: there is none.
std::size_t stamp_length(std::string_view text) noexcept
{
    constexpr std::size_t kBare = 19;
    if (text.size() <= kBare || text[4] != '-' || text[7] != '-' || text[10] != ' ' ||
        text[13] != ':' || text[16] != ':' || !is_digit(text[0])) {
        return 0;
    }
    auto rest = text.substr(kBare);
    if (take(rest, ".")) take_until(rest, ' ');
    if (rest.size() > 6 && (rest.starts_with(" +") || rest.starts_with(" -")) && rest[6] == ' ')
        rest.remove_prefix(6);
    return take(rest, " ") ? text.size() - rest.size() : 0;
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
bool learn_process(std::string_view message, const EximScene& scene, EximPeers& peers)
{
    if (!take(message, "no host name found for IP address ")) return false;
    const auto peer = IpAddress::parse(message);
    if (peer && scene.pid) peers.remember_process(scene.host, *scene.pid, *peer, scene.time);
    return true;
}

// "SMTP connection from [192.0.2.7]:53953 I=[192.0.2.1]:25 (TCP/IP connection count = 1)"
bool learn_connection(std::string_view message, const EximScene& scene, EximPeers& peers)
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
    if (const auto length = stamp_length(text); length > 0) {
        line.stamp = text;
        text.remove_prefix(length);
    }
    line.pid = take_pid(text);
    line.message = text;
    return line;
}

bool may_be_exim_event(std::string_view message) noexcept
{
    constexpr std::array<std::string_view, 9> kBeginnings{"SMTP connection from [",
                                                          "H=",
                                                          " DSH=",
                                                          "no host name found ",
                                                          "no MAIL in ",
                                                          "rejected ",
                                                          "SMTP call from ",
                                                          "SMTP protocol sync",
                                                          "Connection from "};
    const auto begins = [&](std::string_view text) { return message.starts_with(text); };
    return begins_as_exim_authentication(message) || begins_as_arrival(message) ||
           std::any_of(kBeginnings.begin(), kBeginnings.end(), begins);
}

std::optional<Event> read_exim_message(std::string_view message, const EximScene& scene,
                                       EximPeers& peers)
{
    if (message.empty() || message.size() > kLongestMessage) return std::nullopt;
    if (scene.extent == EximExtent::later_piece) return std::nullopt;
    if (learn_process(message, scene, peers)) return std::nullopt;
    if (learn_connection(message, scene, peers)) return std::nullopt;

    auto event = read_kind_of_message({message, scene, peers});
    // Of a cut line, the account may be missing its end.
    if (event && scene.extent != EximExtent::whole) event->account.reset();
    return event;
}

}  // namespace mailban
