#include "utf8.h"

#include "mailban/utf8.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace mailban {

namespace {

bool is_continuation(char c) noexcept
{
    return (static_cast<std::uint8_t>(c) & 0xc0U) == 0x80U;
}

// How many bytes the character at the front takes; 0 where it is none.
std::size_t character_length(std::string_view text) noexcept
{
    const auto character = first_character(text);
    return character ? character->length : 0;
}

bool is_control(char c) noexcept
{
    const auto byte = static_cast<std::uint8_t>(c);
    return byte < 0x20 || byte == 0x7f;
}

bool is_layout(char c) noexcept
{
    return c == '\t' || c == '\n' || c == '\r';
}

}  // namespace

std::optional<std::size_t> first_unreadable(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size()) {
        if (is_control(text[at]) && !is_layout(text[at])) return at;
        const auto length = character_length(text.substr(at));
        if (length == 0) return at;
        at += length;
    }
    return std::nullopt;
}

std::string on_one_line(std::string_view message)
{
    std::string result;
    while (!message.empty()) {
        const auto length = character_length(message);
        if (length == 0 || is_control(message.front())) {
            std::array<char, 8> escaped{};
            std::snprintf(escaped.data(), escaped.size(), "\\x%02x",
                          static_cast<unsigned>(static_cast<std::uint8_t>(message.front())));
            result += escaped.data();
        } else {
            result += message.substr(0, length);
        }
        message.remove_prefix(length == 0 ? 1 : length);
    }
    return result;
}

std::string shown(std::string_view text)
{
    constexpr std::size_t kLongest = 60;
    std::size_t end = text.size();
    if (end > kLongest) {
        end = kLongest;
        while (end > 0 && is_continuation(text[end]))
            --end;
    }
    return "'" + on_one_line(text.substr(0, end)) + (end < text.size() ? "…'" : "'");
}

}  // namespace mailban
