// Time as the core knows it: an argument. Nothing here asks a clock.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

using Duration = std::chrono::microseconds;
// UTC, microseconds since 1970-01-01 (leap seconds not counted, as in POSIX).
using Timestamp = std::chrono::sys_time<Duration>;
// When something ends; nullopt is never.
using Until = std::optional<Timestamp>;

// "90s", "10m", "1h30m", "7d", "2w": whole numbers with units w d h m s, largest first, each unit
// at most once. A bare number, a sign, a blank, or more than 100 years (36525 days): nullopt.
std::optional<Duration> parse_duration(std::string_view text);

// The same notation back, rounded down to seconds: "1h30m"; "0s" for less than a second. Weeks are
// written as days ("30d" reads better than "4w2d").
std::string format_duration(Duration duration);

// "2026-11-01T00:00:00Z"; a fraction only where there is one, with 3 or 6 digits.
std::string format_timestamp(Timestamp at);

}  // namespace mailban
