// "--since", as every command that looks back understands it.
#pragma once

#include "mailban/time/time.h"

#include <optional>
#include <string>

namespace mailban::cli {

// "7d" is an age; a date or an RFC 3339 time is itself. nullopt: neither.
std::optional<Timestamp> parse_since(const std::string& text, Timestamp now);

}  // namespace mailban::cli
