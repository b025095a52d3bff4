#include "cli/period_report.h"

#include "cli/report_parts.h"
#include "cli/scan_report.h"
#include "cli/terminal.h"
#include "mailban/plural.h"

#include <iostream>

namespace mailban::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

void print_events(const char* heading, const char* column, const std::vector<EventsTotal>& totals)
{
    if (totals.empty()) return;
    Rows rows;
    for (const auto& [name, events, attempts] : totals)
        rows.push_back({printable(name), std::to_string(events), std::to_string(attempts)});
    print_heading(heading, totals.size(), totals.size());
    print_table({column, "EVENTS", "ATTEMPTS"}, rows);
}

void print_rules(const std::vector<RuleTotal>& rules)
{
    if (rules.empty()) return;
    Rows rows;
    for (const auto& [rule, bans, active, is_observed] : rules) {
        rows.push_back(
            {(rule.empty() ? "manual" : printable(rule)) + (is_observed ? " (observe)" : ""),
             std::to_string(bans), std::to_string(active)});
    }
    print_heading("Rules", rows.size(), rows.size());
    print_table({"RULE", "BANS", "ACTIVE"}, rows);
}

}  // namespace

void print_report(const PeriodReport& report, const Zone& zone)
{
    const Findings& findings = report.findings;
    const std::string subject = subject_of(report);
    std::cout << "From " << local_text(report.since, zone) << " to "
              << local_text(report.until, zone)
              << (subject.empty() ? "" : ", only " + printable(subject)) << ": "
              << plural(findings.events, "event", "events") << ", "
              << plural(findings.distinct_addresses, "address", "addresses") << ", "
              << plural(findings.distinct_accounts, "account", "accounts") << "; "
              << plural(report.bans, "ban", "bans") << " made, " << report.active << " active now"
              << (report.observed > 0
                      ? "; " + plural(report.observed, "ban", "bans") + " only observed"
                      : "")
              << '\n';
    print_totals(findings);
    print_rules(report.rules);
    print_lists(findings, zone);
    print_hours("Bans", report.ban_hours, zone);
    print_events("Servers", "SERVER", report.servers);
    print_events("Logs", "LOG", report.logs);
    print_forgotten(findings.forgotten);
}

}  // namespace mailban::cli
