// Haraka: its log on standard output, in the formats DEFAULT, LOGFMT and JSON, in a file or through
// syslog or the journal.
//
//     [NOTICE] [CA12B1FE-….1] [core] disconnect ip=192.0.2.7 rdns=… helo=… … lr="535 5.7.8 …" …
//     level=NOTICE uuid=… origin=core message=disconnect ip=192.0.2.7 …
//     {"level":"NOTICE","uuid":"…","origin":"core","message":"disconnect","ip":"192.0.2.7",…}
//
// Version 3.3.4 was run; logger.js, connection.js and plugins/auth/auth_base.js have the formats.
// The auth plugin writes `delaying for n seconds` for each wrong password, as soon as it knows, and
// names nobody but the connection. `disconnect` tells the client; its last refusal ("lr") is the
// client's to choose, by any command behind the guesses. So the end of a connection is a failure of
// as many attempts as there were delays, whatever its last refusal. A client that leaves while its
// password is compared gets its delay behind its `disconnect`, and that line is an attempt of its
// own. The address of `connect` is not used: behind HAProxy it is the proxy's.
// Values with a blank, quote, backslash or equals sign stand in quotes with backslashes, so that
// each field ends where it ends; the address is the first. `relay=Y` may come of a list of
// networks: it is no login.
#pragma once

#include "mailban/parse/event.h"
#include "mailban/parse/log_message.h"

#include <cstdint>
#include <optional>
#include <span>
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
    // may take. Where all of those are taken, one goes that has ended, else one without failures,
    // else the oldest, whose failures count as one if the last refusal says so.
    struct Connection {
        std::uint64_t key = 0;
        std::uint64_t order = 0;  // 0: a free slot
        std::optional<std::uint16_t> port{};
        std::uint32_t failures = 0;
        std::optional<IpAddress> ended{};  // whose it was
    };
    static constexpr std::size_t kSlots = 4096;
    static constexpr std::size_t kChoices = 8;

    static bool goes_before(const Connection& left, const Connection& right) noexcept;
    std::span<Connection> slots_of(std::uint64_t key);
    Connection* find(std::string_view uuid);  // null: it is not known
    Connection& connection_of(std::string_view uuid);
    Connection end(std::string_view uuid, const IpAddress& ip);
    std::optional<Event> read_delay(std::string_view uuid);
    std::optional<Event> read_disconnect(std::string_view uuid, const HarakaFields& fields);

    std::vector<Connection> connections_{};  // empty until the first such line
    std::uint64_t begun_ = 0;
};

}  // namespace mailban
