// nginx as a mail proxy: its error log at level info, or the same through syslog.
//
// Read in ngx_mail_handler.c, ngx_mail_auth_http_module.c, ngx_mail_proxy_module.c and ngx_log.c,
// and written by nginx 1.22.1:
//
//     [info] 12#12: *210 client login failed: "Invalid login" while in http auth state,
//         client: 192.0.2.7, server: 0.0.0.0:465, login: "bob@example.org"
//     [info] 12#12: *210 client logged in, client: 192.0.2.7, server: 0.0.0.0:143,
//         login: "bob@example.org", upstream: 10.0.0.5:143
//     [info] 12#12: *210 client sent invalid base64 encoding in AUTH PLAIN command while in auth
//         state, client: 192.0.2.7 using starttls, server: 0.0.0.0:587
//
// The message in quotes is what the authentication server says (Auth-Status), and may repeat the
// login; the login is raw. So each place where an address can stand is a reading, and where two
// differ, there is no event.
//
// A login may hold line feeds, and what follows them is a line of the client's own making. nginx
// writes 2048 bytes of one record at most and begins it with the true address: in a log of its own,
// a line is believed as Aftermath says, or all are with `escaped_line_feeds`. What nginx sends to
// syslog is one message a record.
#pragma once

#include "mailban/parse/aftermath.h"
#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <string_view>
#include <utility>

namespace mailban {

class NginxParser {
public:
    static constexpr MailServer kServer = MailServer::nginx;
    static constexpr std::size_t kLongestRecord = 2048;

    explicit NginxParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    bool is_whole(const LogMessage& message) noexcept;

    Assurances assured_;
    bool is_own_log_ = false;  // a line without syslog's header was seen
    Aftermath aftermath_{kLongestRecord};
};

}  // namespace mailban
