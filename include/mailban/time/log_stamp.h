// The time stamps that mail logs begin with. Each reader takes a stamp from the front of `text`
// and says how many bytes it took; what follows is the caller's, but it must not be a digit.
//
// Columns are fixed and every field is checked: month lengths, leap days, 00:00:00 to 23:59:59.
// Second 60, a leap second, is read as the first of the next minute, as POSIX counts. A stamp that
// has a mistake anywhere, its fraction or offset included, is no stamp.
#pragma once

#include "mailban/time/zone.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace mailban {

struct LogStamp {
    Timestamp time{};
    std::size_t length = 0;  // bytes of text that the stamp occupies
};

// "2026-11-23 22:29:06", "2026-11-23 22:29:06.578" (or ",578", as log4j writes), "… +0100" (Exim:
// log_timezone, millisec); the
// offset, where written, stands after one blank. Without an offset the time is local.
std::optional<LogStamp> read_plain_stamp(std::string_view text, const Zone& zone);

// RFC 3339: "2026-11-23T22:31:54.312279+00:00", "…Z". Fraction (1 to 9 digits, cut to microseconds)
// and offset may be missing; without an offset the time is local.
std::optional<LogStamp> read_iso_stamp(std::string_view text, const Zone& zone);

// "[23/Nov/2026 22:30:58]" (Kerio), "[23-Nov-2026 22:30:58 +0100]" (PHP programs), brackets
// included. Without an offset the time is local.
std::optional<LogStamp> read_bracketed_stamp(std::string_view text, const Zone& zone);

// RFC 3164: "Nov 23 22:30:58", "Nov  3 …" (or "Nov 03 …"). It has no year: the one is taken that
// puts the stamp nearest to `now`, at most a day ahead of it. 29 February needs a leap year.
std::optional<LogStamp> read_syslog_stamp(std::string_view text, const Zone& zone, Timestamp now);

}  // namespace mailban
