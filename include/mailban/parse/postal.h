// Postal: the log of its SMTP server.
//
// Read in app/lib/smtp_server/client.rb of 3.0 to 3.3 and lib/postal/smtp_server/client.rb and
// lib/postal/app_logger.rb of 1 and 2:
//
//     WARN  Authentication failure for 192.0.2.7 trace_id=AB12 component=smtp-server      3
//     WARN -- : [AB12CD]    WARN: AUTH failure for ::ffff:192.0.2.7                      1, 2
//
// No line names the account. Before the address stands nothing of the client's.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class PostalParser {
public:
    static constexpr MailServer kServer = MailServer::postal;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
