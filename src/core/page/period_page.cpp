#include "mailban/page/period_page.h"

#include "mailban/page/html.h"
#include "mailban/page/text.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

namespace mailban::page {

namespace {

std::string plot(const char* title, BarRow::Series series, const std::vector<HourTotal>& hours,
                 const Zone& zone)
{
    if (hours.empty()) return {};
    const auto [each, bars] = bars_of(hours, zone);
    BarRow row{.heading = title, .series = series};
    for (const auto& [label, value] : bars)
        row.bars.push_back({label, value});
    return tag("h2", escaped(std::string(title) + ", each bar " + each)) + "\n" +
           bar_chart(title, {row});
}

template <class List, class Name>
std::string standings(const char* title, const char* column, const char* partners, const List& list,
                      const Zone& zone, Name name_of)
{
    std::vector<Cells> rows;
    rows.reserve(list.size());
    for (const auto& [key, row] : list) {
        rows.push_back({name_of(key), std::to_string(row.attempts), std::to_string(row.successes),
                        std::to_string(row.others), std::to_string(row.partners),
                        local_text(row.first, zone), local_text(row.last, zone)});
    }
    return titled_table(
        title, {column, "Wrong passwords", "Logins", "Other", partners, "First", "Last"}, rows);
}

std::string events_table(const char* title, const char* column,
                         const std::vector<EventsTotal>& totals)
{
    std::vector<Cells> rows;
    rows.reserve(totals.size());
    for (const auto& [name, events, attempts] : totals)
        rows.push_back({name, std::to_string(events), std::to_string(attempts)});
    return titled_table(title, {column, "Events", "Wrong passwords"}, rows);
}

std::string totals(const PeriodReport& report)
{
    std::vector<Cells> kinds;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto& [events, attempts] = report.findings.kinds[index];
        if (events == 0) continue;
        kinds.push_back({std::string(to_string(static_cast<EventKind>(index))),
                         std::to_string(events), std::to_string(attempts)});
    }
    std::vector<Cells> rules;
    rules.reserve(report.rules.size());
    for (const auto& [rule, bans, active, is_observed] : report.rules) {
        rules.push_back(
            {(rule.empty() ? std::string("manual") : rule) + (is_observed ? " (observe)" : ""),
             std::to_string(bans), std::to_string(active)});
    }
    return titled_table("Events", {"Kind", "Events", "Attempts"}, kinds) +
           titled_table("Bans by rule", {"Rule", "Bans", "Active"}, rules);
}

}  // namespace

std::string period_page(const PeriodReport& report, const Zone& zone)
{
    const Findings& found = report.findings;
    const std::string subject = subject_of(report);
    const std::string summary = plural(found.events, "event", "events") + " of " +
                                plural(found.distinct_addresses, "address", "addresses") +
                                " against " +
                                plural(found.distinct_accounts, "account", "accounts") + "; " +
                                plural(report.bans, "ban", "bans") + " made, " +
                                std::to_string(report.active) + " active now.";
    const auto text_of = [](const auto& key) { return key.to_string(); };
    const auto itself = [](const std::string& name) { return name; };
    const std::string body =
        tag("h1", "From " + local_text(report.since, zone) + " to " +
                      local_text(report.until, zone) +
                      (subject.empty() ? "" : ", only " + subject)) +
        "\n" + tag("p", summary) + "\n" +
        plot("Wrong passwords", BarRow::Series::first, found.hours, zone) +
        plot("Bans", BarRow::Series::second, report.ban_hours, zone) + totals(report) +
        standings("Addresses", "Address", "Accounts", found.addresses, zone, text_of) +
        standings("Networks", "Network", "Addresses", found.subnets, zone, text_of) +
        standings("Accounts", "Account", "Addresses", found.accounts, zone, itself) +
        events_table("Servers", "Server", report.servers) +
        events_table("Logs", "Log", report.logs);
    return document("mailban report", body);
}

}  // namespace mailban::page
