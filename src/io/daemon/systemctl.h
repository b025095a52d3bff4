// Questions to systemd, through its own command.
#pragma once

#include "mailban/service/sandbox.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

// What `systemctl WORDS` prints; nullopt where it fails or is not there. Waits for it.
std::optional<std::string> ask_systemctl(std::vector<std::string> words);

// The sandbox of mailban's own unit; nullopt where systemd does not run or has no such unit.
std::optional<Sandbox> read_sandbox();

}  // namespace mailban::io
