// What reports for people have in common: headings, the plot over time.
#pragma once

#include "mailban/survey/findings.h"
#include "mailban/time/local_text.h"
#include "mailban/utf8.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mailban::cli {

// A blank line and a heading, with how many of all rows follow it where it is not all.
void print_heading(const std::string& what, std::size_t shown, std::uint64_t all);

// Bars of the sums of hours, or of as many of them as make at most 48 bars, in local time.
void print_hours(const char* title, const std::vector<HourTotal>& hours, const Zone& zone);

// The logs that were read, and what hindered it.
void print_logs(const std::vector<LogFindings>& logs);

}  // namespace mailban::cli
