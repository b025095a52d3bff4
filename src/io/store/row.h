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

inline std::optional<std::string> to_text(const std::optional<PortSet>& ports)
{
    if (!ports) return std::nullopt;
    return ports->text();
}

// "INSERT INTO events …": its parameters are bound by bind_event().
std::string insert_event();
void bind_event(Statement& insert, const Event& event, std::int64_t log, std::uint32_t counted);

// The columns that read_event() reads, from the first on, and how many these are.
const std::string& event_columns();
int count_of_event_columns();
// So many events in a row have the same `id >> kPartBits`, by which the index of addresses begins.
inline constexpr unsigned kPartBits = 15;
inline constexpr const char* kBanColumns =
    "prefix, since, until, origin, rule, reason, count, level, ports, place";
inline constexpr int kBehindBanColumns = 10;

// Of a sound database no row is refused; what has no address, say, must not become one.
std::optional<StoredEvent> read_event(const Statement& row);
std::optional<Ban> read_ban(const Statement& row);

}  // namespace mailban::io
