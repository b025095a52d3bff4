// Maddy: its own log, or the same through syslog or the journal.
//
// Read in framework/log and internal/auth/sasl.go, internal/endpoint/{imap,pop3,smtp} of 0.1 to
// 0.8:
//
//     imap: authentication failed<TAB>{"reason":"…","src_ip":"192.0.2.7:4711","username":"bob"}
//     submission/sasl: authentication failed<TAB>{…}
//
// The fields are JSON in the order of their names: what a client chooses is escaped.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class MaddyParser {
public:
    static constexpr MailServer kServer = MailServer::maddy;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
