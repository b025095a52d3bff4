// Whether a hook's program can be run, and do its work, from within the service.
#pragma once

#include "io/daemon/check.h"

namespace mailban::io {

// It is not run: who knows what it does.
std::vector<Finding> check_hook(const HookConfig& hook, const std::optional<Sandbox>& sandbox);

}  // namespace mailban::io
