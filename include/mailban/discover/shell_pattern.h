// Patterns as a shell has them, for names and paths.
#pragma once

#include <string>
#include <string_view>

namespace mailban {

// `*` is any run of letters, `?` any one, `[...]` one of a set (`[!...]` one that is not); a slash
// has to be written. A pattern without any of them fits itself alone. Takes any bytes; the time it
// needs grows with the product of both lengths at most.
bool fits_pattern(std::string_view pattern, std::string_view name) noexcept;

// A systemd unit as systemctl takes it: "dovecot" is dovecot.service, "postfix@.service" every
// instance of the template, as the pattern "postfix@*.service".
std::string full_unit_name(std::string name);

}  // namespace mailban
