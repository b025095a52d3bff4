// SOGo: sogo.log, or the same through syslog.
//
// Not run; read in SOGo 5's UI/MainUI/SOGoRootPage.m (connectAction), which SOGo 2 to 4 resemble.
//
//     sogod [1234]: SOGoRootPage Login from '192.0.2.7' for user 'bob' might not have worked -
//         password policy: 65535  grace: -1  expire: -1  bound: 0
//     sogod [1234]: SOGoRootPage successful login from '192.0.2.7' for user 'bob' - expire = -1 …
//
// The address is that of X-Forwarded-For: sogod listens on loopback behind a web server, and web
// servers append their peer to what the client sent ("8.8.8.8, 192.0.2.7"). So it is the last one
// that counts. Both the header and the account are raw: each `' for user '` may be the true one,
// and where two addresses can be read, none is.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class SogoParser {
public:
    static constexpr MailServer kServer = MailServer::sogo;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
