// Courier: imapd, pop3d, esmtpd and authdaemond, through syslog.
//
// The formats are those of courier-imap's imaplogin and pop3login, of courier's courieresmtpd
// (1.0.16 was run, older sources were read) and of pam_unix beneath authdaemond:
//
//     imapd: LOGIN FAILED, user=bob, ip=[::ffff:192.0.2.7], port=[4711]      user, then address
//     imapd: LOGIN, user=bob, ip=[::ffff:192.0.2.7], port=[4711], protocol=IMAP
//     courieresmtpd: error,relay=192.0.2.7,port=4711,msg="535 Authentication failed.",cmd: AUTH …
//     authdaemond: pam_unix(imap:auth): authentication failure; … rhost=192.0.2.7  user=bob
//
// The user name of imapd and pop3d is raw but for control characters, so those lines are read from
// their end. courierlogger keeps 511 bytes of a line: a longer one ends within the user's text,
// which may imitate an address there, and says nothing. esmtpd and PAM name the address first.
//
// `LOGIN FAILED` is printed before the reason is known: where authdaemond is down, the line with
// the reason ("authentication error: …") follows and has no address. Such failures are told apart
// by nobody here; the outage guard is there for them.
//
// courierd's lines ("id=…,from=…,addr=…,status: deferred") are about other servers: never.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class CourierParser {
public:
    static constexpr MailServer kServer = MailServer::courier;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
