// What stands at the end of a line and is no part of its message.
#pragma once

#include <string_view>

namespace mailban {

// Takes off carriage returns (a terminal in between writes them; rsyslog prints one as "#015"),
// line feeds and blanks.
constexpr std::string_view without_line_end(std::string_view text) noexcept
{
    constexpr std::string_view kPrinted = "#015";
    while (!text.empty()) {
        const char last = text.back();
        if (last == ' ' || last == '\r' || last == '\n') {
            text.remove_suffix(1);
        } else if (last == '5' && text.ends_with(kPrinted)) {
            text.remove_suffix(kPrinted.size());
        } else {
            break;
        }
    }
    return text;
}

}  // namespace mailban
