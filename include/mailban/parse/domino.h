// HCL Domino: its console log.
//
// Closed source, not run: lines that users show (versions 8.5 to 12) have the formats.
//
//     SMTP Server: Authentication failed for user FISH ; connecting host 192.0.2.7
//     SMTP Server [1D44:0658-0C6C] Authentication failed for user FISH ; connecting host 192.0.2.7
//     smtp: FISH [192.0.2.7] authentication failure using internet password
//
// The account is raw and stands before the address: each line is read from its end. Both lines tell
// of one attempt, where both come.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <optional>

namespace mailban {

class DominoParser {
public:
    static constexpr MailServer kServer = MailServer::domino;
    static bool may_matter(const LineHeader& header) noexcept;
    static std::optional<Event> read(const LogMessage& message);
};

}  // namespace mailban
