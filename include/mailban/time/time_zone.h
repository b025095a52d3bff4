// TimeZone: a zone of the tz database for all years, read from its file's bytes (TZif, RFC 8536) or
// from a rule as POSIX writes it into TZ ("CET-1CEST,M3.5.0,M10.5.0/3").
//
// Files and rules are believed as far as they are well-formed; anything else is refused as a whole.
#pragma once

#include "mailban/time/zone.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

// "Z", "UTC", "+01:00", "-0330", "+5": an offset from UTC, at most 24 hours. Otherwise nullopt.
std::optional<std::chrono::seconds> parse_utc_offset(std::string_view text) noexcept;
// "UTC+01:00"
std::string format_utc_offset(std::chrono::seconds offset);

// Whether it can be a zone's name in the tz database, "Europe/Berlin": letters, digits and "+-_" in
// parts between slashes. Such a name never leaves the database's directory.
bool is_zone_name(std::string_view text) noexcept;

// The days of a year on which the offset changes, the same in each year.
struct YearlyRule {
    enum class Day : std::uint8_t {
        of_year,           // 0 to 365
        of_year_unleaped,  // 1 to 365; 29 February has no number
        of_week_of_month,  // the week-th weekday of the month; the fifth is the last
    };
    struct Transition {
        Day kind = Day::of_year;
        unsigned day = 0;             // the number, or the weekday (0 is Sunday)
        unsigned week = 0;            // 1 to 5
        unsigned month = 0;           // 1 to 12
        std::chrono::seconds time{};  // behind midnight, in the offset that ends
        bool operator==(const Transition&) const = default;
    };
    std::chrono::seconds standard{};
    std::chrono::seconds summer{};  // the same as `standard`: it never changes
    Transition to_summer{};
    Transition to_standard{};
    bool operator==(const YearlyRule&) const = default;

    // The two changes of this year in order of time; of a rule that never changes, none.
    std::vector<Zone::Change> changes_in(std::chrono::year year) const;
};

std::optional<YearlyRule> parse_tz_rule(std::string_view text);

class TimeZone {
public:
    explicit TimeZone(YearlyRule rule) : rule_(rule) {}
    static std::optional<TimeZone> read(std::string_view bytes);

    // The offsets of the years around these two instants.
    Zone over(Timestamp from, Timestamp until) const;

private:
    TimeZone(std::vector<Zone::Change> changes, std::optional<YearlyRule> rule)
        : changes_(std::move(changes)), rule_(rule)
    {
    }

    std::vector<Zone::Change> changes_{};  // the first holds for all time before it
    std::optional<YearlyRule> rule_{};     // behind the last of them
};

}  // namespace mailban
