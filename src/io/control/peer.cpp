#include "io/control/peer.h"

#include <sys/socket.h>

#include <cerrno>

namespace mailban::io {

namespace {

// More than Linux lets a process have (NGROUPS_MAX).
constexpr std::size_t kMostGroups = 65536;

}  // namespace

std::optional<Peer> peer_of(int socket)
{
    ucred credentials = {};
    socklen_t size = sizeof credentials;
    if (::getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0)
        return std::nullopt;
    Peer peer{credentials.uid, {}};
    for (std::size_t room = 64; room <= kMostGroups; room = size / sizeof(gid_t)) {
        peer.groups.resize(room);
        size = static_cast<socklen_t>(room * sizeof(gid_t));
        if (::getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, peer.groups.data(), &size) == 0) {
            peer.groups.resize(size / sizeof(gid_t));
            break;
        }
        const bool is_too_small = errno == ERANGE && size > room * sizeof(gid_t);
        peer.groups.clear();
        if (!is_too_small) break;
    }
    peer.groups.push_back(credentials.gid);
    return peer;
}

}  // namespace mailban::io
