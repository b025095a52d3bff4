// Questions about texts and lists of words.
#pragma once

#include "mailban/characters.h"

#include <algorithm>
#include <array>
#include <concepts>
#include <cstddef>
#include <initializer_list>
#include <string>
#include <string_view>

namespace mailban {

constexpr bool contains(std::string_view text, std::string_view part) noexcept
{
    return text.find(part) != std::string_view::npos;
}

// As std::string_view::starts_with(), but that the first character decides for most texts, without
// a call. Always expanded where it is called: of a beginning that is written there, length and
// bytes are then known, and a few comparisons are left.
[[gnu::always_inline]] constexpr bool begins_with(std::string_view text,
                                                  std::string_view beginning) noexcept
{
    if (beginning.empty()) return true;
    if (text.size() < beginning.size() || text.front() != beginning.front()) return false;
    return std::char_traits<char>::compare(text.data(), beginning.data(), beginning.size()) == 0;
}

// `words` is any list of texts.
template <class List = std::initializer_list<std::string_view>>
constexpr bool is_one_of(std::string_view text, const List& words) noexcept
{
    return std::any_of(words.begin(), words.end(),
                       [text](std::string_view word) { return text == word; });
}

template <class List = std::initializer_list<std::string_view>>
constexpr bool begins_with_any(std::string_view text, const List& beginnings) noexcept
{
    return std::any_of(beginnings.begin(), beginnings.end(),
                       [text](std::string_view word) { return begins_with(text, word); });
}

template <class List = std::initializer_list<std::string_view>>
constexpr bool ends_with_any(std::string_view text, const List& endings) noexcept
{
    return std::any_of(endings.begin(), endings.end(),
                       [text](std::string_view word) { return text.ends_with(word); });
}

template <class List = std::initializer_list<std::string_view>>
constexpr bool contains_any(std::string_view text, const List& parts) noexcept
{
    return std::any_of(parts.begin(), parts.end(),
                       [text](std::string_view word) { return contains(text, word); });
}

// What texts begin with, in a list that is known when the program is built: a text whose first
// character begins none of them costs one look at a table.
template <std::size_t kCount>
class Beginnings {
public:
    // So many texts, none of them empty.
    template <std::convertible_to<std::string_view>... Texts>
    constexpr explicit Beginnings(const Texts&... texts) noexcept : all_{texts...}
    {
        for (const auto& beginning : all_)
            firsts_ = firsts_.with(beginning.substr(0, 1));
    }

    constexpr bool begin(std::string_view text) const noexcept
    {
        return !text.empty() && firsts_.has(text.front()) && begins_with_any(text, all_);
    }

private:
    std::array<std::string_view, kCount> all_;
    CharacterSet firsts_{""};
};
template <class... Texts>
Beginnings(const Texts&...) -> Beginnings<sizeof...(Texts)>;

// Capitals of ASCII as small letters.
inline std::string lower_case(std::string_view text)
{
    std::string lower(text);
    for (char& c : lower)
        c = lower_case(c);
    return lower;
}

// `text` without the characters of `blanks` at both ends.
constexpr std::string_view trimmed(std::string_view text, std::string_view blanks = " \t") noexcept
{
    const auto first = text.find_first_not_of(blanks);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(blanks) - first + 1);
}

// "one, two, three"
template <class List = std::initializer_list<std::string_view>>
std::string joined(const List& words, std::string_view between = ", ")
{
    std::string text;
    bool is_first = true;
    for (const auto& word : words) {
        if (!is_first) text += between;
        text += word;
        is_first = false;
    }
    return text;
}

}  // namespace mailban
