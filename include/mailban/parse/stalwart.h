// Stalwart: its text log (a file or standard output), also through syslog or the journal.
//
// Not run; read in stalwart 0.8 to 0.13: crates/trc/src/serializers/text.rs and the event names.
//
//     2026-05-05T12:00:00Z INFO Authentication failed (auth.failed) listenerId = "imaps",
//         localPort = 993, remoteIp = 192.0.2.7, remotePort = 4711, accountName = "bob"
//     2026-05-05T12:00:00Z WARN Banned due to authentication errors (security.authentication-ban)
//         listenerId = "smtp", localPort = 25, remoteIp = 192.0.2.7, remotePort = 4711
//
// What the connection knows comes first; texts stand in quotes, but quotes within them are not
// escaped. So a line is read from its front as long as its fields are the server's own, and if
// those do not name the client, from its end: the last field may be `remoteIp = 192.0.2.7` where no
// text of a client can end the line, since that would end with a quote.
//
// Not read: the log with colours (ansi = true), or with one field a line (multiline = true).
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class StalwartParser {
public:
    static constexpr MailServer kServer = MailServer::stalwart;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
