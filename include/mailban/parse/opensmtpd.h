// OpenSMTPD's lines in the mail log, 5.3 to 7.x.
//
// Formats are those of its log statements (usr.sbin/smtpd/smtp_session.c):
//
//     980a4c722859b973 smtp connected address=192.0.2.7 host=mail.example
//     980a4c722859b973 smtp authentication user=bob result=permfail
//     980a4c722859b973 smtp failed-command command="AUTH PLAIN (...)" result="535 Authentication
//     failed"
//
// 5.9 and 6.0 write `smtp event=connected …`, 6.0 the address in each line; before that it was
// `smtp-in: New session ID from host mail.example [192.0.2.7]`. Most lines name their session only,
// whose client an earlier line has told. Every line begins with what the server itself says; the
// user name has its blanks encoded, and a command stands behind everything that is used.
//
// One wrong password makes two lines. The second, which has the reply and not the account, is a
// `copy` of the first where that was seen. `mta` and `smtp-out:` lines speak of servers.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/opensmtpd_sessions.h"

#include <optional>

namespace mailban {

class OpenSmtpdParser {
public:
    static constexpr MailServer kServer = MailServer::opensmtpd;
    static bool may_matter(const LineHeader& header) noexcept;

    std::optional<Event> read(const LogMessage& message);

private:
    OpenSmtpdSessions sessions_{};
};

}  // namespace mailban
