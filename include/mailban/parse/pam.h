// What modules of PAM write of a wrong password, where a mail server has asked them:
//
//     auth: pam_unix(dovecot:auth): authentication failure; logname= uid=0 euid=0 tty=dovecot
//         ruser=bob rhost=192.0.2.7  user=bob
//
// pam_unix, pam_sss, pam_krb5 and others write so, each for itself, and `user=` only where there is
// such a user. Behind `ruser=` stands the name that the client gave, and behind `user=` again; it
// may hold " rhost=8.8.8.8", so that each `rhost=` is tried, and a line in which two can be the
// true one is no event. saslauthd tells PAM no address.
#pragma once

#include "mailban/parse/event.h"

#include <optional>
#include <string_view>

namespace mailban {

// Whether the line is one of PAM's about a mail server: by the syslog tag of the process that asked
// (Dovecot's auth, and ipop3d), and by PAM's service.
bool is_pam_line(std::string_view program, std::string_view text) noexcept;

std::optional<Event> read_pam_failure(std::string_view text);

}  // namespace mailban
