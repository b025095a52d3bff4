// Whether a mail server asks, as its own program shows its settings: text in, a verdict out.
#pragma once

#include "mailban/policy/settings.h"

#include <string>
#include <string_view>

namespace mailban {

struct AskCheck {
    bool asks = false;   // as docs/policy.md has it; else `text` says what to change
    std::string text{};  // one sentence for the administrator
};

// `settings`: what `doveconf -n` prints, of Dovecot 2.3 or 2.4. `key`: what it has to send; empty:
// it is not known here, and not compared.
AskCheck check_dovecot_asks(std::string_view settings, const ListenAddress& listen,
                            std::string_view key);
// `settings`: what `postconf -nx` and `postconf -Px` print: lines `name = value`, those of
// master.cf with their service before the name ("submission/inet/smtpd_client_restrictions").
AskCheck check_postfix_asks(std::string_view settings, const ListenAddress& listen);
// `settings`: what `exim -bP config` prints.
AskCheck check_exim_asks(std::string_view settings, const ListenAddress& listen);

}  // namespace mailban
