// Lines that fit a terminal.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::page {

// The line in as many as it needs, none wider than `width` columns where it has blanks to break at.
// They go on below the text of the first: behind the gap that follows a label ("Firewall  nftables,
// ok"), or two columns further in. Colours (ESC [ … m) have no width, and each UTF-8 character one.
std::vector<std::string> wrapped(std::string_view line, std::size_t width);

}  // namespace mailban::page
