// What multilog and s6-log put in front of a line.
#include "mailban/scan.h"

#include <algorithm>

#include "stamp_shape.h"
#include "wrappers.h"

namespace mailban {

std::optional<Wrapper> take_tai64n(std::string_view& text, Timestamp now)
{
    const auto length = tai64n_stamp_shape(text);
    if (length == 0) return std::nullopt;
    const auto stamp = read_tai64n_stamp(text, now);
    if (!stamp || stamp->length != length) return std::nullopt;
    text.remove_prefix(length + 1);
    return Wrapper{{.wrapping = Wrapping::tai64n, .time = stamp->time}, true};
}

// "2026-11-23 22:30:58.123456789 " (tai64nlocal), or with two blanks (s6-log). Nine digits tell it
// from the stamps of servers.
std::optional<Wrapper> take_wall_clock(std::string_view& text, const Zone& zone, Timestamp now)
{
    constexpr std::size_t kLength = 29;
    constexpr std::size_t kPoint = 19;
    if (text.size() <= kLength || text[kPoint] != '.' || text[kLength] != ' ') return std::nullopt;
    const auto* const end = text.begin() + kLength;
    if (!std::all_of(text.begin() + kPoint + 1, end, is_digit)) return std::nullopt;
    const auto stamp = read_plain_stamp(text.substr(0, kLength), zone, now);
    if (!stamp || stamp->length != kLength) return std::nullopt;
    text.remove_prefix(kLength + 1);
    take(text, " ");
    return Wrapper{{.wrapping = Wrapping::wall_clock, .time = stamp->time}};
}

}  // namespace mailban
