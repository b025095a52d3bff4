// A size as people write it: a whole number and its unit.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

// "512MiB", "1GiB": KiB, MiB, GiB and TiB are powers of 1024. A number alone, a fraction, blanks,
// another unit, more than 1024TiB: nullopt.
std::optional<std::uint64_t> parse_byte_size(std::string_view text);

// In the largest unit of which there is at least one: "1GiB", "1.5GiB", "96KiB".
std::string format_byte_size(std::uint64_t bytes);

}  // namespace mailban
