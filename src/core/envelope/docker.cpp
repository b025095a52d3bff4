// What Docker's and Kubernetes' commands print in front of a container's line.
#include "mailban/scan.h"

#include <algorithm>

#include "stamp_shape.h"
#include "wrappers.h"

namespace mailban {

namespace {

constexpr CharacterSet kOfUnits = kLettersAndDigits.with("-_.@");
constexpr CharacterSet kOfTags = kLettersAndDigits.with("-_./");

// "\x1b[36m", as for a terminal.
void skip_colour(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "\x1b[")) return;
    constexpr auto kOfColours = kDigits.with(";");
    take_all(rest, kOfColours);
    if (take(rest, "m")) text = rest;
}

}  // namespace

// "mailserver  | ", "mail.1.x2y3z@node    | "
std::optional<Wrapper> take_service_prefix(std::string_view& text) noexcept
{
    auto rest = text;
    skip_colour(rest);
    const auto name = take_all(rest, kOfUnits);
    const auto blanks = std::min(rest.find_first_not_of(' '), rest.size());
    if (name.empty() || blanks == 0) return std::nullopt;
    rest.remove_prefix(blanks);
    if (!take(rest, "|")) return std::nullopt;
    skip_colour(rest);
    if (!take(rest, " ")) return std::nullopt;
    skip_colour(rest);
    text = rest;
    return Wrapper{{.wrapping = Wrapping::service_prefix, .name = name}};
}

// "[pod/mail-0/postfix] "
std::optional<Wrapper> take_pod_prefix(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[pod/")) return std::nullopt;
    const auto name = take_all(rest, kOfTags);
    if (name.empty() || !take(rest, "] ")) return std::nullopt;
    text = rest;
    return Wrapper{{.wrapping = Wrapping::pod_prefix, .name = name}};
}

std::optional<Wrapper> take_docker_time(std::string_view& text, const Zone& zone, Timestamp now)
{
    const auto length = iso_stamp_shape(text);
    if (length == 0) return std::nullopt;
    const auto rest = text.substr(length + 1);
    if (!begins_with_stamp(rest)) return std::nullopt;
    const auto stamp = read_iso_stamp(text, zone, now);
    if (!stamp || stamp->length != length) return std::nullopt;
    text = rest;
    return Wrapper{{.wrapping = Wrapping::docker_time, .time = stamp->time}, stamp->has_offset};
}

}  // namespace mailban
