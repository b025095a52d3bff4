#include "address_text.h"

#include "mailban/scan.h"

#include <algorithm>

namespace mailban {

namespace {

bool is_address_character(char c) noexcept
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

}  // namespace

std::optional<IpAddress> take_address(std::string_view& text)
{
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_address_character);
    const auto length = static_cast<std::size_t>(end - text.begin());
    const auto ip = IpAddress::parse(text.substr(0, length));
    if (ip) text.remove_prefix(length);
    return ip;
}

std::optional<AddressAndPort> take_address_and_port(std::string_view& text)
{
    auto rest = text;
    const bool is_bracketed = take(rest, "[");
    const auto ip = IpAddress::parse(take_until(rest, is_bracketed ? ']' : ':'));
    if (!ip || (is_bracketed && !take(rest, "]")) || !take(rest, ":")) return std::nullopt;
    const auto port = take_number<std::uint16_t>(rest);
    if (!port) return std::nullopt;
    text = rest;
    return AddressAndPort{*ip, *port};
}

Service service_of_port(std::uint16_t port) noexcept
{
    switch (port) {
    case 25: return Service::smtp;
    case 465:
    case 587: return Service::submission;
    case 143:
    case 993: return Service::imap;
    case 110:
    case 995: return Service::pop3;
    case 4190: return Service::sieve;
    default: return Service::unknown;
    }
}

}  // namespace mailban
