// What to say of text that is no prefix.
#pragma once

#include "mailban/net/prefix.h"

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// The block that `text` would name if its host bits were cleared; nullopt: that is not its fault.
std::optional<Prefix> without_host_bits(std::string_view text);

// "'198.51.100.7/24' has host bits; did you mean 198.51.100.0/24?", or that it is neither an
// address nor a prefix. May hold what was typed, as it was typed.
std::string why_no_prefix(std::string_view text);

}  // namespace mailban
