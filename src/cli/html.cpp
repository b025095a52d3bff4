// Colours of the two series were chosen to differ for colour-blind readers, on light and on dark.
#include "cli/html.h"

#include "cli/command.h"
#include "mailban/utf8.h"

#include <cerrno>
#include <cstring>
#include <fstream>

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

}  // namespace

std::string escaped(std::string_view raw)
{
    std::string text;
    for (const char c : printable(raw)) {
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

std::string tag(const char* name, const std::string& content)
{
    return std::string("<") + name + ">" + content + "</" + name + ">";
}

std::string html_page(const std::string& title, const std::string& body)
{
    return "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
           "<meta name=\"viewport\" content=\"width=device-width\">\n<title>" +
           escaped(title) + "</title>\n<style>" + kStyle + "</style>\n</head>\n<body>\n" + body +
           "</body>\n</html>\n";
}

int write_page(const std::string& path, const std::string& page)
{
    std::ofstream file(path, std::ios::binary | std::ios::trunc);
    file << page;
    file.close();
    if (file) return kDone;
    return fail(kFailed, "cannot write " + path + ": " + std::strerror(errno));
}

}  // namespace mailban::cli
