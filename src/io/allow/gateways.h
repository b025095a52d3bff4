// The machine's default gateways, as the kernel's routes name them.
#pragma once

#include "mailban/net/prefix_set.h"

struct nlmsghdr;

namespace mailban::io {

// IPv4 and IPv6, of every routing table, each hop of a route with several. None where the kernel
// does not tell.
PrefixSet default_gateways();

// Adds those of one route message; nothing where the route is not a default route.
void add_gateways(const nlmsghdr& route, PrefixSet& gateways);

}  // namespace mailban::io
