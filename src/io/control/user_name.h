// What a user is called in the log.
#pragma once

#include <cstdint>
#include <string>

namespace mailban::io {

// "root", "alice, uid 1000"; "uid 1000" where /etc/passwd has no such user. Reads that file alone:
// a directory service could keep the daemon waiting.
std::string user_name(std::uint32_t user);

}  // namespace mailban::io
