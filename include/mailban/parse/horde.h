// Horde: horde.log, or the same through syslog.
//
// Not run; read in horde/login.php and imp/lib/Auth of Horde 3 to 5, and in the formats of
// Horde_Log (5) and PEAR's Log (3 and 4).
//
//     Nov 23 22:30:58 HORDE [error] [horde] FAILED LOGIN for bob [192.0.2.7] to Horde [on line 116
//     of …] 2026-11-23T22:30:58+00:00 ERR: HORDE [imp] FAILED LOGIN for bob [192.0.2.7] (forwarded
//     for
//         [8.8.8.8]) to {mx.example.com:993 [imap/ssl]} [pid 683 on line 139 of "…"]
//     Nov 23 22:30:58 mail HORDE: [horde] Login success for bob [192.0.2.7] to horde [pid …]
//
// `[192.0.2.7]` is the web server's peer; what it was forwarded for is the client's text, as is the
// account. Both are raw, one on either side: where two addresses can be read, none is.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class HordeParser {
public:
    static constexpr MailServer kServer = MailServer::horde;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
