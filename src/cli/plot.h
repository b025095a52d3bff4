// Bars of text for people.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace mailban::cli {

// Columns of the terminal that `fd` is, of $COLUMNS where it is none, else 80.
std::size_t terminal_width(int fd);

// Whether the locale's characters are UTF-8 (LC_ALL, LC_CTYPE, LANG).
bool is_utf8_locale();

enum class Blocks { utf8, ascii };

// A bar for `value`, where `most` is `width` columns long: to an eighth of a column in blocks, to a
// whole one in ASCII. Whatever is not zero shows.
std::string bar(std::uint64_t value, std::uint64_t most, std::size_t width, Blocks blocks);

// One line a value: label, bar, value. Prints to stdout, as wide as the terminal.
void print_bars(const std::vector<std::pair<std::string, std::uint64_t>>& values);

}  // namespace mailban::cli
