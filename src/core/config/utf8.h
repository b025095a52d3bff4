// Where a text stops being UTF-8, and how to show a stranger's text in a message.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// The offset of the first byte that is not part of well-formed UTF-8 (RFC 3629), or that is a
// control character other than tab, line feed and carriage return.
std::optional<std::size_t> first_unreadable(std::string_view text) noexcept;

// 'text' in single quotes, on one line, control characters as \x1b, cut to 60 bytes.
std::string shown(std::string_view text);

// A message that quotes a stranger's text: one line of UTF-8, everything else as \x1b.
std::string on_one_line(std::string_view message);

}  // namespace mailban
