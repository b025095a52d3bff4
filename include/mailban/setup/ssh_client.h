// The administrator's own address, as sshd names it to the session.
#pragma once

#include "mailban/config/config.h"
#include "mailban/net/prefix.h"

#include <optional>
#include <string_view>

namespace mailban {

// Of SSH_CONNECTION (ssh(1): "client address, client port, server address, server port") the
// client, as the configuration's `allow` would name it: its /32, or of IPv6 the /64 in which its
// address changes. nullopt: it is none, or loopback, or link-local.
std::optional<Prefix> ssh_client(std::string_view connection);

// Whether `allow` holds all of it.
bool is_allowed(const AllowConfig& allow, const Prefix& client);

}  // namespace mailban
