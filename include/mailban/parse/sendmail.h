// Sendmail's lines in the mail log, 8.12 to 8.18.
//
// Formats are those of its log statements (srvrsmtp.c, parseaddr.c, conf.c). Sendmail escapes what
// cannot be printed, so that a line is one message of its own. The client stands where no client
// text can come between: at the end of the line ("…, relay=host [ip] (may be forged)"), or in front
// of everything that the client wrote. A line of 1,024 characters is cut into pieces "id[1]: …
// ...", "id[2]: ...…"; pieces are not read.
//
// The client is cut at 100 characters (`relay=%.100s`), so that a long reverse name leaves no room
// for its address. From LogLevel 12 on, `SMTP connect from name [ip] (ip)` has told it before: a
// process of Sendmail's serves one connection. Otherwise such a line is no event and raises
// Concern::lost_lines.
//
// The log never tells the reply. With an empty user name in LOGIN, what Sendmail logs as `user=` is
// the password; so the account is taken only where the password was really compared.
//
// Without an address, and hence never an event: `<bob@x>... User unknown`, milters' decisions, and
// everything that saslauthd writes. `did not issue MAIL/EXPN/VRFY/ETRN during connection` is what
// every monitor does. STARTTLS=client, AUTH=client, tls_server speak of servers, not of clients.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/known_peers.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <optional>

namespace mailban {

class SendmailParser {
public:
    static constexpr MailServer kServer = MailServer::sendmail;
    static bool may_matter(const LineHeader& header) noexcept;

    ParseResult read(const LogMessage& message);

private:
    bool learn_client(const LogMessage& message, std::string_view text);
    std::optional<IpAddress> client_of(const LogMessage& message) const;

    KnownPeers clients_{};  // by the processes that serve them
};

}  // namespace mailban
