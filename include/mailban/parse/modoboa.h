// Modoboa: logins at its web pages, through syslog.
//
// Read in modoboa/core/views/auth.py and modoboa/core/api/v2/views.py of 1.x to 2.3, and in the
// LOGGING that its settings come with (SysLogHandler):
//
//     modoboa.auth: WARNING Failed connection attempt from '192.0.2.7' as user 'bob'
//
// The address comes first and is the web server's peer. The account is raw but for HTML's
// characters: it may hold line feeds, but the handler sends one message, which the syslog daemon
// keeps in one line.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class ModoboaParser {
public:
    static constexpr MailServer kServer = MailServer::modoboa;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
