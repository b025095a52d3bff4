// mailcow's UI: what it hands to PHP's error_log(), where the administrator has assured
// `escaped_line_feeds`.
//
// Read in data/web/inc/functions.inc.php and functions.auth.inc.php of 2019 to 2025:
//
//     mailcow UI: Invalid password for bob@example.org by 192.0.2.7
//     NOTICE: PHP message: mailcow UI: Invalid password for bob@example.org by 192.0.2.7
//
// The account is raw and stands before the address, which ends the line. A line feed in it makes a
// line of the client's own, in which nothing differs from a true one.
#pragma once

#include "mailban/parse/assurances.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

namespace mailban {

class MailcowParser {
public:
    static constexpr MailServer kServer = MailServer::mailcow;

    explicit MailcowParser(Assurances assured = {}) : assured_(std::move(assured)) {}

    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message) const;

private:
    Assurances assured_;
};

}  // namespace mailban
