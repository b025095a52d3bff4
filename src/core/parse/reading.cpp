#include "mailban/parse/reading.h"

#include "mailban/envelope/program_header.h"

#include <array>

namespace mailban {

namespace {

struct Word {
    std::string_view name{};
    std::string_view sentence{};
};

constexpr std::array<Word, kNoEventReasons> kSilenceWords{{
    {"no_header",
     "The line does not begin with a time stamp that mailban knows. It may be a part of another "
     "line that a newline of a client has cut."},
    {"unknown_server",
     "The line is not from a mail server that mailban reads: syslog names another program, or the "
     "log has another format."},
    {"unreadable_timestamp", "Its time stamp has the right form, but is not a valid time."},
    {"not_an_event",
     "The line reports no action of a client, or does not show clearly which client: it is a "
     "message "
     "of the server, a delivery, or a reply of a remote server to us."},
    {"ambiguous",
     "The line can be read in two ways, because a client sent text that looks like a part of it. "
     "In "
     "its log, earlier lines may decide."},
    {"no_timestamp",
     "Neither the line nor its envelope has a time stamp. While mailban follows a log, such a line "
     "counts at its arrival."},
    {"partial_line",
     "The line is a piece of a longer line, or of an entry with several lines. mailban reads it "
     "together with the last piece."},
}};

constexpr std::array<Word, kEventKinds> kKinds{{
    {"auth_failure", "A wrong password or an unknown user: a guess."},
    {"auth_success", "A successful login."},
    {"auth_unavailable",
     "Our own password service did not work; this says nothing about the client."},
    {"relay_denied", "The client tried to send mail through our server to another domain."},
    {"unknown_recipient", "The client wrote to a mailbox that does not exist."},
    {"rejected", "A rule of the server refused the client or its message."},
    {"abuse", "The client violated the protocol, aborted a login, or connected too often."},
}};

template <class Enum, std::size_t N>
const Word& word_of(const std::array<Word, N>& words, Enum value) noexcept
{
    return words[static_cast<std::size_t>(value)];
}

// In the order of the enumerators; their names are the event's own affair.
constexpr std::array<std::string_view, 6> kReporters{
    "The server that talked to the client, when the attempt failed.",
    "The server that talked to the client, at the end of the connection, for all its attempts; "
    "attempts that it reported before do not count again.",
    "The service that compared the password; the server that talked to the client may report the "
    "same attempt, which counts once.",
    "The server again: an earlier line of this log reports the same attempt, which counts once.",
    "A PAM module that the password service used; this service and the server that talked to the "
    "client may report the same attempt, which counts once.",
    "The service that compared the password, to mailban itself; log lines of the same attempt do "
    "not count again."};

// Of what may get new members, so that the compiler asks for their words.
Word word_of(HeaderStyle style) noexcept
{
    switch (style) {
    case HeaderStyle::rfc3164: return {"rfc3164", "Traditional syslog: no year, local time."};
    case HeaderStyle::iso: return {"iso", "Syslog with ISO 8601 stamps."};
    case HeaderStyle::rfc5424: return {"rfc5424", "Syslog as RFC 5424 writes it."};
    case HeaderStyle::plain: return {"plain", "A server's own log, without syslog."};
    case HeaderStyle::slashes: return {"slashes", "Kerio Connect's own log."};
    case HeaderStyle::hyphens: return {"hyphens", "PHP's own log."};
    case HeaderStyle::journal: return {"journal", "An entry of systemd's journal."};
    case HeaderStyle::weekday: return {"weekday", "A stamp with the day of the week."};
    case HeaderStyle::unix_time: return {"unix-time", "Seconds since 1970."};
    case HeaderStyle::monotonic: return {"monotonic", "Seconds since the machine was started."};
    case HeaderStyle::untimed: return {"untimed", "No time stamp."};
    case HeaderStyle::program: return {"program", "A program's own log with its own time stamp."};
    }
    return {};
}

}  // namespace

std::optional<NoEventReason> no_event_reason(const Reading& reading,
                                             std::optional<Timestamp> time) noexcept
{
    if (reading.event) return std::nullopt;
    if (reading.is_piece) return NoEventReason::partial_line;
    if (!reading.header) return NoEventReason::no_header;
    if (!reading.server) return NoEventReason::unknown_server;
    const auto style = reading.header->style;
    const bool is_untimed = style == HeaderStyle::untimed || style == HeaderStyle::monotonic;
    if (!time)
        return is_untimed ? NoEventReason::no_timestamp : NoEventReason::unreadable_timestamp;
    return reading.concern == Concern::ambiguous ? NoEventReason::ambiguous
                                                 : NoEventReason::not_an_event;
}

std::string_view explain(NoEventReason silence) noexcept
{
    return word_of(kSilenceWords, silence).sentence;
}
std::string_view explain(EventKind kind) noexcept
{
    return word_of(kKinds, kind).sentence;
}
std::string_view explain(Reporter reporter) noexcept
{
    return kReporters[static_cast<std::size_t>(reporter)];
}
std::string_view explain(HeaderStyle style) noexcept
{
    return word_of(style).sentence;
}

std::string_view to_string(NoEventReason silence) noexcept
{
    return word_of(kSilenceWords, silence).name;
}
std::string_view to_string(HeaderStyle style) noexcept
{
    return word_of(style).name;
}

}  // namespace mailban
