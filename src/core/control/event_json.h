// An Event as JSON: the one form of it, wherever it is shown.
#pragma once

#include "mailban/parse/event.h"

#include <nlohmann/json.hpp>

namespace mailban {

nlohmann::ordered_json event_json(const Event& event);

}  // namespace mailban
