// Whether bans reach what this machine hands on to containers and other machines.
#pragma once

#include "io/daemon/check.h"

namespace mailban::io {

// Nothing where no port of a mail server is handed on.
std::vector<Finding> check_forward(const Config& config);

}  // namespace mailban::io
