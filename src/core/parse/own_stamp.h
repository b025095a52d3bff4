// What a program has written, where syslog or the journal has passed on its own stamp, too, as it
// does for containers.
#pragma once

#include <string_view>

namespace mailban {

// Takes the stamp of a log of a program's own off the front of a message, if it has one.
std::string_view without_own_stamp(std::string_view text) noexcept;

}  // namespace mailban
