// PrefixLengths: how many leading bits name a block, in each family.
#pragma once

#include "mailban/net/prefix.h"

namespace mailban {

struct PrefixLengths {
    unsigned ipv4 = 32;
    unsigned ipv6 = 64;
    bool operator==(const PrefixLengths&) const = default;

    // The block of such a length that holds `address`.
    Prefix block_of(const IpAddress& address) const noexcept
    {
        return Prefix::of(address, address.is_v4() ? ipv4 : ipv6);
    }
};

}  // namespace mailban
