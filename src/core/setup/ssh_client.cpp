#include "mailban/setup/ssh_client.h"

#include <algorithm>

namespace mailban {

std::optional<Prefix> ssh_client(std::string_view connection)
{
    constexpr unsigned kNetwork = 64;
    const auto address = IpAddress::parse(connection.substr(0, connection.find(' ')));
    if (!address || address->is_loopback() || *address == IpAddress()) return std::nullopt;
    const auto link_local = Prefix::parse("fe80::/10");
    if (link_local->contains(*address)) return std::nullopt;
    const auto host = Prefix::host(*address);
    return host.is_v4() ? host : Prefix::of(*address, kNetwork);
}

bool is_allowed(const AllowConfig& allow, const Prefix& client)
{
    return std::any_of(allow.prefixes.begin(), allow.prefixes.end(),
                       [&](const Prefix& prefix) { return prefix.contains(client); });
}

}  // namespace mailban
