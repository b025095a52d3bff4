#include "mailban/scan.h"
#include "mailban/time/time_zone.h"

#include <algorithm>
#include <cstdio>

namespace mailban {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using std::chrono::sys_days;

constexpr int kMostHours = 167;  // RFC 8536 3.3.1

// "CET", "<+0330>"
bool take_zone_abbreviation(std::string_view& text) noexcept
{
    if (take(text, "<")) {
        const auto length = text.find('>');
        if (length == std::string_view::npos || length == 0) return false;
        text.remove_prefix(length + 1);
        return true;
    }
    return take_all(text, kLetters).size() >= 3;
}

// "1", "-1:30", "+02:00:15": hours, minutes and seconds.
std::optional<seconds> take_span(std::string_view& text) noexcept
{
    const bool is_negative = take(text, "-");
    if (!is_negative) take(text, "+");
    seconds span{};
    seconds unit = hours(1);
    for (int part = 0; part < 3; ++part, unit /= 60) {
        if (part > 0 && !take(text, ":")) break;
        const auto number = take_number<std::uint16_t>(text);
        if (!number || *number > (part == 0 ? kMostHours : 59)) return std::nullopt;
        span += *number * unit;
    }
    return is_negative ? -span : span;
}

std::optional<unsigned> take_within(std::string_view& text, unsigned lowest, unsigned highest)
{
    const auto number = take_number<std::uint16_t>(text);
    if (!number || *number < lowest || *number > highest) return std::nullopt;
    return *number;
}

bool take_day(std::string_view& text, YearlyRule::Transition& turn)
{
    using Day = YearlyRule::Day;
    const auto put = [&text](unsigned& into, unsigned lowest, unsigned highest) {
        const auto number = take_within(text, lowest, highest);
        if (number) into = *number;
        return number.has_value();
    };
    if (take(text, "M")) {
        turn.kind = Day::of_week_of_month;
        return put(turn.month, 1, 12) && take(text, ".") && put(turn.week, 1, 5) &&
               take(text, ".") && put(turn.day, 0, 6);
    }
    turn.kind = take(text, "J") ? Day::of_year_unleaped : Day::of_year;
    return turn.kind == Day::of_year ? put(turn.day, 0, 365) : put(turn.day, 1, 365);
}

// ",M3.5.0/2"
bool take_turn(std::string_view& text, YearlyRule::Transition& turn)
{
    turn.time = hours(2);
    if (!take(text, ",") || !take_day(text, turn)) return false;
    if (!take(text, "/")) return true;
    const auto time = take_span(text);
    if (time) turn.time = *time;
    return time.has_value();
}

sys_days day_of(const YearlyRule::Transition& turn, std::chrono::year year)
{
    using Day = YearlyRule::Day;
    const sys_days first = year / 1 / 1;
    if (turn.kind == Day::of_year) return first + days(turn.day);
    if (turn.kind == Day::of_year_unleaped) {
        constexpr unsigned kLastOfFebruary = 59;
        const bool is_behind = year.is_leap() && turn.day > kLastOfFebruary;
        return first + days(turn.day - (is_behind ? 0 : 1));
    }
    const std::chrono::month month(turn.month);
    const std::chrono::weekday weekday(turn.day);
    if (turn.week == 5) return year / month / weekday[std::chrono::last];
    return year / month / weekday[turn.week];
}

}  // namespace

std::vector<Zone::Change> YearlyRule::changes_in(std::chrono::year year) const
{
    if (summer == standard) return {};
    // The time of a turn is local in the offset that ends.
    const Zone::Change begin{day_of(to_summer, year) + to_summer.time - standard, summer};
    const Zone::Change end{day_of(to_standard, year) + to_standard.time - summer, standard};
    return begin.from < end.from ? std::vector{begin, end} : std::vector{end, begin};
}

std::optional<YearlyRule> parse_tz_rule(std::string_view text)
{
    YearlyRule rule;
    if (!take_zone_abbreviation(text)) return std::nullopt;
    // POSIX counts to the west.
    const auto west = take_span(text);
    if (!west) return std::nullopt;
    rule.standard = -*west;
    rule.summer = rule.standard;
    if (text.empty()) return rule;
    if (!take_zone_abbreviation(text)) return std::nullopt;
    rule.summer += hours(1);
    if (!text.empty() && text.front() != ',') {
        const auto summer = take_span(text);
        if (!summer) return std::nullopt;
        rule.summer = -*summer;
    }
    if (!take_turn(text, rule.to_summer) || !take_turn(text, rule.to_standard) || !text.empty())
        return std::nullopt;
    return rule;
}

std::optional<seconds> parse_utc_offset(std::string_view text) noexcept
{
    if (text == "Z" || text == "z" || text == "UTC") return seconds(0);
    const bool is_negative = text.starts_with('-');
    if (!is_negative && !text.starts_with('+')) return std::nullopt;
    text.remove_prefix(1);
    const auto is_wrong = [](char c) { return !is_digit(c) && c != ':'; };
    if (std::any_of(text.begin(), text.end(), is_wrong)) return std::nullopt;
    unsigned hour = 0;
    unsigned minute = 0;
    const auto digits = [&](std::size_t at, std::size_t count, unsigned& into) {
        for (const char c : text.substr(at, count)) {
            if (c == ':') return false;
            into = into * 10 + static_cast<unsigned>(c - '0');
        }
        return true;
    };
    const bool has_colon = text.size() == 5 && text[2] == ':';
    const bool has_minutes = has_colon || text.size() == 4;
    if (!has_minutes && text.size() != 2 && text.size() != 1) return std::nullopt;
    if (!digits(0, has_minutes ? 2 : text.size(), hour)) return std::nullopt;
    if (has_minutes && !digits(has_colon ? 3 : 2, 2, minute)) return std::nullopt;
    const seconds offset = hours(hour) + minutes(minute);
    if (minute > 59 || offset > hours(24)) return std::nullopt;
    return is_negative ? -offset : offset;
}

std::string format_utc_offset(seconds offset)
{
    if (offset == seconds(0)) return "UTC";
    const auto all = static_cast<int>(std::chrono::abs(offset).count() / 60);
    std::array<char, 32> text{};
    std::snprintf(text.data(), text.size(), "UTC%c%02d:%02d", offset < seconds(0) ? '-' : '+',
                  all / 60, all % 60);
    return text.data();
}

bool is_zone_name(std::string_view text) noexcept
{
    constexpr std::size_t kLongest = 64;
    if (text.empty() || text.size() > kLongest || !is_letter(text.front())) return false;
    char before = '/';
    for (const char c : text) {
        const bool may_follow = is_letter(c) || is_digit(c) || c == '_' || c == '+' || c == '-';
        if (!may_follow && (c != '/' || before == '/')) return false;
        before = c;
    }
    return before != '/';
}

}  // namespace mailban
