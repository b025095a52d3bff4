// Mailu: what its admin container says of each password that it compares for nginx, and for its own
// web pages.
//
// Read in core/admin/mailu/internal/nginx.py and sso/views/base.py of Mailu 2.0 to 2024.06:
//
//     INFO in nginx: Login attempt for: bob@example.org/imap/993 from: 192.0.2.7/35618: failed:
//         badauth: 'a1b2c3'
//     INFO in nginx: Login attempt for: 'bob@example.org'/smtp/465 from: 192.0.2.7/35618: failed:
//         account disabled
//     INFO in nginx: Login attempt for: bob@example.org/imap/993 from: …: success: password
//     INFO in base: Login attempt for: bob@example.org/sso/https from: 192.0.2.7/35618: failed: …
//
// A name that Mailu knows is printed as it is and has no blanks; any other one, which a client may
// choose, as Python's repr() prints it, quoted and escaped. nginx logs the same attempt. What a
// webmail of Mailu's own tries for its users has the webmail's address and is none of these.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class MailuParser {
public:
    static constexpr MailServer kServer = MailServer::mailu;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
