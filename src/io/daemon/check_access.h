// What this user may do here: reading logs, changing the firewall, taking the control socket.
#pragma once

#include "io/daemon/check.h"

#include <sys/types.h>

#include <string>
#include <string_view>

namespace mailban::io {

std::string user_name();              // of this process
std::string user_name_of(uid_t uid);  // or its number

// "; it belongs to root:adm and its group may read it: `usermod -aG adm mailban`", or what else
// helps, for a file that may not be read.
std::string who_may_read(const std::string& path);

// Whether the daemon of this configuration answers, or could.
Finding check_control(const Config& config);

// Who this is, and who the service is.
Finding check_user();

}  // namespace mailban::io
