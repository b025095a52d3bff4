#include "mailban/time/time.h"

#include "mailban/characters.h"

#include <algorithm>
#include <array>
#include <cstdio>

namespace mailban {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::weeks;

constexpr auto kLongestDuration = days(36525);

struct Unit {
    char letter;
    seconds length;
};
constexpr std::array<Unit, 5> kUnits{
    {{'w', weeks(1)}, {'d', days(1)}, {'h', hours(1)}, {'m', minutes(1)}, {'s', seconds(1)}}};

// Takes the number at the front of `text`; nullopt where there is none or it is beyond all use.
std::optional<std::int64_t> take_decimal(std::string_view& text)
{
    constexpr std::int64_t kEnough = seconds(kLongestDuration).count();
    if (text.empty() || !is_digit(text.front())) return std::nullopt;
    std::int64_t number = 0;
    while (!text.empty() && is_digit(text.front())) {
        number = number * 10 + (text.front() - '0');
        if (number > kEnough) return std::nullopt;
        text.remove_prefix(1);
    }
    return number;
}

}  // namespace

std::optional<Duration> parse_duration(std::string_view text)
{
    if (text.empty()) return std::nullopt;
    seconds total{0};
    auto allowed = kUnits.begin();
    while (!text.empty()) {
        const auto number = take_decimal(text);
        if (!number || text.empty()) return std::nullopt;
        const char letter = text.front();
        const auto unit = std::find_if(allowed, kUnits.end(),
                                       [&](const Unit& each) { return each.letter == letter; });
        if (unit == kUnits.end()) return std::nullopt;
        total += *number * unit->length;
        if (total > kLongestDuration) return std::nullopt;
        text.remove_prefix(1);
        allowed = unit + 1;
    }
    return total;
}

std::string format_duration(Duration duration)
{
    auto left = std::chrono::floor<seconds>(duration);
    if (left < seconds(1)) return "0s";
    std::string text;
    for (const auto& unit : kUnits) {
        const auto count = left / unit.length;
        if (unit.letter == 'w' || count == 0) continue;
        text += std::to_string(count) + unit.letter;
        left -= count * unit.length;
    }
    return text;
}

std::string format_timestamp(Timestamp at)
{
    const auto day = std::chrono::floor<days>(at);
    const std::chrono::year_month_day date(day);
    const std::chrono::hh_mm_ss clock(at - day);
    std::array<char, 64> text{};
    const int written = std::snprintf(
        text.data(), text.size(), "%04d-%02u-%02uT%02d:%02d:%02d", static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
        static_cast<int>(clock.hours().count()), static_cast<int>(clock.minutes().count()),
        static_cast<int>(clock.seconds().count()));
    std::string result(text.data(), static_cast<std::size_t>(written));

    const auto fraction = static_cast<int>(clock.subseconds().count());
    if (fraction != 0) {
        const bool whole_millis = fraction % 1000 == 0;
        std::snprintf(text.data(), text.size(), whole_millis ? ".%03d" : ".%06d",
                      whole_millis ? fraction / 1000 : fraction);
        result += text.data();
    }
    return result + 'Z';
}

}  // namespace mailban
