// What of a configuration's sources works here: each log by itself, and whether all of them
// together show anything of a mail server.
#pragma once

#include "io/daemon/check.h"

namespace mailban::io {

std::vector<Finding> check_sources(const Config& config, const std::optional<Sandbox>& sandbox);

}  // namespace mailban::io
