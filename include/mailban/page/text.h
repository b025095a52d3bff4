// Reports as text for a terminal or a file: columns, bars, sums over time. Pure: the terminal's
// width and what it can show are arguments.
#pragma once

#include "mailban/survey/findings.h"
#include "mailban/time/zone.h"

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mailban::page {

// Left-aligned columns. Rows may come in portions: each column is as wide as its widest cell so
// far. Cells are UTF-8 that is shown as it is.
class Columns {
public:
    // One line for each row, without a newline at its end. Each row has as many cells as the first
    // one. Where a row is wider than `most`, columns that do not fit continue on a further line,
    // indented; 0: rows may have any width.
    std::vector<std::string> lines(const std::vector<std::vector<std::string>>& rows,
                                   std::size_t most = 0);

private:
    std::vector<bool> breaks(std::size_t most) const;

    std::vector<std::size_t> widths_{};
};

enum class Blocks : std::uint8_t { utf8, ascii };

// A bar for `value`, where `most` is `width` columns long: to an eighth of a column in blocks, to a
// whole one in ASCII. Whatever is not zero shows.
std::string bar(std::uint64_t value, std::uint64_t most, std::size_t width, Blocks blocks);

using LabelledValues = std::vector<std::pair<std::string, std::uint64_t>>;

// One line a value: label, bar, value; at most `columns` wide, but bars have 10 columns at least.
std::vector<std::string> bar_lines(const LabelledValues& values, std::size_t columns,
                                   Blocks blocks);

// The sums of hours, or of as many of them as make at most 48 bars, in local time.
struct TimeBars {
    std::string each{};  // how long a bar is: "an hour", "6h"
    LabelledValues bars{};
};
TimeBars bars_of(const std::vector<HourTotal>& hours, const Zone& zone);

}  // namespace mailban::page
