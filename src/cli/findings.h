// What a look at the machine has found, for people.
#pragma once

#include "io/daemon/check.h"

#include <string>
#include <vector>

namespace mailban::cli {

// One in each line: "ok", "warning" or "wrong", subject and text. To stdout.
void print_findings(const std::vector<io::Finding>& findings);

// The same as a text.
std::string text_of(const std::vector<io::Finding>& findings);

}  // namespace mailban::cli
