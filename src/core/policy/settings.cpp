#include "mailban/policy/settings.h"

#include "mailban/characters.h"

#include <charconv>

namespace mailban {

namespace {

// sun_path holds 108 bytes, the last of which is NUL.
constexpr std::size_t kLongestSocket = 107;

std::optional<std::uint16_t> parse_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (ec != std::errc{} || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

}  // namespace

std::optional<ListenAddress> ListenAddress::parse(std::string_view text)
{
    ListenAddress address;
    if (text.starts_with('/')) {
        if (text.size() > kLongestSocket || text.size() == 1) return std::nullopt;
        address.path = text;
        return address;
    }
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    auto host = text.substr(0, colon);
    const bool is_bracketed = host.starts_with('[') && host.ends_with(']');
    if (is_bracketed) host = host.substr(1, host.size() - 2);
    const auto ip = IpAddress::parse(host);
    const auto port = parse_port(text.substr(colon + 1));
    if (!ip || !port || !ip->is_loopback() || ip->is_v4() == is_bracketed) return std::nullopt;
    address.ip = *ip;
    address.port = *port;
    return address;
}

std::string ListenAddress::to_string() const
{
    if (!path.empty()) return path;
    const std::string host = ip.is_v4() ? ip.to_string() : "[" + ip.to_string() + "]";
    return host + ":" + std::to_string(port);
}

}  // namespace mailban
