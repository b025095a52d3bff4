// Programs that a command of mailban's runs and waits for: systemctl, and the checks of mail
// servers.
#pragma once

#include "io/process/process.h"
#include "mailban/result.h"

#include <chrono>
#include <string>
#include <vector>

namespace mailban::io {

// What the program printed; an error where it cannot be started, does not end in time, or fails:
// its words and what it said. Waits for it.
Result<std::string> run_and_wait(std::vector<std::string> words,
                                 std::chrono::seconds time = std::chrono::seconds(30));

// Whether systemd runs here and has mailban's unit, and this process may start it.
bool can_start_service();
// Starts the service, now and at each boot.
Status start_service();

}  // namespace mailban::io
