// Reading: how LogParser read one line, step by step, for whoever asks why.
#pragma once

#include "mailban/envelope/layer.h"
#include "mailban/envelope/line_header.h"
#include "mailban/parse/concern.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

// Views into the line that was read, or into what its parser has unescaped of it: good until that
// reads the next line.
struct Reading {
    Layers layers{};                     // that stood around the line, outermost first
    std::optional<LineHeader> header{};  // nullopt: the line has none
    std::optional<MailServer> server{};  // whose parser read the message; nullopt: nobody's
    std::optional<Event> event{};
    std::optional<Concern> concern{};  // that the line raises about its log
    bool is_piece = false;             // of a longer line; nothing is read yet
};

// Why a line became no event, as far as can be told.
enum class NoEventReason : std::uint8_t {
    no_header,             // it begins with no stamp that a log of mailban's begins with
    unknown_server,        // no server that mailban knows, or none of those asked for
    unreadable_timestamp,  // the header has the shape of one, but its stamp is no time
    not_an_event,          // it tells of no client, or not in a way that leaves no doubt which
    ambiguous,             // it can be read in two ways
    no_timestamp,          // neither it nor what stood around it has a stamp
    partial_line,          // it is a part of a longer line or entry, which is not complete yet
};
inline constexpr std::size_t kNoEventReasons = 7;

// nullopt: there is an event.
std::optional<NoEventReason> no_event_reason(const Reading& reading,
                                             std::optional<Timestamp> time) noexcept;

// A name for programs, and a sentence for people.
std::string_view explain(NoEventReason silence) noexcept;
std::string_view explain(EventKind kind) noexcept;
std::string_view explain(Reporter reporter) noexcept;
std::string_view explain(HeaderStyle style) noexcept;
std::string_view to_string(NoEventReason silence) noexcept;
std::string_view to_string(HeaderStyle style) noexcept;

}  // namespace mailban
