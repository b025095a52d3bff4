// Taking a line apart from its front: each helper eats what it recognises and leaves the rest.
#pragma once

#include "mailban/characters.h"
#include "mailban/words.h"

#include <charconv>
#include <optional>
#include <string_view>

namespace mailban {

// Eats `wanted`, or nothing and says so.
constexpr bool take(std::string_view& text, std::string_view wanted) noexcept
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
template <class Number>
std::optional<Number> take_number(std::string_view& text) noexcept
{
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    Number value{};
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (error != std::errc()) return std::nullopt;
    text.remove_prefix(static_cast<std::size_t>(end - text.data()));
    return value;
}

}  // namespace mailban
