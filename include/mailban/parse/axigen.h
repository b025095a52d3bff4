// Axigen: its own log, with `Protocol Communication` logged for SMTP Receiving.
//
// Closed source, not run: Axigen's documentation (Email Flow) and logs that users show have the
// form, and RFC 4954 the reply.
//
//     08 mail SMTP-IN:00000022: [198.51.100.1:25] connection accepted from [192.0.2.7:4711]
//     08 mail SMTP-IN:00000022: << AUTH LOGIN
//     08 mail SMTP-IN:00000022: >> 535 Authentication failed
//
// The number of a session ties the server's reply to the client. What the client says stands behind
// `<< `, one command a line. No line names the account.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <cstdint>
#include <optional>
#include <vector>

namespace mailban {

class AxigenParser {
public:
    static constexpr MailServer kServer = MailServer::axigen;
    static constexpr std::size_t kMostSessions = 4096;

    static bool may_matter(const LineHeader& header) noexcept;
    std::optional<Event> read(const LogMessage& message);

private:
    struct Session {
        std::uint32_t id = 0;
        IpAddress ip{};
        std::uint16_t port = 0;
        std::uint16_t local_port = 0;
    };

    void begin(const Session& session);

    std::vector<Session> sessions_{};  // the oldest first; the newest of an id counts
};

}  // namespace mailban
