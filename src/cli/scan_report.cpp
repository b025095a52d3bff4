#include "cli/scan_report.h"

#include "cli/report_parts.h"
#include "cli/terminal.h"
#include "mailban/plural.h"

#include <algorithm>
#include <array>
#include <iomanip>
#include <iostream>

namespace mailban::cli {

namespace {

using Rows = std::vector<std::vector<std::string>>;

std::vector<std::string> row_cells(std::string name, const TopRow& row, const Zone& zone)
{
    return {std::move(name),
            std::to_string(row.attempts),
            std::to_string(row.failures),
            std::to_string(row.successes),
            std::to_string(row.others),
            std::to_string(row.partners),
            local_text(row.first, zone),
            local_text(row.last, zone)};
}

template <class List, class Name>
void print_standings(const char* title, const std::array<const char*, 2>& columns, const List& list,
                     std::uint64_t distinct, const Zone& zone, Name name_of)
{
    if (list.empty()) return;
    Rows rows;
    for (const auto& [key, row] : list)
        rows.push_back(row_cells(name_of(key), row, zone));
    print_heading(title, list.size(), distinct);
    print_table(
        {columns[0], "ATTEMPTS", "FAILURES", "LOGINS", "OTHER", columns[1], "FIRST", "LAST"}, rows);
}

void print_summary(const Findings& findings, const Zone& zone)
{
    std::uint64_t lines = 0;
    for (const auto& log : findings.logs)
        lines += log.lines;
    std::cout << plural(lines, "line", "lines") << " in "
              << plural(findings.logs.size(), "log", "logs") << ", "
              << plural(findings.events, "event", "events");
    if (findings.first && findings.last) {
        std::cout << " from " << local_text(*findings.first, zone) << " to "
                  << local_text(*findings.last, zone);
    }
    std::cout << '\n';
    if (findings.earlier > 0) std::cout << findings.earlier << " events before --since\n";
    if (findings.copies > 0) std::cout << findings.copies << " duplicate lines\n";
}

}  // namespace

void print_totals(const Findings& findings)
{
    Rows rows;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto& [events, attempts] = findings.kinds[index];
        if (events == 0) continue;
        rows.push_back({std::string(to_string(static_cast<EventKind>(index))),
                        std::to_string(events), std::to_string(attempts)});
    }
    if (rows.empty()) return;
    std::cout << '\n';
    print_table({"KIND", "EVENTS", "ATTEMPTS"}, rows);
    rows.clear();
    for (const auto& [reply, events] : findings.replies)
        rows.push_back({reply ? std::to_string(*reply) : "none", std::to_string(events)});
    std::cout << '\n';
    print_table({"REPLY", "EVENTS"}, rows);
}

void print_lists(const Findings& findings, const Zone& zone)
{
    const auto text_of = [](const auto& key) { return key.to_string(); };
    print_standings("Addresses", {"ADDRESS", "ACCOUNTS"}, findings.addresses,
                    findings.distinct_addresses, zone, text_of);
    print_standings("Subnets", {"SUBNET", "ADDRESSES"}, findings.subnets, findings.distinct_subnets,
                    zone, text_of);
    print_standings("Accounts", {"ACCOUNT", "ADDRESSES"}, findings.accounts,
                    findings.distinct_accounts, zone, printable);
    print_hours("Wrong passwords", findings.hours, zone);
}

void print_forgotten(const Forgotten& forgotten)
{
    if (!forgotten.any()) return;
    std::cout << paint(Colour::yellow,
                       "\nRemoved because of the memory limit: " +
                           plural(forgotten.addresses, "address", "addresses") + ", " +
                           plural(forgotten.subnets, "subnet", "subnets") + ", " +
                           plural(forgotten.accounts, "account", "accounts") +
                           " with the fewest attempts; " +
                           plural(forgotten.pairs, "pair", "pairs") + " of address and account; " +
                           plural(forgotten.hours, "attempt", "attempts") +
                           " of hours outside the list")
              << '\n';
}

void print_findings(const Findings& findings, const Zone& zone)
{
    print_summary(findings, zone);
    print_totals(findings);
    print_lists(findings, zone);
    print_logs(findings.logs);
    print_forgotten(findings.forgotten);
}

void print_accounts(const Findings& findings)
{
    std::vector<std::pair<std::uint64_t, std::string>> rows;
    for (const auto& [account, row] : findings.accounts) {
        if (row.attempts > 0) rows.emplace_back(row.attempts, printable(account));
    }
    std::sort(rows.begin(), rows.end());
    for (const auto& [attempts, account] : rows)
        std::cout << std::setw(7) << attempts << ' ' << account << '\n';
}

}  // namespace mailban::cli
