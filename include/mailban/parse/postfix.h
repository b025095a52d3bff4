// Postfix's smtpd(8) and postscreen(8), from a maillog_file, the journal or through syslog.
//
// Facts are from Postfix's own sources, 2.0 to 3.10: smtpd.c, smtpd_check.c, smtpd_sasl_glue.c,
// xsasl_*_server.c, postscreen*.c, and Cyrus SASL's sasl_errstring().
//
// A line about a client has it in front of all that the client can write: `name[address]`, or
// `name[address]:port` (smtpd_client_port_logging), or postscreen's `[address]:port`, each behind
// words that are Postfix's own. `name` is what valid_hostname() lets pass: labels of letters,
// digits, '_' and '-' between dots, not all of them digits. So `8.8.8.8` is none,
// `8.8.8.8.evil.example` is one, and no name holds a blank or a bracket: the first bracket is the
// client's address. Where Postfix does not know it, it writes `unknown[unknown]`. The few lines
// that have client text in front of the address (`reject: ETRN x... from …`) are not read.
//
// The syslog tag is `$syslog_name/program`, and syslog_name can be anything. Only smtpd's and
// postscreen's lines are about clients; smtp(8), lmtp(8), bounce(8) speak of servers, and
// cleanup(8) begins with text of the message.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/known_peers.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class PostfixParser {
public:
    static constexpr MailServer kServer = MailServer::postfix;
    static bool may_matter(const LineHeader& header) noexcept;

    // What the message says a client did. What the SASL library says before it (`warning: SASL
    // authentication failure: …`) names no client: it is that of the process, which serves one at a
    // time, and a copy of what Postfix itself is about to say.
    std::optional<Event> read(const LogMessage& message);

private:
    std::optional<Event> read_message(const LogMessage& message);
    std::optional<Event> read_of_session(const LogMessage& message) const;
    bool learn_client(const LogMessage& message);
    // AUTH that was refused before there was a password (it is not offered, or not without TLS)
    // has no line of its own: the session's last line alone tells it.
    std::optional<Event> end_session(const LogMessage& message);

    KnownPeers clients_{};
    KnownPeers told_{};  // of whose session in a process a line has told why it was not let in
};

}  // namespace mailban
