#include "bracketed_client.h"

#include "mailban/parse/scan.h"

namespace mailban {

namespace {

bool take_host_name(std::string_view& text) noexcept
{
    constexpr std::string_view kNeverInAName = "[](),;=\"<>";
    const auto name = take_until(text, ' ');
    return !name.empty() && name.find_first_of(kNeverInAName) == std::string_view::npos &&
           take(text, " ");
}

}  // namespace

std::optional<IpAddress> take_bracketed_client(std::string_view& text) noexcept
{
    auto rest = text;
    if (!rest.starts_with('[') && !take_host_name(rest)) return std::nullopt;
    if (!take(rest, "[")) return std::nullopt;
    take(rest, "IPv6:");
    const auto ip = IpAddress::parse(take_until(rest, ']'));
    if (!ip || !take(rest, "]")) return std::nullopt;
    text = rest;
    return ip;
}

}  // namespace mailban
