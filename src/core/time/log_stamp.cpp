#include "mailban/time/log_stamp.h"

#include "mailban/scan.h"

#include "stamp_columns.h"

namespace mailban {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;

std::optional<LogStamp> local_stamp(const StampColumns& columns, Timestamp local, const Zone& zone,
                                    Timestamp now)
{
    if (!columns.ok()) return std::nullopt;
    return LogStamp{utc_of(local, zone, now), columns.taken(), false};
}

std::optional<LogStamp> stamp_in_utc(const StampColumns& columns, Timestamp time)
{
    if (!columns.ok()) return std::nullopt;
    return LogStamp{time, columns.taken(), true};
}

// "01", "0100" or "01:00" behind its sign.
seconds read_offset(StampColumns& columns, bool is_negative)
{
    seconds offset = hours(columns.number(2, 0, 23));
    const auto rest = columns.rest();
    const bool has_colon = rest.size() > 1 && rest[0] == ':' && is_digit(rest[1]);
    if (has_colon) columns.literal(':');
    if (has_colon || (!rest.empty() && is_digit(rest[0])))
        offset += minutes(columns.number(2, 0, 59));
    return is_negative ? -offset : offset;
}

// "Z", "z", "+01" …; nullopt: there is none.
std::optional<seconds> take_offset(StampColumns& columns)
{
    if (columns.take('Z') || columns.take('z')) return seconds(0);
    const bool is_negative = columns.take('-');
    if (!is_negative && !columns.take('+')) return std::nullopt;
    return read_offset(columns, is_negative);
}

// " +0100", " +01:00"; " +1" is the caller's text.
std::optional<seconds> take_offset_behind_blank(StampColumns& columns)
{
    const auto rest = columns.rest();
    const bool is_there = rest.size() >= 3 && rest[0] == ' ' &&
                          (rest[1] == '+' || rest[1] == '-') && is_digit(rest[2]);
    if (!is_there) return std::nullopt;
    // "+01" alone may be the beginning of anything.
    const bool is_whole = rest.size() > 5 && is_digit(rest[3]) &&
                          (is_digit(rest[4]) || rest[4] == ':') && is_digit(rest[5]);
    if (!is_whole) columns.fail();
    columns.skip(2);
    return read_offset(columns, rest[1] == '-');
}

// "CET", "UTC", "+03": what journalctl names the zone; nullopt: the local one.
std::optional<seconds> take_zone_name(StampColumns& columns)
{
    if (auto offset = take_offset(columns)) return offset;
    auto rest = columns.rest();
    const auto size = rest.size();
    while (!rest.empty() && is_letter_or_digit(rest.front()))
        rest.remove_prefix(1);
    const auto name = columns.rest().substr(0, size - rest.size());
    if (name.empty()) columns.fail();
    columns.skip(name.size());
    if (name == "UTC" || name == "GMT") return seconds(0);
    return std::nullopt;
}

std::optional<LogStamp> stamp_of(const StampColumns& columns, Timestamp local,
                                 std::optional<seconds> offset, const Zone& zone, Timestamp now)
{
    return offset ? stamp_in_utc(columns, local - *offset) : local_stamp(columns, local, zone, now);
}

// "Nov  3 ", "Nov 03 ", "Nov 3 "
struct MonthDay {
    std::chrono::month month{};
    std::chrono::day day{};
};

MonthDay read_month_day(StampColumns& columns)
{
    const std::chrono::month month(columns.month_name());
    columns.literal(' ');
    const bool is_padded = columns.take(' ');
    const auto rest = columns.rest();
    const bool is_short = is_padded || (rest.size() > 1 && rest[1] == ' ');
    const auto day = static_cast<unsigned>(columns.number(is_short ? 1 : 2, 1, 31));
    columns.literal(' ');
    return {month, std::chrono::day(day)};
}

// "2026 ", where four digits and a blank come next.
std::optional<std::chrono::year> take_year(StampColumns& columns)
{
    const auto rest = columns.rest();
    if (rest.size() < 5 || rest[4] != ' ' || !is_digit(rest[2])) return std::nullopt;
    const std::chrono::year year(columns.number(4, 0, 9999));
    columns.literal(' ');
    return year;
}

std::optional<LogStamp> with_year(StampColumns columns, std::chrono::year year, MonthDay when,
                                  seconds clock, const Zone& zone, Timestamp now)
{
    const auto date = year / when.month / when.day;
    if (!date.ok()) return std::nullopt;
    const Timestamp local = std::chrono::sys_days(date) + clock + columns.fraction();
    return local_stamp(columns, local, zone, now);
}

}  // namespace

Timestamp utc_of(Timestamp local, const Zone& zone, Timestamp /*now*/)
{
    return zone.to_utc(local);
}

