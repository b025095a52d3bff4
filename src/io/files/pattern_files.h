// The patterns that come with mailban, as they are on this machine.
#pragma once

#include "mailban/config/pattern_files.h"

#include <string>

namespace mailban::io {

// The folder: $MAILBAN_PATTERNS, else share/mailban/patterns beside the folder of the running
// program, else that of /usr.
std::string pattern_folder();

// Each `*.yaml` of the folder, by its name; none where there is no folder. A file that others can
// have written is not read, and says so where it is named.
PatternFiles read_pattern_files(const std::string& folder = pattern_folder());

}  // namespace mailban::io
