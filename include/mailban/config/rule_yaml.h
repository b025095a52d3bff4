// Rules as a configuration writes them.
#pragma once

#include "mailban/detect/rule.h"

#include <string>
#include <vector>

namespace mailban {

// "{name: slow-guessing, on: auth_failure, by: ip, limit: 10, within: 1d, ban: 1d}"
std::string to_yaml(const Rule& rule);

// All of them, from "rules:" on, one in each line.
std::string to_yaml(const std::vector<Rule>& rules);

}  // namespace mailban
