// The colours of the two series differ for colour-blind readers, on light and on dark.
#include "mailban/page/html.h"

#include "mailban/utf8.h"

namespace mailban::page {

namespace {

constexpr std::string_view kStyle = R"(
:root { color-scheme: light dark; --ink: #1a1a1a; --paper: #ffffff; --rule: #d0d0d0;
        --first: #0b6bcb; --second: #c2410c; }
@media (prefers-color-scheme: dark) {
    :root { --ink: #e8e8e8; --paper: #161616; --rule: #444444; --first: #6cb2ff;
            --second: #ff9a5c; }
}
body { font: 16px/1.5 system-ui, sans-serif; color: var(--ink); background: var(--paper);
       max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
table { border-collapse: collapse; }
th, td { text-align: right; padding: 0.2rem 0.8rem; border-bottom: 1px solid var(--rule); }
th:first-child, td:first-child { text-align: left; }
pre { border: 1px solid var(--rule); padding: 1rem; overflow-x: auto; }
svg { width: 100%; height: auto; }
svg text { fill: var(--ink); font: 12px system-ui, sans-serif; }
.first { fill: var(--first); } .second { fill: var(--second); }
.axis { stroke: var(--rule); }
)";

std::string row(std::string_view kind, const Cells& cells)
{
    std::string all;
    for (const auto& cell : cells)
        all += tag(kind, escaped(cell));
    return tag("tr", all) + "\n";
}

}  // namespace

std::string escaped(std::string_view text)
{
    std::string safe;
    for (const char c : printable(text)) {
        switch (c) {
        case '&': safe += "&amp;"; break;
        case '<': safe += "&lt;"; break;
        case '>': safe += "&gt;"; break;
        case '"': safe += "&quot;"; break;
        case '\'': safe += "&#39;"; break;
        default: safe += c;
        }
    }
    return safe;
}

std::string tag(std::string_view name, std::string_view content)
{
    std::string text = "<";
    text.append(name).append(">").append(content).append("</").append(name).append(">");
    return text;
}

std::string document(std::string_view title, std::string_view body)
{
    std::string text =
        "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
        "<meta name=\"viewport\" content=\"width=device-width\">\n";
    text += tag("title", escaped(title)) + "\n" + tag("style", kStyle) + "\n</head>\n<body>\n";
    return text.append(body).append("</body>\n</html>\n");
}

std::string table(const Cells& heading, const std::vector<Cells>& rows)
{
    if (rows.empty()) return {};
    std::string all = "\n" + row("th", heading);
    for (const auto& cells : rows)
        all += row("td", cells);
    return tag("table", all) + "\n";
}

std::string titled_table(std::string_view title, const Cells& heading,
                         const std::vector<Cells>& rows)
{
    return rows.empty() ? std::string() : tag("h2", escaped(title)) + "\n" + table(heading, rows);
}

}  // namespace mailban::page
