// The name of a host, as RFC 952 and RFC 1123 (2.1) let it be written.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// In lower case and without a dot at its end. It has a domain: two labels at least, each of at most
// 63 letters, digits and inner hyphens, the last not of digits alone (that would be an address);
// 253 bytes in all. Nullopt for anything else; names in other scripts are written as "xn--…".
std::optional<std::string> parse_host_name(std::string_view text);

}  // namespace mailban
