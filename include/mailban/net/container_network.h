// Which networks of this machine's are those of containers and guests behind a bridge of its own.
//
// Whoever comes through such a bridge stands for others: Docker's userland proxy and swarm's
// ingress, a reverse proxy in a container, a guest that forwards. A ban of its address would shut
// all of them out.
#pragma once

#include "mailban/net/prefix_set.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban {

// A network interface as the kernel tells it.
struct NetworkLink {
    int index = 0;
    std::string name{};
    std::string kind{};           // "bridge", "veth"; empty: hardware
    std::optional<int> bridge{};  // whose port it is
};

struct LinkNetwork {
    std::string link{};
    Prefix network{};
};

// The private networks of bridges whose ports, if there are any, are those of containers and guests
// alone. A bridge with hardware among its ports is a way to the local network, where clients are.
PrefixSet container_networks(const std::vector<NetworkLink>& links,
                             const std::vector<LinkNetwork>& networks);

}  // namespace mailban
