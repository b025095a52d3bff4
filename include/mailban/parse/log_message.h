// LogMessage: what a mail server wrote, with everything that stood in front of it taken off.
//
// A parser is a class, one a server, of this form; LogParser finds the one that a line belongs to:
//
//     static constexpr MailServer kServer = …;
//     // A look at how the message begins: false for most, which then need no further work.
//     static bool may_matter(const LineHeader& header) noexcept;
//     // The event: all of it but its time, server and pid, which LogParser fills in; or a
//     // ParseResult, where the message may raise a concern about the log (concern.h).
//     std::optional<Event> read(const LogMessage& message);
//
// It may remember what earlier messages of the same log said, within bounds, and nothing else.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

struct LogMessage {
    Timestamp time{};
    // That the server runs on, or the container; may be empty.
    std::string_view host{};
    std::string_view
        program{};  // the syslog tag, "postfix/smtpd"; empty in a log of the server's own
    std::optional<std::uint32_t> pid{};
    std::string_view text{};
    Timestamp read_at{};           // of an old log: when its last line was written
    std::string_view container{};  // that the server runs in; empty: in none that the log names
    // Of an entry of the journal: the rest of its line stands in a later one.
    bool is_unfinished = false;
};

}  // namespace mailban
