#include "mailban/page/text.h"

#include <algorithm>
#include <array>
#include <map>
#include <string_view>

namespace mailban::page {

namespace {

constexpr std::size_t kGap = 2;     // columns of blanks between two columns
constexpr std::size_t kIndent = 4;  // of a row's further lines

std::size_t width_of(std::string_view text)
{
    // UTF-8: continuation bytes take no column.
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), [](char c) {
        return (static_cast<unsigned char>(c) & 0xc0U) != 0x80U;
    }));
}

// The shortest step that makes at most 48 bars.
std::chrono::hours step_for(std::chrono::hours span)
{
    for (const int hours : {1, 2, 3, 6, 12, 24, 7 * 24, 28 * 24}) {
        if (span.count() / hours < 48) return std::chrono::hours(hours);
    }
    return std::max(std::chrono::hours(28 * 24), span / 48 + std::chrono::hours(1));
}

}  // namespace

// Before which columns a further line begins.
std::vector<bool> Columns::breaks(std::size_t most) const
{
    std::vector<bool> breaks(widths_.size(), false);
    std::size_t at = 0;
    for (std::size_t i = 0; i < widths_.size(); ++i) {
        const bool is_first = at == 0 || at == kIndent;
        if (most > 0 && i > 0 && !is_first && at + widths_[i] > most) {
            breaks[i] = true;
            at = kIndent;
        }
        at += widths_[i] + kGap;
    }
    return breaks;
}

std::vector<std::string> Columns::lines(const std::vector<std::vector<std::string>>& rows,
                                        std::size_t most)
{
    for (const auto& row : rows) {
        widths_.resize(std::max(widths_.size(), row.size()));
        for (std::size_t i = 0; i < row.size(); ++i)
            widths_[i] = std::max(widths_[i], width_of(row[i]));
    }
    const auto breaks_before = breaks(most);
    std::vector<std::string> lines;
    lines.reserve(rows.size());
    for (const auto& row : rows) {
        auto& line = lines.emplace_back();
        for (std::size_t i = 0; i < row.size(); ++i) {
            line += row[i];
            if (i + 1 == row.size()) continue;
            if (breaks_before[i + 1]) {
                line += '\n' + std::string(kIndent, ' ');
            } else {
                line.append(widths_[i] - width_of(row[i]) + kGap, ' ');
            }
        }
    }
    return lines;
}

std::string bar(std::uint64_t value, std::uint64_t most, std::size_t width, Blocks blocks)
{
    static constexpr std::array<const char*, 8> kEighths{"", "▏", "▎", "▍", "▌", "▋", "▊", "▉"};
    if (value == 0 || most == 0) return {};
    const std::size_t steps = blocks == Blocks::utf8 ? 8 : 1;
    const double share = static_cast<double>(value) / static_cast<double>(most);
    const double exact = share * static_cast<double>(width * steps);
    const auto length = std::max<std::size_t>(static_cast<std::size_t>(exact + 0.5), 1);
    std::string text;
    if (blocks == Blocks::ascii) return text.append(length, '#');
    for (std::size_t i = 0; i < length / steps; ++i)
        text += "█";
    return text + kEighths[length % steps];
}

std::vector<std::string> bar_lines(const LabelledValues& values, std::size_t columns, Blocks blocks)
{
    constexpr std::size_t kLeast = 10;
    std::uint64_t most = 0;
    std::size_t label = 0;
    for (const auto& [name, value] : values) {
        most = std::max(most, value);
        label = std::max(label, width_of(name));
    }
    const auto taken = label + std::to_string(most).size() + 3;
    const auto width = columns > taken + kLeast ? columns - taken : kLeast;
    std::vector<std::string> lines;
    lines.reserve(values.size());
    for (const auto& [name, value] : values) {
        lines.push_back(name + std::string(label - width_of(name) + 1, ' ') +
                        bar(value, most, width, blocks) + (value == 0 ? "" : " ") +
                        std::to_string(value));
    }
    return lines;
}

TimeBars bars_of(const std::vector<HourTotal>& hours, const Zone& zone)
{
    TimeBars result;
    if (hours.empty()) return result;
    using std::chrono::floor;
    const auto step = step_for(floor<std::chrono::hours>(hours.back().time - hours.front().time));
    result.each = step == std::chrono::hours(1) ? "an hour" : format_duration(step);
    // Local time, so that a day begins at midnight.
    std::map<std::int64_t, std::uint64_t> buckets;
    for (const auto& [time, attempts] : hours)
        buckets[(time + zone.offset_at(time)).time_since_epoch() / step] += attempts;
    for (auto at = buckets.begin()->first; at <= buckets.rbegin()->first; ++at) {
        auto label = format_timestamp(Timestamp(at * step));
        label[10] = ' ';
        const auto found = buckets.find(at);
        result.bars.emplace_back(label.substr(0, 16), found == buckets.end() ? 0 : found->second);
    }
    return result;
}

}  // namespace mailban::page
