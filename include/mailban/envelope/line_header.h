// What a syslog daemon, or a server's own logger, writes in front of a message.
//
// Only the shape is checked here, since most lines are not worth reading their stamp; header_time()
// reads it once a line has turned out to matter. Nothing is searched for: each field stands where
// the field before it ended, so that text of the message cannot pass for a header.
//
// Behind the stamp, these are passed over where they stand in their place: a level ("mail.warn" of
// busybox and OpenWrt behind or in place of the host, "<mail.warn>" of FreeBSD before it,
// "[ID 197553 mail.warning]" of Solaris before the message).
#pragma once

#include "mailban/time/zone.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

enum class HeaderStyle : std::uint8_t {
    rfc3164,    // "Nov 23 22:30:58 host prog[pid]: ", with or without "<PRI>", year, host and pid
    iso,        // "2026-11-23T22:31:54.312279+00:00 host prog[pid]: ", or a blank in place of T
    rfc5424,    // "<PRI>1 2026-11-23T22:31:54.003Z host prog pid msgid [data] ", or without <PRI>1
    plain,      // "2026-11-23 22:29:06.578 +0100 ", as servers stamp logs of their own
    slashes,    // "[23/Nov/2026 22:30:58] "
    hyphens,    // "[23-Nov-2026 22:30:58 +0100]: "
    journal,    // none: the journal's fields say what a header would
    weekday,    // "Mon 2026-11-23 22:30:58 CET host prog[pid]: ", "Mon Nov 23 22:30:58 2026 prog: "
    unix_time,  // "1795473058.123456 host prog[pid]: "
    monotonic,  // "[  123.456789] host prog[pid]: ": seconds since the machine was started
    untimed,    // "prog[pid]: ", or nothing
};

struct LineHeader {
    HeaderStyle style = HeaderStyle::rfc3164;
    std::string_view stamp{};    // begins with the stamp
    std::string_view host{};     // empty: left out
    std::string_view program{};  // empty: there is none, and no host; the message follows the stamp
    std::optional<std::uint32_t> pid{};
    std::string_view message{};  // everything behind the header
    // Known better than by the stamp: of an entry of the journal, or by what stood around the line.
    std::optional<Timestamp> time{};
    std::string_view container{};  // that wrote the line, as the log names it; empty: none
};

// The length of "2026-11-23 22:29:06.578 +0100 " with its blank at the front of `text`, by shape
// alone; fraction (behind a point or comma) and offset may be missing. 0: there is none.
std::size_t plain_stamp_length(std::string_view text) noexcept;

// nullopt: the line does not begin with any of these headers.
std::optional<LineHeader> read_line_header(std::string_view line) noexcept;

// The header's stamp in UTC. A stamp without offset is local time in `zone`; `now` gives the year.
std::optional<Timestamp> header_time(const LineHeader& header, const Zone& zone, Timestamp now);

// The header's stamp alone, without what follows it.
std::string_view stamp_of(const LineHeader& header) noexcept;

}  // namespace mailban
