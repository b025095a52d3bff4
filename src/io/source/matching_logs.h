// matching_logs: the logs that a source's path means now.
#pragma once

#include <string>
#include <vector>

namespace mailban::io {

// A path without wildcards is itself. A glob (glob(7)) is every regular file it matches, in order
// of name, but for what rotation left behind (has_rotation_suffix): that belongs to its log's tail.
std::vector<std::string> matching_logs(const std::string& pattern);

bool is_glob(const std::string& pattern);

}  // namespace mailban::io
