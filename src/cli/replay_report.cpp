#include "cli/replay_report.h"

#include "cli/report_parts.h"
#include "cli/terminal.h"
#include "mailban/plural.h"

#include <algorithm>
#include <iostream>
#include <map>

namespace mailban::cli {

namespace {

using Row = std::vector<std::string>;
using Rows = std::vector<Row>;

std::size_t shown_of(std::size_t all, std::size_t top)
{
    return top == 0 ? all : std::min(all, top);
}

void print_begin(const ReplayResult& outcome, const ReplayHeading& heading)
{
    std::uint64_t lines = 0;
    for (const auto& log : heading.logs)
        lines += log.lines;
    std::cout << plural(lines, "line", "lines") << " in "
              << plural(heading.logs.size(), "log", "logs") << ", "
              << plural(outcome.events, "event", "events");
    if (outcome.first && outcome.last) {
        std::cout << " from " << local_text(*outcome.first, heading.zone) << " to "
                  << local_text(*outcome.last, heading.zone);
    }
    std::cout << "\nJudged by " << printable(heading.config) << '\n';
}

std::string percent(std::uint64_t part, std::uint64_t all)
{
    return all == 0 ? "-" : std::to_string(part * 100 / all) + " %";
}

Row totals_row(const ReplayResult& outcome)
{
    return {std::to_string(outcome.bans.size() + outcome.unlisted_bans),
            std::to_string(outcome.prefixes),
            std::to_string(outcome.guesses),
            std::to_string(outcome.through),
            std::to_string(outcome.prevented),
            percent(outcome.prevented, outcome.guesses),
            std::to_string(outcome.customers),
            std::to_string(outcome.customers_hit),
            std::to_string(outcome.logins_barred)};
}

Row totals_titles()
{
    return {"BANS",  "ADDRESSES", "GUESSES", "PASSED",        "BLOCKED",
            "SHARE", "CUSTOMERS", "BANNED",  "LOGINS BLOCKED"};
}

std::string success_cell(const ReplayedBan& one)
{
    if (one.earlier_success && one.later_success) return "before, after";
    if (one.earlier_success) return "before";
    return one.later_success ? "after" : "-";
}

void print_bans(const char* title, const std::vector<const ReplayedBan*>& bans,
                const ReplayHeading& heading)
{
    if (bans.empty()) return;
    Rows rows;
    for (std::size_t i = 0; i < shown_of(bans.size(), heading.top); ++i) {
        const auto& one = *bans[i];
        rows.push_back({local_text(one.decided, heading.zone), one.ban.prefix.to_string(),
                        one.lengthens ? "extended" : "ban", printable(one.ban.rule),
                        std::to_string(one.ban.count), std::to_string(one.ban.level),
                        one.ban.until ? local_text(*one.ban.until, heading.zone) : "forever",
                        success_cell(one)});
    }
    print_heading(title, rows.size(), bans.size());
    print_table({"TIME", "ADDRESS", "WHAT", "RULE", "COUNT", "LEVEL", "UNTIL", "LOGGED IN"}, rows);
}

void print_lists_of_bans(const ReplayResult& outcome, const ReplayHeading& heading)
{
    std::vector<const ReplayedBan*> all;
    std::vector<const ReplayedBan*> of_customers;
    std::map<std::int64_t, std::uint64_t> hours;
    for (const auto& one : outcome.bans) {
        all.push_back(&one);
        if (one.earlier_success || one.later_success) of_customers.push_back(&one);
        ++hours[std::chrono::floor<std::chrono::hours>(one.decided).time_since_epoch().count()];
    }
    print_bans("Bans", all, heading);
    std::vector<HourTotal> totals;
    totals.reserve(hours.size());
    for (const auto& [hour, bans] : hours)
        totals.push_back({Timestamp(std::chrono::hours(hour)), bans});
    print_hours("Bans", totals, heading.zone);
    print_bans("Bans of addresses that logged in before or after", of_customers, heading);
    std::vector<const ReplayedBan*> observed;
    for (const auto& one : outcome.observed)
        observed.push_back(&one);
    print_bans("Observed: bans that rules with mode: observe would have made", observed, heading);
}

void print_rules(const std::vector<RuleToll>& rules)
{
    if (rules.empty()) return;
    Rows rows;
    for (const auto& [rule, bans, lengthened, prefixes, customers, is_observed] : rules) {
        rows.push_back({printable(rule) + (is_observed ? " (observe)" : ""), std::to_string(bans),
                        std::to_string(lengthened), std::to_string(prefixes),
                        std::to_string(customers)});
    }
    std::cout << "\nRules\n";
    print_table({"RULE", "BANS", "EXTENDED", "ADDRESSES", "CUSTOMERS"}, rows);
}

void print_clients(const ReplayResult& outcome, std::size_t top)
{
    Rows rows;
    for (std::size_t i = 0; i < shown_of(outcome.clients.size(), top); ++i) {
        const auto& [ip, before, between, prevented, logins, bans] = outcome.clients[i];
        rows.push_back({ip.to_string(), std::to_string(before), std::to_string(between),
                        std::to_string(prevented), std::to_string(bans), std::to_string(logins)});
    }
    if (rows.empty()) return;
    print_heading("Clients with the most guesses", rows.size(), outcome.guessing_clients);
    print_table({"ADDRESS", "BEFORE", "BETWEEN", "BLOCKED", "BANS", "LOGINS"}, rows);
}

void print_caveats(const ReplayResult& outcome)
{
    const auto warn = [](const std::string& text) {
        std::cout << '\n' << paint(Colour::yellow, text) << '\n';
    };
    if (outcome.deferred_bans > 0) {
        warn(plural(outcome.deferred_bans, "ban was", "bans were") +
             " deferred during an outage of the password service");
    }
    if (outcome.skipped_subnet_bans > 0) {
        warn(plural(outcome.skipped_subnet_bans, "ban of a subnet was", "bans of subnets were") +
             " skipped, because users had recently logged in there");
    }
    if (outcome.forgotten_clients + outcome.unlisted_bans > 0) {
        warn("Removed because of the memory limit: " +
             plural(outcome.forgotten_clients, "client", "clients") + " with the fewest guesses; " +
             plural(outcome.unlisted_bans, "ban is", "bans are") + " counted, but not listed");
    }
    if (outcome.events > 0 && outcome.customers == 0)
        warn("These logs contain no login, so bans of customers cannot be recognised");
}

void print_alone(const std::string& name, const std::vector<Prefix>& prefixes, std::size_t top)
{
    if (prefixes.empty()) return;
    const auto shown = shown_of(prefixes.size(), top);
    print_heading("Banned only by " + printable(name), shown, prefixes.size());
    for (std::size_t i = 0; i < shown; ++i)
        std::cout << prefixes[i].to_string() << '\n';
}

}  // namespace

void print_outcome(const ReplayResult& outcome, const ReplayHeading& heading)
{
    print_begin(outcome, heading);
    std::cout << '\n';
    print_table(totals_titles(), {totals_row(outcome)});
    print_lists_of_bans(outcome, heading);
    print_rules(outcome.rules);
    print_clients(outcome, heading.top);
    print_logs(heading.logs);
    print_caveats(outcome);
}

void print_comparison(const ReplayResult& first, const ReplayResult& second,
                      const std::string& second_name, const ReplayHeading& heading)
{
    print_begin(first, heading);
    std::cout << "and by " << printable(second_name) << "\n\n";
    Row titles = totals_titles();
    titles.insert(titles.begin(), "CONFIGURATION");
    Row one = totals_row(first);
    one.insert(one.begin(), printable(heading.config));
    Row other = totals_row(second);
    other.insert(other.begin(), printable(second_name));
    print_table(titles, {one, other});
    const auto found = compare(first, second);
    std::cout << '\n'
              << plural(found.both.size(), "address is", "addresses are") << " banned by both\n";
    print_alone(heading.config, found.only_first, heading.top);
    print_alone(second_name, found.only_second, heading.top);
    print_logs(heading.logs);
    print_caveats(first);
}

void print_door(const ReplayResult& logs_alone, const DoorToll& door, const ReplayHeading& heading)
{
    print_begin(logs_alone, heading);
    std::cout << "As if the mail server had asked before each attempt\n\n";
    const auto row = [](const char* answer, const DoorCount& count) {
        return Row{answer, std::to_string(count.guesses), std::to_string(count.logins)};
    };
    print_table({"ANSWER", "GUESSES", "LOGINS"},
                {row("allow", door.allowed), row("delay", door.delayed), row("deny", door.denied),
                 row("not asked, banned in the firewall", door.shut_out)});
    std::cout << '\n'
              << door.passed() << " of " << plural(door.guesses(), "guess", "guesses")
              << " would have passed (" << percent(door.passed(), door.guesses())
              << "), with logs alone " << logs_alone.through << " ("
              << percent(logs_alone.through, logs_alone.guesses) << ")\n"
              << door.customers_denied << " of "
              << plural(logs_alone.customers, "address", "addresses")
              << " that logged in would have been denied at least once, " << door.customers_delayed
              << " delayed\n";
    Rows grounds;
    for (std::size_t ground = 0; ground < kPolicyGrounds; ++ground) {
        const auto& count = door.grounds.at(ground);
        if (count == DoorCount()) continue;
        std::string name(kPolicyGroundNames.of(static_cast<PolicyGround>(ground)));
        std::replace(name.begin(), name.end(), '_', ' ');
        grounds.push_back(row(name.c_str(), count));
    }
    if (!grounds.empty()) {
        std::cout << "\nDelayed or denied because of\n";
        print_table({"REASON", "GUESSES", "LOGINS"}, grounds);
    }
    print_logs(heading.logs);
    print_caveats(logs_alone);
}

}  // namespace mailban::cli
