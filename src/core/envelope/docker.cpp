// What Docker's and Kubernetes' commands print in front of a container's line.
#include "mailban/scan.h"

#include <algorithm>

#include "stamp_shape.h"
#include "wrappers.h"

namespace mailban {

namespace {

bool is_of_name(char c) noexcept
{
    return is_letter_or_digit(c) || c == '-' || c == '_' || c == '.';
}

std::string_view take_name(std::string_view& text, char also) noexcept
{
    const auto* const end = std::find_if_not(text.begin(), text.end(),
                                             [also](char c) { return is_of_name(c) || c == also; });
    const auto name = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    text.remove_prefix(name.size());
    return name;
}

// "\x1b[36m", as for a terminal.
void skip_colour(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "\x1b[")) return;
    while (!rest.empty() && (is_digit(rest.front()) || rest.front() == ';'))
        rest.remove_prefix(1);
    if (take(rest, "m")) text = rest;
}

}  // namespace

// "mailserver  | ", "mail.1.x2y3z@node    | "
std::optional<Wrapper> take_service_prefix(std::string_view& text) noexcept
{
    auto rest = text;
    skip_colour(rest);
    const auto name = take_name(rest, '@');
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
    const auto name = take_name(rest, '/');
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
