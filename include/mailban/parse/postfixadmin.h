// PostfixAdmin: what it hands to PHP's error_log().
//
// Read in public/login.php and public/users/login.php of 3.2 to 3.4, and in Apache's
// server/log.c:
//
//     [php:notice] [pid 12] [client 192.0.2.7:4711] PostfixAdmin admin login failed (username: bob,
//         ip_address: 192.0.2.7), referer: https://mail.example.org/postfixadmin/login.php
//     PostfixAdmin user login failed (username: bob, ip_address: 192.0.2.7)
//
// Apache's error log names the client before the program's text and escapes what cannot be printed:
// there, the address is Apache's. Any other log has the account before the address, raw, with line
// feeds: it is believed with `escaped_line_feeds` alone.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

namespace mailban {

class PostfixAdminParser {
public:
    static constexpr MailServer kServer = MailServer::postfixadmin;

    explicit PostfixAdminParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message) const;

private:
    Assurances assured_;
};

}  // namespace mailban
