// Cyrus IMAP's lines in the mail log, 2.3 to 3.12: imapd, pop3d, timsieved, httpd, lmtpd, nntpd.
//
// Formats are those of its log statements (imap/imapd.c, imap/pop3d.c, imap/httpd.c,
// timsieved/parser.c, imap/loginlog.c). `badlogin: ` and `login: ` are followed by the client,
// "host [ip]" or "[ip]", and only then by anything that the client wrote, so that its address is
// certain. From 3.12 on a line is `event=login.bad r.clienthost="host [ip]" …`, with quotes that
// hold.
//
// saslauthd's and PAM's lines on the same attempts have no address and are not read.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class CyrusParser {
public:
    static constexpr MailServer kServer = MailServer::cyrus;
    static bool may_matter(const LineHeader& header) noexcept;

    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
