// ParseResult: what a parser makes of one message. Most parsers give an event or none; an
// `std::optional<Event>` is such a result.
#pragma once

#include "mailban/parse/concern.h"
#include "mailban/parse/event.h"

#include <optional>
#include <utility>

namespace mailban {

struct ParseResult {
    ParseResult() = default;
    // Not explicit: a parser without concerns returns its event.
    ParseResult(std::optional<Event> said) : event(std::move(said)) {}
    ParseResult(Concern raised) : concern(raised) {}

    std::optional<Event> event{};
    std::optional<Concern> concern{};    // that this message raises
    std::optional<Concern> dispelled{};  // that this message shows to be over
};

}  // namespace mailban
