// EximPeers: which client each Exim process talks to, as far as earlier lines have told.
//
// Exim handles each connection in a process of its own, and where lines name the process (syslog
// does, +pid does), `no host name found for IP address …` ties the two together before the client
// has sent anything. A fixed number of slots; a newer process takes an older one's.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

class EximPeers {
public:
    static constexpr std::size_t kSlots = 1024;
    // Longer than most sessions, shorter than it takes to use up all process ids.
    static constexpr Duration kMemory = std::chrono::minutes(10);

    void remember(std::string_view host, std::uint32_t pid, const IpAddress& peer, Timestamp at);
    std::optional<IpAddress> find(std::string_view host, std::uint32_t pid, Timestamp at) const;

private:
    struct Slot {
        std::uint64_t process = 0;
        IpAddress peer{};
        Timestamp since{};
    };
    std::vector<Slot> slots_{};  // empty until the first line of the kind
};

}  // namespace mailban
