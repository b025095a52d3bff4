// Kerio Connect: its security log, and the warning log's line on too many connections.
//
// Closed source, not run: the administrator's guides (Kerio MailServer 6.7 to Kerio Connect 10,
// chapter "Logs") and GFI's articles on anti-hammering have the formats.
//
//     [23/Nov/2026 22:30:58] Failed IMAP login from 192.0.2.7, user bob@example.com
//     [23/Nov/2026 22:30:58] SMTP: Invalid password for user bob. Attempt from IP address
//     192.0.2.7. [23/Nov/2026 22:30:58] SMTP: User bob doesn't exist. Attempt from IP address
//     192.0.2.7. [23/Nov/2026 22:30:58] IP address 192.0.2.7 found in DNS blacklist … [23/Nov/2026
//     22:30:58] Relay attempt from IP address 192.0.2.7, mail from <…> to <…> rejected
//
// The account is raw, and where it comes first the line is read from its end. `Failed SMTP login
// from host with SASL method LOGIN.` names the client by its reverse DNS name, which may look like
// any address; the same attempt is told with the address by one of the lines above, so that line is
// left alone.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class KerioParser {
public:
    static constexpr MailServer kServer = MailServer::kerio;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
