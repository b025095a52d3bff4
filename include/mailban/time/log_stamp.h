// The time stamps that mail logs begin with. Each reader takes a stamp from the front of `text`
// and says how many bytes it took; what follows is the caller's, but it must not be a digit.
//
// Columns are fixed and every field is checked: month lengths, leap days, 00:00:00 to 23:59:59.
// Second 60, a leap second, is read as the first of the next minute, as POSIX counts. A stamp that
// has a mistake anywhere, its fraction or offset included, is no stamp. A fraction has 1 to 9
// digits behind a point or a comma, and is cut to microseconds.
//
// A stamp without an offset is local time in `zone`. `now` is when the line was read: it gives the
// year where a stamp has none, and may tell the two hours of one name apart.
#pragma once

#include "mailban/time/zone.h"

#include <cstddef>
#include <optional>
#include <string_view>

namespace mailban {

struct LogStamp {
    Timestamp time{};
    std::size_t length = 0;   // bytes of text that the stamp occupies
    bool has_offset = false;  // the stamp alone says which instant it is
};

// "2026-11-23 22:29:06", "2026-11-23 22:29:06.578" (or ",578", as log4j writes). An offset may
// stand right behind it ("Z", "+01", "+0100", "+01:00") or after one blank (" +0100", " +01:00").
std::optional<LogStamp> read_plain_stamp(std::string_view text, const Zone& zone, Timestamp now);

// RFC 3339: "2026-11-23T22:31:54.312279+00:00", "…Z", and "…z", "…+0000", "…+00".
std::optional<LogStamp> read_iso_stamp(std::string_view text, const Zone& zone, Timestamp now);

// "[23/Nov/2026 22:30:58]" (Kerio), "[23-Nov-2026 22:30:58 +0100]" (PHP programs; also
// "… UTC]"), brackets included.
std::optional<LogStamp> read_bracketed_stamp(std::string_view text, const Zone& zone,
                                             Timestamp now);

// RFC 3164: "Nov 23 22:30:58", "Nov  3 …", "Nov 03 …", "Nov 3 …", with a year before it ("2026 Nov
// 23 …") or inside ("Nov 23 2026 …"), with or without a fraction. Without a year, the one is taken
// that puts the stamp nearest to `now`, at most a day ahead of it. 29 February needs a leap year.
std::optional<LogStamp> read_syslog_stamp(std::string_view text, const Zone& zone, Timestamp now);

// "Mon 2026-11-23 22:30:58 CET" (journalctl -o short-full) and "Mon Nov 23 22:30:58 2026" (ctime;
// OpenWrt). Of the names of zones, UTC and GMT are known; any other is the local zone's. The day of
// the week is not compared with the date.
std::optional<LogStamp> read_weekday_stamp(std::string_view text, const Zone& zone, Timestamp now);

// "1795473058.123456": seconds since 1970, ten digits, with or without a fraction.
std::optional<LogStamp> read_unix_stamp(std::string_view text);

// TAI64N: "@" and 24 hexadecimal digits. multilog counts no leap seconds, s6 does; a label that
// would lie ahead of `now` is read as s6's.
std::optional<LogStamp> read_tai64n_stamp(std::string_view text, Timestamp now);

}  // namespace mailban
