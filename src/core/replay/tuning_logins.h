// Who logged in, as tuning tells customers from those who guess.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/replay/kept_events.h"

#include <cstdint>
#include <vector>

namespace mailban {

struct Logins {
    std::vector<IpAddress> customers{};  // in order
    std::vector<IpAddress> suspects{};
};

// Who logged in, and which of them guess: see kStrangeAccounts.
Logins find_logins(const KeptEvents& events, std::uint64_t seed);

}  // namespace mailban
