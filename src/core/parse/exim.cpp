#include "mailban/parse/exim.h"

#include "mailban/parse/scan.h"

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

std::optional<Event> read_exim_message(std::string_view message, EximExtent extent)
{
    if (extent == EximExtent::later_piece || message.empty()) return std::nullopt;
    if (message.size() > kLongestMessage) return std::nullopt;
    if (auto event = read_exim_authentication(message, extent)) return event;
    if (auto event = read_exim_arrival(message, extent)) return event;
    switch (message.front()) {
    case ' ':
    case 'H': return read_exim_refusal(message, extent);
    case 'n': return read_exim_idle_session(message, extent);
    case 'C':
    case 'S':
    case 'r': return read_exim_abuse(message, extent);
    default: return std::nullopt;
    }
}

}  // namespace mailban
