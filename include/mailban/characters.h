// Characters by class. A class is a table of 256 entries: a search costs one load a character,
// where std::string_view::find_first_of() calls memchr() for each.
//
// Letters and digits are those of ASCII, whatever the locale.
#pragma once

#include <array>
#include <cstddef>
#include <string_view>

namespace mailban {

class CharacterSet {
public:
    constexpr explicit CharacterSet(std::string_view characters) noexcept
    {
        for (const char c : characters)
            has_[static_cast<unsigned char>(c)] = true;
    }

    constexpr bool has(char c) const noexcept { return has_[static_cast<unsigned char>(c)]; }

    // These and the others.
    constexpr CharacterSet with(std::string_view others) const noexcept
    {
        auto both = *this;
        for (const char c : others)
            both.has_[static_cast<unsigned char>(c)] = true;
        return both;
    }

    // How many characters at the front of `text` are of the set.
    constexpr std::size_t prefix_of(std::string_view text) const noexcept
    {
        std::size_t length = 0;
        while (length < text.size() && has(text[length]))
            ++length;
        return length;
    }
    constexpr bool has_all_of(std::string_view text) const noexcept
    {
        return prefix_of(text) == text.size();
    }
    constexpr bool has_any_of(std::string_view text) const noexcept
    {
        for (const char c : text)
            if (has(c)) return true;
        return false;
    }

private:
    std::array<bool, 256> has_{};
};

inline constexpr CharacterSet kDigits("0123456789");
inline constexpr CharacterSet kLowerCase("abcdefghijklmnopqrstuvwxyz");
inline constexpr CharacterSet kUpperCase("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
inline constexpr CharacterSet kLetters = kLowerCase.with("ABCDEFGHIJKLMNOPQRSTUVWXYZ");
inline constexpr CharacterSet kLettersAndDigits = kLetters.with("0123456789");
// What an IPv4 or IPv6 address is written with.
inline constexpr CharacterSet kOfAddresses("0123456789abcdefABCDEF.:");

constexpr bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

constexpr bool is_letter(char c) noexcept
{
    return kLetters.has(c);
}

constexpr bool is_letter_or_digit(char c) noexcept
{
    return kLettersAndDigits.has(c);
}

constexpr char lower_case(char c) noexcept
{
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

}  // namespace mailban
