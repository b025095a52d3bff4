// Horde: through syslog, where the administrator has assured `escaped_line_feeds`.
//
// Read in horde/login.php of base 3 to 6, imp/lib/Auth.php of IMP 4 to 6.2, Horde_Core_Log_Object
// and Horde_Log (5 and 6) and in the formats of PEAR's Log (3 and 4):
//
//     HORDE [error] [horde] FAILED LOGIN for bob [192.0.2.7] to Horde [on line 116 of "…"]
//     HORDE [imp] FAILED LOGIN for bob [192.0.2.7] (forwarded for [8.8.8.8]) to
//         {mx.example.com:993 [imap/ssl]} [pid 683 on line 139 of "…"]               up to 5.1
//     HORDE [horde] FAILED LOGIN for bob to horde (192.0.2.7) [pid 683 on line 192 of "…"]     5.2
//     HORDE [horde] FAILED LOGIN for bob to horde (192.0.2.7) (forwarded for [8.8.8.8]) [pid …]  6
//     HORDE [imp] FAILED LOGIN for bob (192.0.2.7) (forwarded for [8.8.8.8]) to {imap://…/} [pid …]
//     HORDE [horde] Login success for bob to horde (192.0.2.7) [pid 683 on line 158 of "…"]
//
// The address in brackets or parentheses is the web server's peer. Whom it was forwarded for is the
// client's text, unless that peer is a proxy (forwarded_for.h): then its end is the proxy's. Like
// the account on the other side it is raw: each `(address)` and `[address]` behind which the line
// can go on is a reading, and where two differ, none counts.
//
// A line feed in an account begins a line of the client's own making, in which nothing differs from
// a true one: its end is Horde's own, and what a log's line ends with, the process and the program,
// is no secret. PHP's syslog() splits at line feeds, too, unless syslog.filter is `raw`.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <utility>

namespace mailban {

class HordeParser {
public:
    static constexpr MailServer kServer = MailServer::horde;

    explicit HordeParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message) const;

private:
    Assurances assured_;
};

}  // namespace mailban
