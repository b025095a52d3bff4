// SocketKiller: ends the TCP connections that banned clients still hold.
//
// Firewalls accept established traffic before they look at bans, so a guesser with an open
// connection would go on. The kernel's socket diagnostics list and destroy sockets
// (SOCK_DESTROY); the client sees a reset, the mail server a closed connection.
#pragma once

#include "mailban/firewall/plan.h"
#include "mailban/net/prefix_set.h"
#include "mailban/result.h"

#include <cstddef>
#include <map>

namespace mailban::io {

// Who is shut out of which group of ports.
using BannedByPorts = std::map<PortGroup, PrefixSet>;

class SocketKiller {
public:
    explicit SocketKiller(PortGroups ports) : ports_(std::move(ports)) {}

    // Blocks while the kernel lists all TCP sockets of the machine.
    //
    // Ends every connection from one of `banned` to one of its ports and says how many there were.
    // One listing a family serves any number of prefixes. After the kernel has said that it cannot
    // destroy sockets, which is an error once, later calls do nothing and return 0.
    Result<std::size_t> kill(const BannedByPorts& banned);

private:
    PortGroups ports_;
    bool is_able_ = true;
};

}  // namespace mailban::io
