// check_machine() as the service's user sees the machine.
#pragma once

#include "io/daemon/check.h"
#include "mailban/result.h"

#include <string>
#include <vector>

namespace mailban::io {

// In a process of its own that takes the user's ids, in the unit's sandbox as far as that is known.
// Needs root. An error: there is no such user, or the process could not be made.
Result<std::vector<Finding>> check_machine_as(const std::string& user, const Config& config,
                                              const std::string& config_path);

}  // namespace mailban::io
