// Roundcube: userlogins.log; with `escaped_line_feeds` errors.log and both through syslog, too.
//
// Read in the sources of 1.2 to 1.6: rcmail::log_login(), rcube_imap::connect(),
// rcube_utils::remote_ip(), rcube_utils::parse_input_value(), rcube::write_log(), log_bug().
//
//     <4f3a5c1e> Failed login for bob from 192.0.2.7 in session 4f3a5c1e9d0b7a62 (error: 0)
//     <4f3a5c1e> Successful login for bob@example.com (ID: 7) from 192.0.2.7 in session 4f3a5c1e…
//     <4f3a5c1e> IMAP Error: Login failed for bob against localhost from 192.0.2.7. AUTHENTICATE
//         PLAIN: A0001 NO Authentication failed. in …/rcube_imap.php on line 211 (POST /?_task=…)
//
// `192.0.2.7` may be followed by `(X-Real-IP: …,X-Forwarded-For: …)`, since 1.4 behind a blank.
// What those headers say is whatever the client sent, unless a proxy has added to it. So the web
// server's peer is the client, unless it is a proxy (forwarded_for.h): then the end of the headers
// is the proxy's. The account stands before the address and the headers behind it, both raw: where
// two clients can be read, none is.
//
//     [roundcube] FAILED login for bob from 192.0.2.7
//
// is the plugin fail2ban's, without a mark, and believed with `escaped_line_feeds` alone.
//
// A line feed in an account ends the line and begins one of the client's own making. But Roundcube
// strips tags off an account, so that no client can write `<4f3a5c1e>`, the mark of the session. So
// a line has to begin with it, and it has to agree with the session that the line ends with.
// (`< a>` stays: the mark is read strictly.) Other messages, those of errors.log, may hold tags of
// a customer's choice, such as a folder's name: a log with such messages is not believed. PHP's
// syslog() makes a message of each line, so that syslog helps only with its syslog.filter = raw.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <optional>
#include <string_view>
#include <utility>

namespace mailban {

class RoundcubeParser {
public:
    static constexpr MailServer kServer = MailServer::roundcube;

    explicit RoundcubeParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    // Learns from a line of a log of Roundcube's own that no client can have begun.
    void notice(std::string_view marked);
    // Whether clients cannot have written this line.
    bool is_believed(bool is_marked, bool is_own_log) const noexcept;

    Assurances assured_;
    bool has_marks_ = false;   // a marked line was seen
    bool has_errors_ = false;  // a marked line of errors.log was seen
};

}  // namespace mailban
