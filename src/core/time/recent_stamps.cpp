#include "mailban/time/recent_stamps.h"

#include "mailban/characters.h"
#include "mailban/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// "2026-11-23 22:29:06", "2026-11-23T22:29:06"
bool has_second_of_year(std::string_view text) noexcept
{
    return is_digit(text[0]) && text[4] == '-' && text[7] == '-' &&
           (text[10] == ' ' || text[10] == 'T') && text[13] == ':' && text[16] == ':';
}

// "Nov 23 22:30:58 ": without a fraction, and with a year nowhere.
bool has_second_without_year(std::string_view text) noexcept
{
    return kUpperCase.has(text[0]) && text[3] == ' ' && text[6] == ' ' && text[9] == ':' &&
           text[12] == ':' && text[15] == ' ';
}

// Eats ".312279" if it is there; nullopt: what is there is no fraction.
std::optional<Duration> take_fraction(std::string_view& text) noexcept
{
    constexpr std::size_t kMostDigits = 9;
    constexpr std::array<int, 7> kMicroseconds{0, 100'000, 10'000, 1000, 100, 10, 1};
    if (!take(text, ".") && !take(text, ",")) return Duration(0);
    const auto digits = take_all(text, kDigits);
    if (digits.empty() || digits.size() > kMostDigits) return std::nullopt;
    const auto counted = std::min(digits.size(), kMicroseconds.size() - 1);
    int value = 0;
    for (const char digit : digits.substr(0, counted))
        value = value * 10 + (digit - '0');
    return Duration(value * kMicroseconds.at(counted));
}

}  // namespace

RecentStamps::Parts RecentStamps::split(std::string_view text) noexcept
{
    constexpr CharacterSet kOffsets("+-Zz");
    constexpr std::size_t kSecondWithoutYear = 15;
    if (text.size() <= kLongestSecond) return {};
    if (has_second_without_year(text)) return {.second = text.substr(0, kSecondWithoutYear)};
    if (!has_second_of_year(text)) return {};
    auto rest = text.substr(kLongestSecond);
    const auto fraction = take_fraction(rest);
    if (!fraction) return {};
    const auto offset = take_until(rest, ' ');
    const bool is_offset = offset.empty() || kOffsets.has(offset.front());
    if (!is_offset || offset.size() > kLongestOffset) return {};
    // Of " +0100" the blank is part of the stamp.
    if (rest.size() < 2 || rest[1] == '+' || rest[1] == '-') return {};
    return {.second = text.substr(0, kLongestSecond), .offset = offset, .fraction = *fraction};
}

void RecentStamps::remember(const Parts& parts, Timestamp now, Timestamp time) noexcept
{
    second_.keep(parts.second);
    offset_.keep(parts.offset);
    now_ = now;
    second_began_ = time - parts.fraction;
}

}  // namespace mailban
