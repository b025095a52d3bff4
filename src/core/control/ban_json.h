// A Ban and an event as JSON: the one form of each, wherever it is shown.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/control/evidence.h"

#include <string>

#include <nlohmann/json.hpp>

namespace mailban {

// The members of an object, from its opening brace on, without the closing one. One of 200,000
// rows: written as text, for a tree of it takes five times as long.
std::string ban_members(const Ban& ban);
nlohmann::ordered_json evidence_json(const Evidence& evidence);
// A string as JSON; what is not UTF-8 becomes U+FFFD.
std::string quoted_json(const std::string& text);

}  // namespace mailban
