#include "mailban/net/container_network.h"

#include "mailban/net/private_address.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <string_view>

namespace mailban {

namespace {

// What joins a container or a guest to a bridge; overlay networks come by a tunnel.
bool is_port_of_container(const NetworkLink& link)
{
    constexpr std::array<std::string_view, 6> kKinds{"veth",  "tun",    "netkit",
                                                     "vxlan", "geneve", "dummy"};
    return is_one_of(link.kind, kKinds);
}

bool is_bridge_of_containers(const NetworkLink& bridge, const std::vector<NetworkLink>& links)
{
    return bridge.kind == "bridge" &&
           std::all_of(links.begin(), links.end(), [&](const NetworkLink& link) {
               return link.bridge != bridge.index || is_port_of_container(link);
           });
}

}  // namespace

PrefixSet container_networks(const std::vector<NetworkLink>& links,
                             const std::vector<LinkNetwork>& networks)
{
    PrefixSet found;
    for (const auto& [name, network] : networks) {
        const auto is_it = [&wanted = name](const NetworkLink& link) {
            return link.name == wanted;
        };
        const auto bridge = std::find_if(links.begin(), links.end(), is_it);
        if (bridge == links.end() || !is_bridge_of_containers(*bridge, links)) continue;
        if (is_private(network.base()) && !network.base().is_loopback()) found.insert(network);
    }
    return found;
}

}  // namespace mailban
