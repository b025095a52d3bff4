// An entry of the allowlist as it stands in a reply.
#pragma once

#include "mailban/ban/allowlist.h"

#include <nlohmann/json.hpp>

namespace mailban {

nlohmann::ordered_json allowed_json(const Allowed& entry);

}  // namespace mailban
