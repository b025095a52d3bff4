// Who is at the other end of a Unix socket.
#pragma once

#include "mailban/control/access.h"

#include <optional>

namespace mailban::io {

// As the kernel noted it when the peer connected: whatever a name service says of the user now.
// nullopt: the kernel does not tell.
std::optional<Peer> peer_of(int socket);

}  // namespace mailban::io
