// Roundcube: userlogins.log, errors.log, or both through syslog.
//
// Not run; read in the sources of 1.2 to 1.6: rcmail::log_login(), rcube_imap::connect(),
// rcube_utils::remote_ip(), rcube::write_log().
//
//     <4f3a5c1e> Failed login for bob from 192.0.2.7 in session 4f3a5c1e… (error: 0)
//     <4f3a5c1e> Successful login for bob@example.com (ID: 7) from 192.0.2.7 in session 4f3a5c1e…
//     <4f3a5c1e> IMAP Error: Login failed for bob against localhost from 192.0.2.7. AUTHENTICATE
//         PLAIN: A0001 NO Authentication failed. in …/rcube_imap.php on line 211 (POST /?_task=…)
//
// `192.0.2.7` may be followed by `(X-Real-IP: …,X-Forwarded-For: …)`, since 1.4 behind a blank.
// What those headers say is whatever the client sent, unless a proxy has replaced it, which the
// line does not tell: the address is always the web server's peer. (Where that is a proxy, let the
// web server restore the client's, with mod_remoteip or realip.) The account stands before the
// address and the headers behind it, both raw: where two addresses can be read, none is.
//
// A raw line feed in an account would end the line and begin one of the client's own making. So
// behind a line that breaks off within its account, the next few are not believed.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class RoundcubeParser {
public:
    static constexpr MailServer kServer = MailServer::roundcube;
    static bool may_matter(const LineHeader& header) noexcept;
    std::optional<Event> read(const LogMessage& message);

private:
    // Roundcube cuts accounts to 256 bytes; more forged lines than this do not fit in.
    static constexpr unsigned kDistrusted = 3;

    unsigned distrusted_ = 0;  // so many lines that are yet to come may be a client's text
};

}  // namespace mailban
