// The session from which the administrator runs mailban.
#pragma once

#include <string>

namespace mailban::io {

// SSH_CONNECTION of this process, or of the nearest of its parents that has it: sudo and su remove
// it from the environment. Empty: there is none, or it may not be looked at.
std::string ssh_connection();

// The value of a variable in a block of an environment ("NAME=value" and a NUL each); empty: it is
// not there.
std::string variable_in(const std::string& environment, const std::string& name);

}  // namespace mailban::io
