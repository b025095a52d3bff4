#include "mailban/utf8.h"

#include <algorithm>
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
constexpr std::array<char32_t, 5> kSmallest{0, 0, 0x80, 0x800, 0x10000};

bool is_ascii_control(char32_t value) noexcept
{
    return value < 0x20 || value == 0x7f;
}

bool is_layout(char32_t value) noexcept
{
    return value == '\t' || value == '\n' || value == '\r';
}

struct Range {
    char32_t first;
    char32_t last;
};

// C1 controls, soft hyphen, Arabic letter mark, zero width and direction marks, line and paragraph
// separators, direction overrides, invisible operators, isolates, byte order mark, interlinear
// annotations, tags.
constexpr std::array<Range, 10> kUnseen{{{0x80, 0x9f},
                                         {0xad, 0xad},
                                         {0x61c, 0x61c},
                                         {0x200b, 0x200f},
                                         {0x2028, 0x202e},
                                         {0x2060, 0x206f},
                                         {0xfeff, 0xfeff},
                                         {0xfff9, 0xfffb},
                                         {0xe0000, 0xe007f},
                                         {0xe0100, 0xe01ef}}};

bool is_unseen(char32_t value) noexcept
{
    return std::any_of(kUnseen.begin(), kUnseen.end(), [&](const Range& range) {
        return value >= range.first && value <= range.last;
    });
}

std::string escaped(std::uint8_t byte)
{
    std::array<char, 8> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "\\x%02x", static_cast<unsigned>(byte));
    return buffer.data();
}

std::string escaped(char32_t character)
{
    std::array<char, 16> buffer{};
    std::snprintf(buffer.data(), buffer.size(), "\\u{%x}", static_cast<unsigned>(character));
    return buffer.data();
}

}  // namespace

std::optional<Utf8Character> first_character(std::string_view text) noexcept
{
    if (text.empty()) return std::nullopt;
    const auto lead = static_cast<std::uint8_t>(text.front());
    if (lead < 0x80) return Utf8Character{lead, 1};
    const std::size_t length = lead >= 0xf0 ? 4 : lead >= 0xe0 ? 3 : 2;
    if (lead < 0xc2 || lead > 0xf4 || text.size() < length) return std::nullopt;
    char32_t value = lead & (0x7fU >> length);
    for (std::size_t index = 1; index < length; ++index) {
        if (!is_continuation(text[index])) return std::nullopt;
        value = value << 6 | (static_cast<std::uint8_t>(text[index]) & 0x3fU);
    }
    const bool surrogate = value >= 0xd800 && value <= 0xdfff;
    if (value < kSmallest[length] || value > 0x10ffff || surrogate) return std::nullopt;
    return Utf8Character{value, length};
}

std::string printable(std::string_view text)
{
    std::string safe;
    while (!text.empty()) {
        const auto character = first_character(text);
        if (!character || is_ascii_control(character->value)) {
            safe += escaped(static_cast<std::uint8_t>(text.front()));
        } else if (is_unseen(character->value)) {
            safe += escaped(character->value);
        } else {
            safe += text.substr(0, character->length);
        }
        text.remove_prefix(character ? character->length : 1);
    }
    return safe;
}

std::string in_quotes(std::string_view text, std::size_t most)
{
    auto end = std::min(most, text.size());
    while (end > 0 && end < text.size() && is_continuation(text[end]))
        --end;
    return "'" + printable(text.substr(0, end)) + (end < text.size() ? "…'" : "'");
}

std::optional<std::size_t> first_unreadable(std::string_view text) noexcept
{
    std::size_t at = 0;
    while (at < text.size()) {
        const auto character = first_character(text.substr(at));
        if (!character) return at;
        if (is_ascii_control(character->value) && !is_layout(character->value)) return at;
        at += character->length;
    }
    return std::nullopt;
}

}  // namespace mailban
