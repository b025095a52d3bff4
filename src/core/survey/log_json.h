// A log that was read, as a member of every report about old logs.
#pragma once

#include "mailban/survey/findings.h"

#include <nlohmann/json.hpp>

namespace mailban {

nlohmann::ordered_json log_json(const LogFindings& log);

}  // namespace mailban
