#include "cli/html.h"
#include "cli/tune_report.h"

#include <algorithm>
#include <string_view>

namespace mailban::cli {

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

std::string label(std::size_t x, std::size_t y, const char* anchor, const std::string& text)
{
    return "<text x=\"" + std::to_string(x) + "\" y=\"" + std::to_string(y) + "\" text-anchor=\"" +
           anchor + "\">" + text + "</text>\n";
}

// One row of bars, the limits from left to right.
struct Panel {
    const char* name = "";
    const char* series = "";  // its class
    std::uint64_t TuningPoint::*value = nullptr;
    std::size_t top = 0;
};

constexpr std::size_t kWidth = 760;
constexpr std::size_t kHigh = 110;  // of the bars

std::string panel(const Panel& of, const std::vector<TuningPoint>& points)
{
    std::uint64_t most = 1;
    for (const auto& point : points)
        most = std::max(most, point.*of.value);
    const std::size_t step = kWidth / std::max<std::size_t>(points.size(), 1);
    const std::size_t floor = of.top + 30 + kHigh;
    std::string text = label(0, of.top + 12, "start", of.name);
    for (std::size_t i = 0; i < points.size(); ++i) {
        const auto value = points[i].*of.value;
        // Whatever is not zero shows.
        const std::size_t high =
            value == 0
                ? 0
                : std::max<std::size_t>(static_cast<std::size_t>(static_cast<double>(value) *
                                                                 kHigh / static_cast<double>(most)),
                                        1);
        const std::size_t x = i * step;
        text += "<rect class=\"" + std::string(of.series) + "\" x=\"" + std::to_string(x + 6) +
                "\" y=\"" + std::to_string(floor - high) + "\" width=\"" +
                std::to_string(step - 12) + "\" height=\"" + std::to_string(high) + "\"/>\n";
        text += label(x + step / 2, floor - high - 4, "middle", std::to_string(value));
        text += label(x + step / 2, floor + 16, "middle", std::to_string(points[i].limit));
    }
    return text + R"(<line class="axis" x1="0" x2=")" + std::to_string(kWidth) + "\" y1=\"" +
           std::to_string(floor) + "\" y2=\"" + std::to_string(floor) + "\"/>\n";
}

std::string plot(const RuleTuning& tuned)
{
    const std::string within = format_duration(tuned.rule.within);
    return "<svg viewBox=\"0 0 760 360\" role=\"img\" aria-label=\"guesses passed and customers "
           "banned by limit within " +
           within + "\">\n" +
           panel({"Guesses passed, by limit", "through", &TuningPoint::through, 0}, tuned.limits) +
           panel({"Customers banned, by limit", "customers", &TuningPoint::customers, 185},
                 tuned.limits) +
           "</svg>\n";
}

std::string row(const std::string& name, const TuningPoint& point)
{
    return tag("tr", tag("td", name) + tag("td", std::to_string(point.bans)) +
                         tag("td", std::to_string(point.through)) +
                         tag("td", std::to_string(point.prevented)) +
                         tag("td", std::to_string(point.customers))) +
           "\n";
}

std::string table(const std::string& rows)
{
    return tag("table",
               "<tr><th></th><th>Bans</th><th>Passed</th><th>Blocked</th>"
               "<th>Customers banned</th></tr>\n" +
                   rows) +
           "\n";
}

std::string rule_section(const RuleTuning& tuned, Basis basis)
{
    std::string rows;
    const auto add = [&rows](const TuningPoint& point, const char* mark) {
        rows += row(std::to_string(point.limit) + " within " + format_duration(point.within) + mark,
                    point);
    };
    for (const auto& point : tuned.limits)
        add(point, point.limit == tuned.rule.limit ? " (current)" : "");
    for (const auto& point : tuned.spans)
        add(point, "");
    if (tuned.proposal) add(*tuned.proposal, " (proposed)");
    return tag("h2", escaped(tuned.rule.name) + ", alone") + "\n" + plot(tuned) +
           tag("p", proposal_sentence(tuned, basis)) + "\n" + table(rows);
}

}  // namespace

std::string to_html(const Tuning& tuning, const std::string& config, const Zone& zone)
{
    std::string body = tag("h1", "Limits for this machine") + "\n";
    for (const auto& sentence : seen_sentences(tuning, zone))
        body += tag("p", escaped(sentence)) + "\n";
    body += tag("p", "Varied: " + escaped(config)) + "\n";
    if (tuning.basis != Basis::no_events) {
        for (const auto& tuned : tuning.rules)
            body += rule_section(tuned, tuning.basis);
        body += tag("h2", "All rules together") + "\n" +
                table(row("current", tuning.now) + row("proposed", tuning.then));
    }
    if (tuning.basis >= Basis::little) {
        body += tag("h2", "For the configuration") + "\n" +
                tag("pre", escaped_lines(to_yaml(tuning.proposed))) + "\n";
    }
    return html_page("mailban tune", body);
}

}  // namespace mailban::cli
