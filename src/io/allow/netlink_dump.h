// What the kernel has in one of its tables, asked for over netlink.
#pragma once

#include <libmnl/libmnl.h>

#include <cstddef>
#include <cstdint>

namespace mailban::io {

// `question`: RTM_GETROUTE, RTM_GETLINK, …; `header`: the size of what such a message begins with.
// `take` gets each message of the answer, and of a long one the first 8 MiB. None where the kernel
// does not tell.
void dump_netlink(std::uint16_t question, std::size_t header, std::uint8_t family, mnl_cb_t take,
                  void* data);

}  // namespace mailban::io
