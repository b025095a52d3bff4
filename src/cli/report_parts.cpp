#include "cli/report_parts.h"

#include "cli/plot.h"
#include "cli/terminal.h"
#include "mailban/time/local_text.h"

#include <algorithm>
#include <iostream>
#include <map>

namespace mailban::cli {

namespace {

// The shortest step that makes at most 48 bars.
std::chrono::hours step_for(std::chrono::hours span)
{
    for (const int hours : {1, 2, 3, 6, 12, 24, 7 * 24, 28 * 24}) {
        if (span.count() / hours < 48) return std::chrono::hours(hours);
    }
    return std::max(std::chrono::hours(28 * 24), span / 48 + std::chrono::hours(1));
}

}  // namespace

void print_heading(const std::string& what, std::size_t shown, std::uint64_t all)
{
    std::cout << '\n' << what;
    if (shown < all) std::cout << " (" << shown << " of " << all << ')';
    std::cout << '\n';
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

void print_hours(const char* title, const std::vector<HourTotal>& hours, const Zone& zone)
{
    if (hours.empty()) return;
    const auto [each, bars] = bars_of(hours, zone);
    std::cout << '\n' << title << ", each bar " << each << '\n';
    print_bars(bars);
}

void print_logs(const std::vector<LogFindings>& logs)
{
    std::vector<std::vector<std::string>> rows;
    rows.reserve(logs.size());
    for (const auto& log : logs) {
        rows.push_back({printable(log.file), std::to_string(log.lines), std::to_string(log.events),
                        std::to_string(log.unread),
                        log.problem.empty() ? "-" : printable(log.problem)});
    }
    std::cout << '\n';
    print_table({"LOG", "LINES", "EVENTS", "OVERSIZED", "PROBLEM"}, rows);
}

}  // namespace mailban::cli
