#include "own_stamp.h"

#include "mailban/envelope/line_header.h"

namespace mailban {

std::string_view without_own_stamp(std::string_view text) noexcept
{
    const auto header = read_line_header(text);
    if (!header || !header->host.empty()) return text;
    switch (header->style) {
    case HeaderStyle::plain:
    case HeaderStyle::hyphens:
    case HeaderStyle::program: return header->message;
    // The protocol stands where syslog has the program: "2026-11-23T22:30:58.052Z imap: ".
    case HeaderStyle::iso: return text.substr(text.find(' ') + 1);
    default: return text;
    }
}

}  // namespace mailban
