#include "utf8.h"

#include <array>
#include <cstdint>
#include <cstdio>

namespace mailban {

namespace {

bool is_continuation(char c) noexcept
{
    return (static_cast<std::uint8_t>(c) & 0xc0U) == 0x80U;
}

// The smallest character that may be written in this many bytes: what is smaller was written too
// long.
constexpr std::array<std::uint32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};

// How many bytes the character at the front takes; 0 where it is none.
std::size_t character_length(std::string_view text) noexcept
{
    const auto lead = static_cast<std::uint8_t>(text.front());
    if (lead < 0x80) return 1;
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return 0;
    std::uint32_t value = lead & (0x7fU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if (!is_continuation(text[index])) return 0;
        value = value << 6 | (static_cast<std::uint8_t>(text[index]) & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    return value < kSmallest[length] || value > 0x10ffff || surrogate ? 0 : length;
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
