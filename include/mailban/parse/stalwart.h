// Stalwart: its text log (a file or standard output), also through syslog or the journal.
//
// Not run; read in stalwart 0.8 to 0.16: crates/trc/src/serializers/text.rs, the event names, and
// crates/common/src/auth/authentication.rs.
//
//     2026-05-05T12:00:00Z INFO Authentication failed (auth.failed) listenerId = "imaps",
//         localPort = 993, remoteIp = 192.0.2.7, remotePort = 4711, accountName = "bob"
//     2026-05-05T12:00:00Z WARN Banned due to authentication errors (security.authentication-ban)
//         listenerId = "smtp", localPort = 25, remoteIp = 192.0.2.7, remotePort = 4711
//
// What the connection knows comes first; texts stand in quotes, but quotes within them are not
// escaped. So a line is read from its front as long as its fields are the server's own, and if
// those do not name the client, from its end: the last field may be `remoteIp = 192.0.2.7` where no
// text of a client can end the line, since that would end with a quote.
//
// Since 0.16 the server's own accountId, spanId and reason follow an account. An account with a
// quote in it is left out: no real one has any, and where it ends is not certain.
//
// `auth.failed` is logged at level debug, below the default. Without it, too-many-attempts alone
// tells of wrong passwords: over IMAP and POP3 in place of the last auth.failed of a connection,
// over SMTP (with nothing but the connection in it) behind the last one. A log with logins or with
// such lines, but without a wrong password, raises Concern::unlogged_failures. `auth.error` is what
// a client gets for an unknown mechanism or broken base64: no password was compared, and a
// directory that is down is logged as an error of its store.
//
// Not read: the log with colours (ansi = true), or with one field a line (multiline = true).
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"
#include "mailban/parse/parse_result.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>

namespace mailban {

class StalwartParser {
public:
    static constexpr MailServer kServer = MailServer::stalwart;
    static bool may_matter(const LineHeader& header) noexcept;
    ParseResult read(const LogMessage& message);

private:
    struct Attempt {
        IpAddress ip{};
        std::optional<std::uint16_t> port{};
        bool operator==(const Attempt&) const = default;
    };
    static constexpr std::size_t kAttempts = 64;
    // So many logins without a single wrong password are more than chance.
    static constexpr std::uint32_t kMostLogins = 100;

    bool has_failed_before(const Event& event) const;
    void note_failure(const Event& event);
    bool lacks_failures(const Event& event);

    std::array<Attempt, kAttempts> failed_{};  // the newest, round and round
    std::size_t next_ = 0;
    bool tells_failures_ = false;
    std::uint32_t logins_ = 0;
};

}  // namespace mailban
