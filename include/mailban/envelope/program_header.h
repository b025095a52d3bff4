// What programs put in front of the messages of a log of their own, beyond the plain stamps of
// line_header.h. Each form is told by the shape of its stamp, at the very front of the line.
//
//     nginx       2026/11/23 22:30:58 [info] 12#12: …
//     python      [2026-11-23 22:30:58,601] INFO in nginx: …
//     snappymail  [2026-11-23 22:30:58.052][69105e66] IMAP[WARNING]: …; [2026-11-23 22:30:58 UTC] …
//     postal      [smtp_server:12] [2026-11-23T22:30:58.123] WARN -- : …
//     domino      [000738:000027-00007F1164C23700] 23-11-2026 22:30:58   …
//     apache      [Mon Nov 23 22:30:58.123456 2026] [php:notice] …
//     nextcloud   {"reqId":"…","level":2,"time":"2026-11-23T22:30:58+00:00",…
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/time/log_stamp.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

enum class ProgramForm : std::uint8_t {
    nginx,
    python,
    snappymail,
    postal,
    domino,
    apache,
    nextcloud,
};

// nullopt: the line does not begin with any of these forms. The header's style is
// HeaderStyle::program; Nextcloud's message is the whole line.
std::optional<LineHeader> read_program_header(std::string_view line) noexcept;

// Of a header of that style, by its stamp.
std::optional<ProgramForm> program_form(std::string_view stamp) noexcept;

// The stamp in UTC, every field checked; a stamp without offset is local time in `zone`. Its length
// is that of all that stands in front of the message, as far as it is the stamp's.
std::optional<LogStamp> read_program_stamp(std::string_view text, const Zone& zone, Timestamp now);

// The length of "2026/11/23 22:30:58 " with its blank at the front of `text`, by shape alone; 0:
// there is none.
std::size_t nginx_stamp_length(std::string_view text) noexcept;

// Eats what colours a terminal: "\e[31m".
void skip_colours(std::string_view& text) noexcept;

// "23/Nov/2026:22:30:58 +0100", as web servers stamp their access logs.
std::optional<LogStamp> read_access_stamp(std::string_view text);

}  // namespace mailban
