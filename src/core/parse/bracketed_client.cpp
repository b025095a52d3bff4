#include "bracketed_client.h"

#include "mailban/scan.h"

namespace mailban {

namespace {

// "", "mail.example ", "fred@mail.example " or "fred@"
bool is_name(std::string_view text) noexcept
{
    constexpr std::string_view kNever = " ],;()=\"<>";
    if (text.empty()) return true;
    const char last = text.back();
    text.remove_suffix(1);
    return (last == ' ' || last == '@') && !text.empty() &&
           text.find_first_of(kNever) == std::string_view::npos;
}

}  // namespace

std::optional<IpAddress> take_bracketed_client(std::string_view& text) noexcept
{
    auto rest = text;
    if (!is_name(take_until(rest, '[')) || !take(rest, "[")) return std::nullopt;
    take(rest, "IPv6:");
    const auto ip = IpAddress::parse(take_until(rest, ']'));
    if (!ip || !take(rest, "]")) return std::nullopt;
    text = rest;
    return ip;
}

}  // namespace mailban
