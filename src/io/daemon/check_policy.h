// Whether the mail servers of `policy` ask, by what their own programs say of their settings.
#pragma once

#include "io/daemon/check.h"
#include "io/process/process.h"

#include <vector>

namespace mailban::io {

// Nothing where `policy` is off. Runs doveconf, postconf and exim, each for some seconds at most.
// Where a server's settings cannot be read here, a finding says so, and says nothing of them.
std::vector<Finding> check_policy(const Config& config, const ProcessRunner& run = run_program);

}  // namespace mailban::io
