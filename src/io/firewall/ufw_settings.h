// What ufw's own files say of it; everybody may read them.
#pragma once

#include <optional>
#include <string>

namespace mailban::io {

bool ufw_is_enabled();
// IPV6 in /etc/default/ufw: without it, ufw keeps IPv6 rules in its files and nowhere else.
bool ufw_has_ipv6();
std::optional<std::string> why_ufw_has_no_ipv6();

}  // namespace mailban::io
