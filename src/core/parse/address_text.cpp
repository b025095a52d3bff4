#include "address_text.h"

#include "mailban/scan.h"

namespace mailban {

std::optional<IpAddress> take_address(std::string_view& text)
{
    const auto length = kOfAddresses.prefix_of(text);
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
