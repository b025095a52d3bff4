#include "cli/report_parts.h"

#include "cli/terminal.h"
#include "mailban/time/local_text.h"

#include <unistd.h>

#include <iostream>

namespace mailban::cli {

void print_heading(const std::string& what, std::size_t shown, std::uint64_t all)
{
    std::cout << '\n' << what;
    if (shown < all) std::cout << " (" << shown << " of " << all << ')';
    std::cout << '\n';
}

void print_hours(const char* title, const std::vector<HourTotal>& hours, const Zone& zone)
{
    if (hours.empty()) return;
    const auto [each, bars] = page::bars_of(hours, zone);
    std::cout << '\n' << title << ", each bar " << each << '\n';
    const auto width = terminal_width(STDOUT_FILENO);
    for (const auto& line : page::bar_lines(bars, width, blocks_of_locale()))
        std::cout << line << '\n';
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
