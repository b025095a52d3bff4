// Taking a line apart from its front: each helper eats what it recognises and leaves the rest.
#pragma once

#include "mailban/characters.h"
#include "mailban/words.h"

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <string_view>

namespace mailban {

// Eats `wanted`, or nothing and says so.
[[gnu::always_inline]] constexpr bool take(std::string_view& text, std::string_view wanted) noexcept
{
    if (!begins_with(text, wanted)) return false;
    text.remove_prefix(wanted.size());
    return true;
}

// Eats up to `stop` or the end of the text; `stop` itself stays.
constexpr std::string_view take_until(std::string_view& text, char stop) noexcept
{
    const auto taken = text.substr(0, text.find(stop));
    text.remove_prefix(taken.size());
    return taken;
}

// Eats the characters at the front that are of the set; there may be none.
constexpr std::string_view take_all(std::string_view& text, const CharacterSet& set) noexcept
{
    const auto taken = text.substr(0, set.prefix_of(text));
    text.remove_prefix(taken.size());
    return taken;
}

// Eats a decimal number that fits `Number`; anything else stays.
template <std::integral Number>
constexpr std::optional<Number> take_number(std::string_view& text) noexcept
{
    constexpr auto kMost = static_cast<std::uint64_t>(std::numeric_limits<Number>::max());
    std::uint64_t value = 0;
    std::size_t length = 0;
    for (; length < text.size() && is_digit(text[length]); ++length) {
        const auto digit = static_cast<std::uint64_t>(text[length] - '0');
        if (value > (kMost - digit) / 10) return std::nullopt;
        value = value * 10 + digit;
    }
    if (length == 0) return std::nullopt;
    text.remove_prefix(length);
    return static_cast<Number>(value);
}

}  // namespace mailban
