// KnownPeers: the clients a server is talking to, as far as earlier lines of the log have shown
// them for certain.
//
// Some lines are written before a client can say a word, so that no client can forge them. Exim's
// `no host name found for IP address …` and Postfix's `connect from name[ip]` tie a process to its
// client; Exim's `SMTP connection from [ip]:port (TCP/IP connection count = n)` names a client and
// its port.
//
// Nobody can aim at an entry of somebody else's. A network has only so many connections; one more
// of it pushes out its own oldest, and then its connections are unknown, not absent. Only where all
// networks together have too many, the oldest of all goes. Nothing of this outlives a restart:
// lines of sessions that are older say nothing then.
#pragma once

#include "mailban/keyed_pool.h"
#include "mailban/net/ip_address.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/slot.h"
#include "mailban/time/slow_clock.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string_view>

namespace mailban {

class KnownPeers {
public:
    static constexpr std::size_t kCapacity = 65'536;  // of each kind
    // Connections of one IPv4 /24 or IPv6 /48.
    static constexpr std::size_t kOfOneNetwork = 1024;
    // Longer than most sessions, shorter than it takes to use up all process ids.
    static constexpr Duration kMemory = std::chrono::minutes(10);
    // A client can hold a session for as long as it pleases.
    static constexpr Duration kMemoryOfConnections = std::chrono::hours(24);

    explicit KnownPeers(std::uint64_t hash_seed = 0);

    // `host`: the machine that the server runs on, or empty; many may log to one.
    void remember_process(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                          Timestamp at);
    std::optional<IpAddress> of_process(std::string_view host, std::uint32_t pid,
                                        Timestamp at) const;

    // Its client has gone, or it talks to another one.
    void forget_process(std::string_view host, std::uint32_t pid);

    void remember_connection(std::string_view host, const IpAddress& peer, std::uint16_t port,
                             Timestamp at);
    enum class Seen : std::uint8_t {
        no,
        yes,
        unknown,  // connections of its network, or of all, have been pushed out
    };
    Seen connection(std::string_view host, const IpAddress& peer, std::uint16_t port,
                    Timestamp at) const;

private:
    struct Process {
        std::uint64_t key = 0;
        IpAddress peer{};
        Timestamp since{};
        SlotList::Links order{};
    };
    struct Connection {
        std::uint64_t key = 0;
        Slot network = kNoSlot;
        Timestamp since{};  // when it was last told
        SlotList::Links order{};
        SlotList::Links own_order{};  // among those of its network
    };
    struct Network {
        std::uint64_t key = 0;
        SlotList order{};
        std::uint32_t connections = 0;
        bool has_lost = false;
        Timestamp lost{};  // since when the latest was that was pushed out
    };

    std::uint64_t process_key(std::string_view host, std::uint32_t pid) const;
    std::uint64_t connection_key(std::string_view host, const IpAddress& peer,
                                 std::uint16_t port) const;
    std::uint64_t network_key(const IpAddress& peer) const;
    void forget_process(Slot slot);
    Slot network_at(const IpAddress& peer);
    // Returns since when it was.
    Timestamp forget_connection(Slot slot);

    // There is one of these for each log, and of most it remembers little.
    static constexpr std::size_t kBlock = 64;

    // The keys are 64 bits of a secret hash of all that tells two entries apart.
    SeededHash hash_;
    KeyedPool<Process, AsItIs, kBlock> processes_{};
    SlotList process_order_{};
    SlowClock process_clock_{};
    KeyedPool<Connection, AsItIs, kBlock> connections_{};
    SlotList connection_order_{};
    KeyedPool<Network, AsItIs, kBlock> networks_{};
    std::optional<Timestamp> lost_{};
};

}  // namespace mailban
