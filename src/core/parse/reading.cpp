#include "mailban/parse/reading.h"

#include "mailban/envelope/program_header.h"

#include <array>

namespace mailban {

namespace {

struct Word {
    std::string_view name{};
    std::string_view sentence{};
};

constexpr std::array<Word, kSilences> kSilenceWords{{
    {"no_header",
     "The line does not begin as lines of a log do: with a time stamp that mailban knows. A part "
     "of another line, cut at a newline that a client sent, looks like this."},
    {"unknown_server",
     "It is no line of a mail server that mailban reads, going by the program that syslog names "
     "or by the log's own form."},
    {"unreadable_timestamp", "Its time stamp has the right form but is no time."},
    {"not_an_event",
     "It tells of nothing that a client did, or not so that there is no doubt which client: a "
     "server's own news, a delivery, or what a remote server answered us."},
    {"ambiguous",
     "It can be read in two ways, because a client wrote a text that looks like a part of it; "
     "where it stands in its log, earlier lines may decide."},
    {"no_timestamp",
     "Neither the line nor what stands around it has a time stamp; mailban counts such a line at "
     "its arrival, while it follows the log."},
    {"partial_line",
     "It is a piece of a longer line, or of an entry of several lines, and is read with the last "
     "of them."},
}};

constexpr std::array<Word, kEventKinds> kKinds{{
    {"auth_failure", "A wrong password or an unknown user: a guess."},
    {"auth_success", "A login that worked."},
    {"auth_unavailable", "Our own password service did not work; it says nothing of the client."},
    {"relay_denied", "The client tried to send mail through us to somebody else."},
    {"unknown_recipient", "The client wrote to a mailbox that does not exist."},
    {"rejected", "A rule of the server's refused the client or its message."},
    {"abuse", "The client broke the protocol, gave up a login half way, or came too often."},
}};

template <class Enum, std::size_t N>
const Word& word_of(const std::array<Word, N>& words, Enum value) noexcept
{
    return words[static_cast<std::size_t>(value)];
}

// In the order of the enumerators; their names are the event's own affair.
constexpr std::array<std::string_view, 5> kTellers{
    "The server that spoke with the client, as the attempt failed.",
    "The server that spoke with the client, at the end of the connection, for all its attempts; "
    "those told one by one before are not counted again.",
    "The service that compared the password; the server that spoke with the client may tell of the "
    "same attempt, which counts once.",
    "The server once more: an earlier line of this log tells all of it, and it counts once.",
    "A module of PAM, which the service that compares passwords has asked; that service, and the "
    "server that spoke with the client, may tell of the same attempt, which counts once."};

// Of what may get new members, so that the compiler asks for their words.
Word word_of(HeaderStyle style) noexcept
{
    switch (style) {
    case HeaderStyle::rfc3164: return {"rfc3164", "Traditional syslog: no year, local time."};
    case HeaderStyle::iso: return {"iso", "Syslog with ISO 8601 stamps."};
    case HeaderStyle::rfc5424: return {"rfc5424", "Syslog as RFC 5424 writes it."};
    case HeaderStyle::plain: return {"plain", "A server's own log, without syslog."};
    case HeaderStyle::slashes: return {"slashes", "A log of Kerio Connect's own."};
    case HeaderStyle::hyphens: return {"hyphens", "A log that PHP writes itself."};
    case HeaderStyle::journal: return {"journal", "An entry of systemd's journal."};
    case HeaderStyle::weekday: return {"weekday", "A stamp with the day of the week."};
    case HeaderStyle::unix_time: return {"unix-time", "Seconds since 1970."};
    case HeaderStyle::monotonic: return {"monotonic", "Seconds since the machine was started."};
    case HeaderStyle::untimed: return {"untimed", "No time stamp."};
    case HeaderStyle::program: return {"program", "A log of a program's own, with its own stamp."};
    }
    return {};
}

}  // namespace

std::optional<Silence> silence_of(const Reading& reading, std::optional<Timestamp> time) noexcept
{
    if (reading.event) return std::nullopt;
    if (reading.is_piece) return Silence::piece;
    if (!reading.header) return Silence::no_header;
    if (!reading.server) return Silence::nobodys;
    const auto style = reading.header->style;
    const bool is_untimed = style == HeaderStyle::untimed || style == HeaderStyle::monotonic;
    if (!time) return is_untimed ? Silence::no_time : Silence::unreadable_stamp;
    return reading.concern == Concern::ambiguous ? Silence::ambiguous : Silence::no_deed;
}

std::string_view explain(Silence silence) noexcept
{
    return word_of(kSilenceWords, silence).sentence;
}
std::string_view explain(EventKind kind) noexcept
{
    return word_of(kKinds, kind).sentence;
}
std::string_view explain(Teller teller) noexcept
{
    return kTellers[static_cast<std::size_t>(teller)];
}
std::string_view explain(HeaderStyle style) noexcept
{
    return word_of(style).sentence;
}

std::string_view to_string(Silence silence) noexcept
{
    return word_of(kSilenceWords, silence).name;
}
std::string_view to_string(HeaderStyle style) noexcept
{
    return word_of(style).name;
}

}  // namespace mailban
