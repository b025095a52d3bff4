// A time as a member of JSON (format_timestamp); without one, null.
#pragma once

#include "mailban/time/time.h"

#include <optional>

#include <nlohmann/json.hpp>

namespace mailban {

inline nlohmann::ordered_json or_null(const std::optional<Timestamp>& at)
{
    return at ? nlohmann::ordered_json(format_timestamp(*at)) : nlohmann::ordered_json(nullptr);
}

}  // namespace mailban
