#include "mailban/page/tuning_page.h"

#include "mailban/page/html.h"

#include <algorithm>
#include <string_view>

namespace mailban::page {

namespace {

std::string escaped_lines(std::string_view text)
{
    std::string lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines += escaped(text.substr(0, end)) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

// One row of bars, the limits from left to right.
BarRow bars(const char* heading, BarRow::Series series, std::uint64_t TuningPoint::*value,
            const std::vector<TuningPoint>& points)
{
    BarRow row{.heading = heading, .series = series, .labels = BarRow::Labels::each};
    for (const auto& point : points)
        row.bars.push_back({std::to_string(point.limit), point.*value});
    return row;
}

std::string plot(const RuleTuning& tuned)
{
    const auto through = bars("Guesses passed, by limit", BarRow::Series::first,
                              &TuningPoint::through, tuned.limits);
    const auto customers = bars("Customers banned, by limit", BarRow::Series::second,
                                &TuningPoint::customers, tuned.limits);
    return bar_chart(
        "guesses passed and customers banned by limit within " + format_duration(tuned.rule.within),
        {through, customers});
}

Cells row(const std::string& name, const TuningPoint& point)
{
    return {name, std::to_string(point.bans), std::to_string(point.through),
            std::to_string(point.prevented), std::to_string(point.customers)};
}

std::string points_table(const std::vector<Cells>& rows)
{
    return table({"", "Bans", "Passed", "Blocked", "Customers banned"}, rows);
}

std::string rule_section(const RuleTuning& tuned, Basis basis)
{
    std::vector<Cells> rows;
    const auto add = [&rows](const TuningPoint& point, const char* mark) {
        rows.push_back(row(setting(point) + mark, point));
    };
    for (const auto& point : tuned.limits)
        add(point, point.limit == tuned.rule.limit ? " (current)" : "");
    for (const auto& point : tuned.spans)
        add(point, "");
    if (tuned.proposal) add(*tuned.proposal, " (proposed)");
    return tag("h2", escaped(tuned.rule.name) + ", alone") + "\n" + plot(tuned) +
           tag("p", escaped(proposal_sentence(tuned, basis))) + "\n" + points_table(rows);
}

}  // namespace

std::string tuning_page(const Tuning& tuning, const std::string& config, const Zone& zone)
{
    std::string body = tag("h1", "Limits for this machine") + "\n";
    for (const auto& sentence : seen_sentences(tuning, zone))
        body += tag("p", escaped(sentence)) + "\n";
    body += tag("p", "Varied: " + escaped(config)) + "\n";
    if (tuning.basis != Basis::no_events) {
        for (const auto& tuned : tuning.rules)
            body += rule_section(tuned, tuning.basis);
        body += tag("h2", "All rules together") + "\n" +
                points_table({row("current", tuning.now), row("proposed", tuning.then)});
    }
    if (tuning.basis >= Basis::little) {
        body += tag("h2", "For the configuration") + "\n" +
                tag("pre", escaped_lines(to_yaml(tuning.proposed))) + "\n";
    }
    return document("mailban tune", body);
}

}  // namespace mailban::page
