// Text of strangers: what is UTF-8 in it, and how to show it where it must not steer a terminal.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

struct Utf8Character {
    char32_t value = 0;
    std::size_t length = 0;  // in bytes
};

// The well-formed character (RFC 3629) at the front of `text`, control characters too; nullopt:
// there is none.
std::optional<Utf8Character> first_character(std::string_view text) noexcept;

// On one line, and as it would look: control bytes and what is not UTF-8 as \x1b, characters that
// nobody sees or that turn the direction of what follows as \u{202e}.
std::string printable(std::string_view text);

// 'text' in single quotes, printable, cut to `most` bytes and with "…" where it was cut.
std::string in_quotes(std::string_view text, std::size_t most = 60);

// The offset of the first byte that is not part of well-formed UTF-8, or that is a control
// character other than tab, line feed and carriage return.
std::optional<std::size_t> first_unreadable(std::string_view text) noexcept;

}  // namespace mailban