std::optional<LogStamp> read_plain_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    StampColumns columns(text);
    const auto date = columns.date();
    columns.literal(' ');
    const seconds clock = columns.clock();
    const Timestamp local = date + clock + columns.fraction();
    auto offset = take_offset(columns);
    if (!offset) offset = take_offset_behind_blank(columns);
    return stamp_of(columns, local, offset, zone, now);
}

std::optional<LogStamp> read_iso_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    StampColumns columns(text);
    const auto date = columns.date();
    columns.literal('T');
    const seconds clock = columns.clock();
    const Timestamp local = date + clock + columns.fraction();
    const auto offset = take_offset(columns);
    return stamp_of(columns, local, offset, zone, now);
}

std::optional<LogStamp> read_bracketed_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    StampColumns columns(text);
    columns.literal('[');
    const std::chrono::day day(static_cast<unsigned>(columns.number(2, 1, 31)));
    const char between = columns.rest().starts_with('/') ? '/' : '-';
    columns.literal(between);
    const std::chrono::month month(columns.month_name());
    columns.literal(between);
    const auto date = std::chrono::year(columns.number(4, 0, 9999)) / month / day;
    columns.literal(' ');
    const seconds clock = columns.clock();
    if (!date.ok()) return std::nullopt;
    const Timestamp local = std::chrono::sys_days(date) + clock;

    if (columns.take(']')) return local_stamp(columns, local, zone, now);
    columns.literal(' ');
    std::optional<seconds> offset = seconds(0);
    if (columns.rest().starts_with("UTC")) {
        columns.skip(3);
    } else {
        const bool is_negative = columns.take('-');
        if (!is_negative) columns.literal('+');
        offset = read_offset(columns, is_negative);
    }
    columns.literal(']');
    return stamp_of(columns, local, offset, zone, now);
}

std::optional<LogStamp> read_syslog_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    StampColumns columns(text);
    auto year = take_year(columns);
    const auto when = read_month_day(columns);
    if (!year) year = take_year(columns);
    const seconds clock = columns.clock();
    if (!columns.ok()) return std::nullopt;
    if (year) return with_year(columns, *year, when, clock, zone, now);

    const std::chrono::year_month_day today(std::chrono::floor<days>(now));
    // Leap years may be eight years apart (1896, 1904).
    for (int back = -1; back <= 8; ++back) {
        auto stamp =
            with_year(columns, today.year() - std::chrono::years(back), when, clock, zone, now);
        if (stamp && stamp->time <= now + days(1)) return stamp;
    }
    return std::nullopt;
}

std::optional<LogStamp> read_weekday_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    StampColumns columns(text);
    columns.weekday_name();
    columns.literal(' ');
    const auto rest = columns.rest();
    if (!rest.empty() && is_digit(rest.front())) {
        const auto date = columns.date();
        columns.literal(' ');
        const seconds clock = columns.clock();
        const Timestamp local = date + clock + columns.fraction();
        columns.literal(' ');
        const auto offset = take_zone_name(columns);
        return stamp_of(columns, local, offset, zone, now);
    }
    const auto when = read_month_day(columns);
    const seconds clock = columns.clock();
    columns.literal(' ');
    const auto date = std::chrono::year(columns.number(4, 0, 9999)) / when.month / when.day;
    if (!date.ok()) return std::nullopt;
    return local_stamp(columns, std::chrono::sys_days(date) + clock, zone, now);
}

std::optional<LogStamp> read_unix_stamp(std::string_view text)
{
    constexpr std::size_t kSeconds = 10;
    StampColumns columns(text);
    std::int64_t count = 0;
    for (std::size_t nth = 0; nth < kSeconds; ++nth)
        count = count * 10 + columns.number(1, 0, 9);
    const Timestamp time = Timestamp(seconds(count)) + columns.fraction();
    return stamp_in_utc(columns, time);
}

std::optional<LogStamp> read_tai64n_stamp(std::string_view text, Timestamp now)
{
    constexpr std::uint64_t kEpoch = (std::uint64_t{1} << 62U) + 10;
    constexpr seconds kLeapSeconds(27);
    constexpr std::uint64_t kNanosecondsOfASecond = 1'000'000'000;
    StampColumns columns(text);
    columns.literal('@');
    const auto label = columns.hexadecimal(16);
    const auto nanoseconds = columns.hexadecimal(8);
    const auto count = label - kEpoch;
    // Year 9999 and no later.
    constexpr std::uint64_t kMostSeconds = 253'402'300'800;
    if (label < kEpoch || count > kMostSeconds || nanoseconds >= kNanosecondsOfASecond)
        return std::nullopt;
    Timestamp time = Timestamp(seconds(static_cast<std::int64_t>(count))) +
                     std::chrono::microseconds(static_cast<std::int64_t>(nanoseconds / 1000));
    if (time > now && time - kLeapSeconds <= now + seconds(1)) time -= kLeapSeconds;
    return stamp_in_utc(columns, time);
}

}  // namespace mailban
