// What reports for people have in common: cells, headings, the plot over time.
#pragma once

#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mailban::cli {

// A client's text: invalid UTF-8 replaced, control characters escaped.
std::string text_cell(const std::string& raw);

// "2026-11-01 06:00:00" in `zone`.
std::string time_cell(Timestamp at, const Zone& zone);

// A blank line and a heading, with how many of all rows follow it where it is not all.
void print_heading(const std::string& what, std::size_t shown, std::uint64_t all);

// The sums of hours, or of as many of them as make at most 48 bars, in local time.
struct TimeBars {
    std::string each{};  // how long a bar is: "an hour", "6h"
    std::vector<std::pair<std::string, std::uint64_t>> bars{};
};
TimeBars bars_of(const std::vector<HourTotal>& hours, const Zone& zone);

// Bars of the sums of hours, or of as many of them as make at most 48 bars, in local time.
void print_hours(const char* title, const std::vector<HourTotal>& hours, const Zone& zone);

// The logs that were read, and what hindered it.
void print_logs(const std::vector<LogFindings>& logs);

}  // namespace mailban::cli
