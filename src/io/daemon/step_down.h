// step_down: becoming the service's user, with the rights that its unit leaves it.
#pragma once

#include "mailban/result.h"

#include <string>

namespace mailban::io {

// Takes the user's ids and groups, and of root's capabilities only CAP_NET_ADMIN, which programs
// that are run inherit. For good. Needs root.
Status step_down(const std::string& user);

}  // namespace mailban::io
