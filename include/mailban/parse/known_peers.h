// KnownPeers: whom a server is talking to, as far as earlier lines of the log have told for
// certain.
//
// Some lines are written before a client can say a word, so that no client can forge them. Exim's
// `no host name found for IP address …` and Postfix's `connect from name[ip]` tie a process to its
// client; Exim's `SMTP connection from [ip]:port (TCP/IP connection count = n)` names a client and
// its port. A fixed number of slots; a newer entry takes an older one's. Nothing of this outlives a
// restart: the few lines that depend on it then say nothing.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

namespace mailban {

class KnownPeers {
public:
    static constexpr std::size_t kSlots = 2048;  // of each kind
    // Longer than most sessions, shorter than it takes to use up all process ids.
    static constexpr Duration kMemory = std::chrono::minutes(10);

    // `host`: the machine that the server runs on, or empty; many may log to one.
    void remember_process(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                          Timestamp at);
    std::optional<IpAddress> of_process(std::string_view host, std::uint32_t pid,
                                        Timestamp at) const;

    // Its client has gone.
    void forget_process(std::string_view host, std::uint32_t pid);

    void remember_connection(std::string_view host, const IpAddress& peer, std::uint16_t port,
                             Timestamp at);
    bool has_connection(std::string_view host, const IpAddress& peer, std::uint16_t port,
                        Timestamp at) const;

private:
    struct Slot {
        std::uint64_t key = 0;
        IpAddress peer{};
        Timestamp since{};
    };
    using Slots = std::vector<Slot>;  // empty until the first such line

    static void put(Slots& slots, const Slot& slot);
    static const Slot* find(const Slots& slots, std::uint64_t key, Timestamp at);

    Slots processes_{};
    Slots connections_{};
};

}  // namespace mailban
