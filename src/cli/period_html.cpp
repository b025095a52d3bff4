#include "mailban/plural.h"
// The page of `mailban report`. Accounts' names are an attacker's: all text goes through escaped().
#include "cli/html.h"
#include "cli/period_report.h"
#include "cli/report_parts.h"

#include <algorithm>

namespace mailban::cli {

namespace {

constexpr std::size_t kWidth = 760;
constexpr std::size_t kHigh = 160;  // of the bars
constexpr std::size_t kTop = 20;
constexpr std::size_t kFloor = kTop + kHigh;

std::string text_at(std::size_t x, std::size_t y, const char* anchor, const std::string& text)
{
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"" +
           anchor + "\">" + escaped(text) + "</text>\n";
}

// A bar and, where the pointer rests on it, what it says.
std::string bar_at(std::size_t x, std::size_t width, std::size_t high, const char* series,
                   const std::string& said)
{
    return std::string("<rect class=\"") + series + "\" x=\"" + std::to_string(x) + "\" y=\"" +
           std::to_string(kFloor - high) + "\" width=\"" + std::to_string(width) + "\" height=\"" +
           std::to_string(high) + "\">" + tag("title", escaped(said)) + "</rect>\n";
}

std::string plot(const char* title, const char* series, const std::vector<HourTotal>& hours,
                 const Zone& zone)
{
    if (hours.empty()) return {};
    const auto [each, bars] = bars_of(hours, zone);
    std::uint64_t most = 1;
    for (const auto& bar : bars)
        most = std::max(most, bar.second);
    const std::size_t step = std::max<std::size_t>(kWidth / bars.size(), 2);
    std::string drawn = text_at(0, kTop - 6, "start", "at most " + std::to_string(most));
    for (std::size_t at = 0; at < bars.size(); ++at) {
        const auto& [label, value] = bars[at];
        const double share = static_cast<double>(value) / static_cast<double>(most);
        // Whatever is not zero shows.
        const auto high =
            value == 0 ? std::size_t{0}
                       : std::max<std::size_t>(static_cast<std::size_t>(share * double{kHigh}), 1);
        drawn += bar_at(at * step, step - 1, high, series, label + ": " + std::to_string(value));
    }
    drawn += "<line class=\"axis\" x1=\"0\" x2=\"760\" y1=\"180\" y2=\"180\"/>\n";
    drawn += text_at(0, kFloor + 16, "start", bars.front().first);
    drawn += text_at(kWidth, kFloor + 16, "end", bars.back().first);
    return tag("h2", std::string(title) + ", each bar " + escaped(each)) +
           "\n<svg viewBox=\"0 0 760 200\" role=\"img\" aria-label=\"" + title + "\">\n" + drawn +
           "</svg>\n";
}

using Cells = std::vector<std::string>;

std::string row(const char* kind, const Cells& cells)
{
    std::string all;
    for (const auto& cell : cells)
        all += tag(kind, escaped(cell));
    return tag("tr", all) + "\n";
}

std::string table(const char* title, const Cells& heading, const std::vector<Cells>& rows)
{
    if (rows.empty()) return {};
    std::string all = row("th", heading);
    for (const auto& cells : rows)
        all += row("td", cells);
    return tag("h2", title) + "\n" + tag("table", "\n" + all) + "\n";
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
    return table(title, {column, "Wrong passwords", "Logins", "Other", partners, "First", "Last"},
                 rows);
}

std::string events_table(const char* title, const char* column,
                         const std::vector<EventsTotal>& totals)
{
    std::vector<Cells> rows;
    rows.reserve(totals.size());
    for (const auto& [name, events, attempts] : totals)
        rows.push_back({name, std::to_string(events), std::to_string(attempts)});
    return table(title, {column, "Events", "Wrong passwords"}, rows);
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
    for (const auto& [rule, bans, standing] : report.rules) {
        rules.push_back({rule.empty() ? std::string("manual") : rule, std::to_string(bans),
                         std::to_string(standing)});
    }
    return table("Events", {"Kind", "Events", "Attempts"}, kinds) +
           table("Bans by rule", {"Rule", "Bans", "Active"}, rules);
}

}  // namespace

std::string to_html(const PeriodReport& report, const Zone& zone)
{
    const Findings& found = report.findings;
    const std::string summary = plural(found.events, "event", "events") + " of " +
                                plural(found.distinct_addresses, "address", "addresses") +
                                " against " +
                                plural(found.distinct_accounts, "account", "accounts") + "; " +
                                plural(report.bans, "ban", "bans") + " made, " +
                                std::to_string(report.standing) + " active now.";
    const auto text_of = [](const auto& key) { return key.to_string(); };
    const auto itself = [](const std::string& name) { return name; };
    const std::string body =
        tag("h1",
            "From " + local_text(report.since, zone) + " to " + local_text(report.until, zone)) +
        "\n" + tag("p", summary) + "\n" + plot("Wrong passwords", "through", found.hours, zone) +
        plot("Bans", "customers", report.ban_hours, zone) + totals(report) +
        standings("Addresses", "Address", "Accounts", found.addresses, zone, text_of) +
        standings("Networks", "Network", "Addresses", found.subnets, zone, text_of) +
        standings("Accounts", "Account", "Addresses", found.accounts, zone, itself) +
        events_table("Servers", "Server", report.servers) +
        events_table("Logs", "Log", report.logs);
    return html_page("mailban report", body);
}

}  // namespace mailban::cli
