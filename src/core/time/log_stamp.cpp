#include "mailban/time/log_stamp.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

using std::chrono::days;
using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

bool is_digit(char c) noexcept
{
    return c >= '0' && c <= '9';
}

// A cursor over the text; once a column is not what it has to be, it stays failed.
class Columns {
public:
    explicit Columns(std::string_view text) : text_(text) {}

    int number(std::size_t width, int lowest, int highest) noexcept
    {
        int value = 0;
        for (std::size_t index = 0; index < width; ++index) {
            if (!is_digit(next())) return fail();
            value = value * 10 + (text_[at_++] - '0');
        }
        return value < lowest || value > highest ? fail() : value;
    }

    void literal(char wanted) noexcept
    {
        if (!take(wanted)) fail();
    }

    bool take(char wanted) noexcept
    {
        if (next() != wanted || at_ >= text_.size()) return false;
        ++at_;
        return true;
    }

    // `mark` and digits, cut to microseconds; zero where there is no such mark.
    microseconds fraction(std::size_t fewest, std::size_t most, char mark = '.') noexcept
    {
        if (!take(mark)) return microseconds(0);
        const auto first = at_;
        std::int64_t micros = 0;
        for (std::int64_t unit = 100'000; is_digit(next()); unit /= 10)
            micros += (text_[at_++] - '0') * unit;
        if (at_ - first < fewest || at_ - first > most) fail();
        return microseconds(micros);
    }

    std::string_view rest() const noexcept { return text_.substr(at_); }
    void skip(std::size_t count) noexcept { at_ += count; }
    int fail() noexcept
    {
        ok_ = false;
        return 0;
    }
    // A digit right behind a stamp means that its last field was wider than its columns.
    bool ok() const noexcept { return ok_ && !is_digit(next()); }
    std::size_t taken() const noexcept { return at_; }

private:
    char next() const noexcept { return at_ < text_.size() ? text_[at_] : '\0'; }

    std::string_view text_;
    std::size_t at_ = 0;
    bool ok_ = true;
};

// "22:30:58" as the time since midnight.
seconds read_clock(Columns& columns) noexcept
{
    const hours hour(columns.number(2, 0, 23));
    columns.literal(':');
    const minutes minute(columns.number(2, 0, 59));
    columns.literal(':');
    return hour + minute + seconds(columns.number(2, 0, 60));
}

// "2026-11-23", a day that exists.
std::chrono::sys_days read_date(Columns& columns) noexcept
{
    const std::chrono::year year(columns.number(4, 0, 9999));
    columns.literal('-');
    const std::chrono::month month(static_cast<unsigned>(columns.number(2, 1, 12)));
    columns.literal('-');
    const std::chrono::day day(static_cast<unsigned>(columns.number(2, 1, 31)));
    const auto date = year / month / day;
    if (date.ok()) return date;
    columns.fail();
    return {};
}

// "0100" or "01:00" behind the sign.
seconds read_offset(Columns& columns, bool negative, bool colon) noexcept
{
    const hours hour(columns.number(2, 0, 23));
    if (colon) columns.literal(':');
    const seconds offset = hour + minutes(columns.number(2, 0, 59));
    return negative ? -offset : offset;
}

std::optional<LogStamp> stamped(const Columns& columns, Timestamp time) noexcept
{
    if (!columns.ok()) return std::nullopt;
    return LogStamp{time, columns.taken()};
}

unsigned read_month_name(Columns& columns) noexcept
{
    constexpr std::array<std::string_view, 12> kMonths{"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    const auto* const found =
        std::find(kMonths.begin(), kMonths.end(), columns.rest().substr(0, 3));
    if (found == kMonths.end()) {
        columns.fail();
        return 1;
    }
    columns.skip(3);
    return static_cast<unsigned>(found - kMonths.begin()) + 1;
}

}  // namespace

std::optional<LogStamp> read_plain_stamp(std::string_view text, const Zone& zone)
{
    Columns columns(text);
    const auto date = read_date(columns);
    columns.literal(' ');
    const seconds clock = read_clock(columns);
    const bool has_comma = columns.rest().starts_with(',');
    const Timestamp local = date + clock + columns.fraction(3, 3, has_comma ? ',' : '.');

    const auto rest = columns.rest();
    const bool has_offset = rest.size() >= 3 && rest[0] == ' ' &&
                            (rest[1] == '+' || rest[1] == '-') && is_digit(rest[2]);
    if (!has_offset) return stamped(columns, zone.to_utc(local));
    columns.skip(2);
    const seconds offset = read_offset(columns, rest[1] == '-', false);
    return stamped(columns, local - offset);
}

std::optional<LogStamp> read_iso_stamp(std::string_view text, const Zone& zone)
{
    Columns columns(text);
    const auto date = read_date(columns);
    columns.literal('T');
    const seconds clock = read_clock(columns);
    const Timestamp local = date + clock + columns.fraction(1, 9);

    if (columns.take('Z')) return stamped(columns, local);
    const bool negative = columns.take('-');
    if (!negative && !columns.take('+')) return stamped(columns, zone.to_utc(local));
    const seconds offset = read_offset(columns, negative, true);
    return stamped(columns, local - offset);
}

std::optional<LogStamp> read_bracketed_stamp(std::string_view text, const Zone& zone)
{
    Columns columns(text);
    columns.literal('[');
    const std::chrono::day day(static_cast<unsigned>(columns.number(2, 1, 31)));
    const char between = columns.rest().starts_with('/') ? '/' : '-';
    columns.literal(between);
    const std::chrono::month month(read_month_name(columns));
    columns.literal(between);
    const auto date = std::chrono::year(columns.number(4, 0, 9999)) / month / day;
    columns.literal(' ');
    const seconds clock = read_clock(columns);
    if (!date.ok()) return std::nullopt;
    const Timestamp local = std::chrono::sys_days(date) + clock;

    if (columns.take(']')) return stamped(columns, zone.to_utc(local));
    columns.literal(' ');
    const bool negative = columns.take('-');
    if (!negative) columns.literal('+');
    const seconds offset = read_offset(columns, negative, false);
    columns.literal(']');
    return stamped(columns, local - offset);
}

std::optional<LogStamp> read_syslog_stamp(std::string_view text, const Zone& zone, Timestamp now)
{
    Columns columns(text);
    const std::chrono::month month(read_month_name(columns));
    columns.literal(' ');
    const bool padded = columns.take(' ');
    const std::chrono::day day(static_cast<unsigned>(columns.number(padded ? 1 : 2, 1, 31)));
    columns.literal(' ');
    const seconds clock = read_clock(columns);
    if (!columns.ok()) return std::nullopt;

    const std::chrono::year_month_day today(std::chrono::floor<days>(now));
    // Leap years may be eight years apart (1896, 1904).
    for (int back = -1; back <= 8; ++back) {
        const auto date = (today.year() - std::chrono::years(back)) / month / day;
        if (!date.ok()) continue;
        const auto time = zone.to_utc(std::chrono::sys_days(date) + clock);
        if (time <= now + days(1)) return LogStamp{time, columns.taken()};
    }
    return std::nullopt;
}

}  // namespace mailban
