// The networks of containers on this machine, as the kernel's interfaces show them.
#pragma once

#include "mailban/net/container_network.h"

struct nlmsghdr;

namespace mailban::io {

// See mailban/net/container_network.h. None where the kernel does not tell.
PrefixSet container_networks();

// Adds the interface of one link message.
void add_link(const nlmsghdr& message, std::vector<NetworkLink>& links);

}  // namespace mailban::io
