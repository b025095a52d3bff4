// Loading the configuration for a command: the errors go to stderr as they are.
#pragma once

#include "mailban/config/load.h"

#include <optional>
#include <string>

namespace mailban::cli {

// nullopt after every mistake has been printed; the exit code is then kWrongUsage.
std::optional<Config> read_config(const std::string& path);

}  // namespace mailban::cli
