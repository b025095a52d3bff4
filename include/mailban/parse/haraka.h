// Haraka: its log on standard output, in the formats DEFAULT, LOGFMT and JSON, in a file or through
// syslog or the journal.
//
//     [NOTICE] [CA12B1FE-….1] [core] disconnect ip=192.0.2.7 rdns=… helo=… … lr="535 5.7.8 …" …
//     level=NOTICE uuid=… origin=core message=disconnect ip=192.0.2.7 …
//     {"level":"NOTICE","uuid":"…","origin":"core","message":"disconnect","ip":"192.0.2.7",…}
//
// Version 3.3.4 was run; logger.js, connection.js and plugins/auth/auth_base.js have the formats. A
// wrong password shows only as the last refusal ("lr") of a connection that ends, once however many
// there were; the auth plugin's `delaying for n seconds` says how many. Values with a blank, quote,
// backslash or equals sign stand in quotes with backslashes, so that each field ends where it ends;
// the address is the first. `relay=Y` may come of a list of networks: it is no login.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

class HarakaFields;

class HarakaParser {
public:
    static constexpr MailServer kServer = MailServer::haraka;
    static bool may_matter(const LineHeader& header) noexcept;
    std::optional<Event> read(const LogMessage& message);

private:
    // What earlier lines of a connection told. A fixed number of slots, a few of which a connection
    // may take; where all of those are taken, the oldest goes, and its refusals count as one.
    struct Connection {
        std::uint64_t key = 0;
        std::uint64_t order = 0;  // 0: a free slot
        std::optional<std::uint16_t> port{};
        std::uint32_t failures = 0;
    };
    static constexpr std::size_t kSlots = 4096;
    static constexpr std::size_t kChoices = 8;

    Connection& connection_of(std::string_view uuid);
    std::optional<Event> read_disconnect(std::string_view uuid, const HarakaFields& fields);

    std::vector<Connection> connections_{};  // empty until the first such line
    std::uint64_t begun_ = 0;
};

}  // namespace mailban
