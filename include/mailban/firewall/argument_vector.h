// ArgumentVector: a program's name and its arguments; no shell ever sees it.
#pragma once

#include <string>
#include <vector>

namespace mailban {

using ArgumentVector = std::vector<std::string>;

}  // namespace mailban
