// SnappyMail and RainLoop: the log of failed logins (auth_logging), their main log with dates, or
// the same through syslog.
//
// Read in RainLoop/Actions.php (compileLogParams, LoggerAuthHelper), MailSo/Log/Driver.php and
// Actions/UserAuth.php of RainLoop 1.12 to 1.17 and SnappyMail 2.0 to 2.38:
//
//     [2026-11-23 22:30:58] Auth failed: ip=192.0.2.7 user=bob@example.org host=127.0.0.1 port=143
//     [2026-11-23 22:30:58.052][69105e66] IMAP[WARNING]: Auth failed: ip=192.0.2.7 user=…
//     snappymail: Auth failed: ip=192.0.2.7 user=bob@example.org
//
// The address is the web server's peer (http_client_ip_check_proxy is off by default; with it, any
// client chooses the address, which no line shows). The account is raw, to the end of the line. A
// line feed in it ends the line and begins one of the client's own making: PHP's syslog() makes a
// message of each. So a line is believed as Aftermath says, or all with `escaped_line_feeds`.
#pragma once

#include "mailban/parse/aftermath.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

namespace mailban {

class SnappyMailParser {
public:
    static constexpr MailServer kServer = MailServer::snappymail;

    explicit SnappyMailParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    Assurances assured_;
    Aftermath aftermath_{};
};

}  // namespace mailban
