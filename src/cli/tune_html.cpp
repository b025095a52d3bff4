// Colours of the two series were chosen to differ for colour-blind readers, on light and on dark.
#include "cli/report_parts.h"
#include "cli/tune_report.h"

#include <algorithm>
#include <string_view>

namespace mailban::cli {

namespace {

constexpr const char* kStyle = R"(
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --rule: #d0d0d0;
        --through: #0b6bcb; --customers: #c2410c; }
@media (prefers-color-scheme: dark) {
    :root { --ink: #e8e8e8; --paper: #161616; --rule: #444444; --through: #6cb2ff;
            --customers: #ff9a5c; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: right; padding: 0.2rem 0.8rem; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
pre { border: 1px solid var(--rule); padding: 1rem; overflow-x: auto; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.through { fill: var(--through); } .customers { fill: var(--customers); }
.axis { stroke: var(--rule); }
)";

// Names are an administrator's, addresses are ours; escaped all the same.
std::string escaped(const std::string& raw)
{
    std::string text;
    for (const char c : text_cell(raw)) {
        switch (c) {
        case '&': text += "&amp;"; break;
        case '<': text += "&lt;"; break;
        case '>': text += "&gt;"; break;
        case '"': text += "&quot;"; break;
        case '\'': text += "&#39;"; break;
        default: text += c;
        }
    }
    return text;
}

std::string escaped_lines(std::string_view text)
{
    std::string lines;
    while (!text.empty()) {
        const auto end = std::min(text.find('\n'), text.size());
        lines += escaped(std::string(text.substr(0, end))) + "\n";
        text.remove_prefix(std::min(end + 1, text.size()));
    }
    return lines;
}

std::string tag(const char* name, const std::string& content)
{
    return std::string("<") + name + ">" + content + "</" + name + ">";
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
    return "<svg viewBox=\"0 0 760 360\" role=\"img\" aria-label=\"guesses through and customers "
           "banned by limit within " +
           within + "\">\n" +
           panel({"Guesses that get through, by limit", "through", &TuningPoint::through, 0},
                 tuned.limits) +
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
               "<tr><th></th><th>Bans</th><th>Through</th><th>Prevented</th>"
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
        add(point, point.limit == tuned.rule.limit ? " (now)" : "");
    for (const auto& point : tuned.spans)
        add(point, "");
    if (tuned.proposal) add(*tuned.proposal, " (proposed)");
    return tag("h2", escaped(tuned.rule.name) + ", alone") + "\n" + plot(tuned) +
           tag("p", proposal_sentence(tuned, basis)) + "\n" + table(rows);
}

}  // namespace

std::string to_html(const Tuning& tuning, const std::string& config)
{
    std::string body = tag("h1", "Limits for this machine") + "\n";
    for (const auto& sentence : seen_sentences(tuning))
        body += tag("p", escaped(sentence)) + "\n";
    body += tag("p", "Varied: " + escaped(config)) + "\n";
    if (tuning.basis != Basis::no_events) {
        for (const auto& tuned : tuning.rules)
            body += rule_section(tuned, tuning.basis);
        body += tag("h2", "All rules together") + "\n" +
                table(row("now", tuning.now) + row("proposed", tuning.then));
    }
    if (tuning.basis >= Basis::little) {
        body += tag("h2", "To be pasted into the configuration") + "\n" +
                tag("pre", escaped_lines(to_yaml(tuning.proposed))) + "\n";
    }
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n"
           "<title>mailban tune</title>\n<style>" +
           std::string(kStyle) + "</style>\n</head>\n<body>\n" + body + "</body>\n</html>\n";
}

}  // namespace mailban::cli
