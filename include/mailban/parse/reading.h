// Reading: how LogParser read one line, step by step, for whoever asks why.
#pragma once

#include "mailban/envelope/line_header.h"
#include "mailban/parse/concern.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

// Views into the line that was read.
struct Reading {
    std::optional<LineHeader> header{};  // nullopt: the line has none
    std::optional<MailServer> server{};  // whose parser read the message; nullopt: nobody's
    std::optional<Event> event{};
    std::optional<Concern> concern{};  // that the line raises about its log
};

// Why a line became no event, as far as can be told.
enum class Silence : std::uint8_t {
    no_header,         // it begins with no stamp that a log of mailban's begins with
    nobodys,           // no server that mailban knows, or none of those asked for
    unreadable_stamp,  // the header has the shape of one, but its stamp is no time
    no_deed,           // it tells of no client, or not in a way that leaves no doubt which
    ambiguous,         // it can be read in two ways
};
inline constexpr std::size_t kSilences = 5;

// nullopt: there is an event.
std::optional<Silence> silence_of(const Reading& reading, std::optional<Timestamp> time) noexcept;
// The stamp alone, without what follows it.
std::string_view stamp_of(const LineHeader& header) noexcept;

// A name for programs, and a sentence for people.
std::string_view explain(Silence silence) noexcept;
std::string_view explain(EventKind kind) noexcept;
std::string_view explain(Teller teller) noexcept;
std::string_view explain(HeaderStyle style) noexcept;
std::string_view to_string(Silence silence) noexcept;
std::string_view to_string(HeaderStyle style) noexcept;

}  // namespace mailban
