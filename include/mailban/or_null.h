// Members of JSON for what may not be there: without a value, or with an empty text, null.
// time_or_null.h has the same for times.
#pragma once

#include <optional>
#include <string_view>

#include <nlohmann/json.hpp>

namespace mailban {

template <class T>
nlohmann::ordered_json or_null(const std::optional<T>& value)
{
    return value ? nlohmann::ordered_json(*value) : nlohmann::ordered_json(nullptr);
}

inline nlohmann::ordered_json or_null(std::string_view text)
{
    return text.empty() ? nlohmann::ordered_json(nullptr) : nlohmann::ordered_json(text);
}

}  // namespace mailban
