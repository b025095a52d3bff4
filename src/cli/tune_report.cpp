#include "cli/tune_report.h"

#include "cli/report_parts.h"
#include "cli/terminal.h"
#include "mailban/page/tuning_page.h"

#include <algorithm>
#include <iostream>

namespace mailban::cli {

namespace {

// What stands out: the rule as it is, the proposal.
std::string mark_of(const TuningPoint& point, const RuleTuning& tuned)
{
    std::string mark;
    if (point.limit == tuned.rule.limit && point.within == tuned.rule.within) mark = "current";
    if (tuned.proposal && *tuned.proposal == point)
        mark += mark.empty() ? "proposed" : ", proposed";
    return mark;
}

std::vector<TuningPoint> points_of(const RuleTuning& tuned)
{
    std::vector<TuningPoint> points = tuned.limits;
    if (tuned.proposal &&
        std::find(points.begin(), points.end(), *tuned.proposal) == points.end()) {
        points.push_back(*tuned.proposal);
    }
    std::sort(points.begin(), points.end(),
              [](const TuningPoint& a, const TuningPoint& b) { return a.limit < b.limit; });
    points.insert(points.end(), tuned.spans.begin(), tuned.spans.end());
    return points;
}

std::vector<std::string> row_of(const TuningPoint& point, const RuleTuning& tuned,
                                std::uint64_t guesses, page::Blocks blocks)
{
    constexpr std::size_t kBar = 24;
    return {page::setting(point),
            std::to_string(point.bans),
            std::to_string(point.through),
            page::bar(point.through, guesses, kBar, blocks),
            std::to_string(point.customers),
            mark_of(point, tuned)};
}

void print_rule(const RuleTuning& tuned, const Tuning& tuning)
{
    const auto blocks = blocks_of_locale();
    std::vector<std::vector<std::string>> rows;
    for (const auto& point : points_of(tuned))
        rows.push_back(row_of(point, tuned, tuning.guesses, blocks));
    std::cout << '\n' << paint(Colour::bold, printable(tuned.rule.name)) << ", alone\n";
    print_table({"LIMIT", "BANS", "PASSED", "OF ALL GUESSES", "CUSTOMERS BANNED", ""}, rows);
    std::cout << page::proposal_sentence(tuned, tuning.basis) << '\n';
}

std::vector<std::string> together_row(const char* name, const TuningPoint& point)
{
    return {name,
            std::to_string(point.bans),
            std::to_string(point.prefixes),
            std::to_string(point.through),
            std::to_string(point.prevented),
            std::to_string(point.customers)};
}

}  // namespace

void print_tuning(const Tuning& tuning, const std::string& config,
                  const std::vector<LogFindings>& logs, const Zone& zone)
{
    for (const auto& sentence : page::seen_sentences(tuning, zone))
        std::cout << sentence << '\n';
    std::cout << "Varied: " << printable(config) << '\n';
    print_logs(logs);
    if (page::is_too_little(tuning)) return;
    for (const auto& tuned : tuning.rules)
        print_rule(tuned, tuning);
    const bool has_proposal = tuning.basis != Basis::no_logins;
    std::vector<std::vector<std::string>> rows{together_row("current", tuning.now)};
    if (has_proposal) rows.push_back(together_row("proposed", tuning.then));
    std::cout << "\nAll rules together\n";
    print_table({"", "BANS", "ADDRESSES", "PASSED", "BLOCKED", "CUSTOMERS BANNED"}, rows);
    if (!has_proposal) return;
    std::cout << "\nFor the configuration:\n\n" << to_yaml(tuning.proposed);
}

}  // namespace mailban::cli
