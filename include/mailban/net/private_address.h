// Addresses that no client of the Internet can have: those of networks behind a gateway.
#pragma once

#include "mailban/net/ip_address.h"

namespace mailban {

// Loopback, RFC 1918, carrier-grade NAT (100.64.0.0/10), link-local, unique local (fc00::/7).
bool is_private(const IpAddress& ip) noexcept;

}  // namespace mailban
