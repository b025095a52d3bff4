// Where a time stamp stands, by its shape alone: which columns have digits, colons and blanks.
#pragma once

#include <cstddef>
#include <string_view>

namespace mailban {

// Each gives the length of the stamp at the front of `text`, without the blank that has to follow
// it; 0: there is none of that shape.
std::size_t syslog_stamp_shape(std::string_view text) noexcept;  // "Nov 23 22:30:58", with a year
std::size_t iso_stamp_shape(std::string_view text) noexcept;     // "2026-11-23T22:30:58…"
std::size_t plain_stamp_shape(std::string_view text) noexcept;   // "2026-11-23 22:30:58… +0100"
std::size_t bracketed_stamp_shape(std::string_view text) noexcept;  // "[23/Nov/2026 22:30:58]"
std::size_t weekday_stamp_shape(std::string_view text) noexcept;    // "Mon …"
std::size_t unix_stamp_shape(std::string_view text) noexcept;       // "1795473058.123456"
std::size_t monotonic_stamp_shape(std::string_view text) noexcept;  // "[  123.456789]"
std::size_t tai64n_stamp_shape(std::string_view text) noexcept;     // "@4000000066…"

// Whether a line begins here, as lines of a log do: with any of these, or "<PRI>" in front of one.
bool begins_with_stamp(std::string_view text) noexcept;

}  // namespace mailban
