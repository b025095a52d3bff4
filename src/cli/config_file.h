// Loading the configuration for a command: the errors go to stderr as they are.
#pragma once

#include "mailban/config/load.h"

#include <optional>
#include <string>

namespace mailban::cli {

// nullopt after all errors have been printed; the exit code is then kWrongUsage. The caller reports
// the warnings.
std::optional<Config> read_config(const std::string& path);

// The same, and the warnings are printed.
std::optional<Config> read_config_and_warn(const std::string& path);

}  // namespace mailban::cli
