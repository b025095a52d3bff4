// Evidence: an event as it was counted, and the log that reported it.
#pragma once

#include "mailban/parse/event.h"

#include <cstdint>
#include <string>

namespace mailban {

struct Evidence {
    Event event{};
    std::uint32_t counted = 0;  // how many of its attempts no other line had reported
    std::string log{};          // the file, or the part of the journal, that reported it
    bool operator==(const Evidence&) const = default;
};

}  // namespace mailban
