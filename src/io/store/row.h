// Rows of the state database: what their columns may hold, and what they are read as.
#pragma once

#include "io/store/statement.h"
#include "io/store/store.h"
#include "mailban/parse/event.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mailban::io {

// No time that anything was stored with is as far from 1970, and differences stay in range.
inline constexpr Duration kFarthest(std::int64_t{1} << 61U);
inline constexpr auto kLastServer = static_cast<MailServer>(kMailServers - 1);

inline bool is_sane(Timestamp at)
{
    return at.time_since_epoch() > -kFarthest && at.time_since_epoch() < kFarthest;
}

// Whether a number can be one of an enumeration that ends with `last`.
template <class Enum>
bool is_one_of(std::int64_t number, Enum last)
{
    return number >= 0 && number <= static_cast<std::int64_t>(last);
}

inline std::optional<std::string> to_text(const std::optional<ReplyCode>& reply)
{
    if (!reply) return std::nullopt;
    return std::to_string(reply->value());
}

inline std::optional<std::string> to_text(const std::optional<PortSet>& ports)
{
    if (!ports) return std::nullopt;
    return ports->text();
}

inline std::optional<std::string> to_text(const std::optional<EnhancedStatus>& status)
{
    if (!status) return std::nullopt;
    return status->to_string();
}

// The columns in the order in which they are read, from the first on.
inline constexpr const char* kEventColumns =
    "time, kind, ip, account, server, service, reply, enhanced, attempts, client_port, pid, "
    "source, "
    "counted, teller, may_be_doubled, session, lasted, password, unanswered";
// What is selected behind them stands at this place.
inline constexpr int kBehindEventColumns = 19;
inline constexpr const char* kBanColumns =
    "prefix, since, until, origin, rule, reason, count, level, ports";
inline constexpr int kBehindBanColumns = 9;

// Of a sound database no row is refused; what has no address, say, must not become one.
std::optional<StoredEvent> read_event(const Statement& row);
std::optional<Ban> read_ban(const Statement& row);

}  // namespace mailban::io
