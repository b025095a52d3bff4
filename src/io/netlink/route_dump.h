// What the kernel has in one of its tables of networking.
#pragma once

#include "io/netlink/netlink_socket.h"

#include <cstddef>
#include <cstdint>

namespace mailban::io {

// `question`: RTM_GETROUTE, RTM_GETLINK, …; `header`: the size of what such a message begins with.
// `take` gets each message of the answer, and of a long one the first 8 MiB. None where the kernel
// does not answer.
void dump_route_table(std::uint16_t question, std::size_t header, std::uint8_t family,
                      const TakeNetlink& take);

}  // namespace mailban::io
