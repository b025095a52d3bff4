// An Event as JSON: the one form of it, wherever it is shown.
#pragma once

#include "mailban/parse/event.h"

#include <nlohmann/json.hpp>

namespace mailban {

// What is always shown of it.
nlohmann::ordered_json event_json(const Event& event);
// And what only `explain` and `scan --events` show.
nlohmann::ordered_json full_event_json(const Event& event);

}  // namespace mailban
