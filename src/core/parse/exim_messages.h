// The kinds of Exim message that are worth reading, each told by its fixed beginning.
#pragma once

#include "mailban/parse/exim_client.h"

namespace mailban {

// `dovecot_login authenticator failed for …: 535 Incorrect authentication data (set_id=…)`
// Eats it up to "for " and gives the authenticator's name; else nothing, and gives none.
std::string_view take_exim_authenticator(std::string_view& text) noexcept;
// `client`: its text behind that.
ParseResult read_exim_authentication(std::string_view authenticator, EximClientText client);

// `1xVcXL-00008W-2H <= sender H=… P=esmtpa A=login:bob S=389 …`, the arrival of a message
ParseResult read_exim_arrival(EximClientText client);

// `no MAIL in SMTP connection from … D=0.2s A=login:bob C=EHLO,AUTH,QUIT`
ParseResult read_exim_idle_session(EximClientText client);

// `H=… F=<sender> rejected RCPT <recipient>: relay not permitted` and its kin
ParseResult read_exim_refusal(EximClientText client);

// `SMTP call from … dropped: too many …`, `Connection from … refused: too many …`, input sent
// before the greeting, HELO names that are none
ParseResult read_exim_abuse(EximClientText client);

// `SMTP protocol error in "AUTH LOGIN" H=… AUTH command used when not advertised`, and a mechanism
// that is not there: AUTH was refused before there was a password.
bool begins_as_exim_refused_auth(std::string_view message) noexcept;
ParseResult read_exim_refused_auth(EximClientText client);

// What Exim prints of a TLS session: ` X=… CV=no DN="…" SNI=…`. The last two are the peer's text.
struct EximTls {
    bool peer_text = false;
    std::string_view rest{};
};
EximTls skip_exim_tls(std::string_view text) noexcept;

}  // namespace mailban
