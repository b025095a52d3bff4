#include "mailban/parse/known_peers.h"

#include "mailban/net/prefix_lengths.h"

namespace mailban {

namespace {

constexpr PrefixLengths kNetwork{24, 48};

// For SlotList.
auto order_in(auto& pool)
{
    return [&pool](Slot slot) -> SlotList::Links& { return pool[slot].order; };
}

auto own_order_in(auto& pool)
{
    return [&pool](Slot slot) -> SlotList::Links& { return pool[slot].own_order; };
}

bool is_within(Timestamp since, Timestamp at, Duration memory)
{
    return at >= since && at - since <= memory;
}

}  // namespace

KnownPeers::KnownPeers(std::uint64_t hash_seed) : hash_{hash_seed} {}

std::uint64_t KnownPeers::process_key(std::string_view host, std::uint32_t pid) const
{
    return SeededHash{hash_(host) + pid}(IpAddress{});
}

std::uint64_t KnownPeers::connection_key(std::string_view host, const IpAddress& peer,
                                         std::uint16_t port) const
{
    return SeededHash{hash_(host) + port}(peer);
}

std::uint64_t KnownPeers::network_key(const IpAddress& peer) const
{
    return hash_(kNetwork.block_of(peer).base());
}

void KnownPeers::remember_process(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                                  Timestamp at)
{
    const std::uint64_t key = process_key(host, pid);
    if (const Slot known = processes_.find(key); known != kNoSlot) forget_process(known);
    process_order_.add_newest(processes_.add({.key = key, .peer = peer, .since = at}),
                              order_in(processes_));
    // What is too old for the slowest host is so for all that follows.
    const Timestamp now = process_clock_.note(at);
    while (processes_.size() > kCapacity ||
           now - processes_[process_order_.oldest()].since > kMemory)
        forget_process(process_order_.oldest());
}

std::optional<IpAddress> KnownPeers::of_process(std::string_view host, std::uint32_t pid,
                                                Timestamp at) const
{
    const Slot slot = processes_.find(process_key(host, pid));
    if (slot == kNoSlot || !is_within(processes_[slot].since, at, kMemory)) return std::nullopt;
    return processes_[slot].peer;
}

void KnownPeers::forget_process(std::string_view host, std::uint32_t pid)
{
    const Slot slot = processes_.find(process_key(host, pid));
    if (slot != kNoSlot) forget_process(slot);
}

void KnownPeers::forget_process(Slot slot)
{
    process_order_.remove(slot, order_in(processes_));
    processes_.remove(slot);
}

void KnownPeers::remember_connection(std::string_view host, const IpAddress& peer,
                                     std::uint16_t port, Timestamp at)
{
    const std::uint64_t key = connection_key(host, peer, port);
    Slot slot = connections_.find(key);
    if (slot != kNoSlot) {
        connection_order_.remove(slot, order_in(connections_));
        networks_[connections_[slot].network].order.remove(slot, own_order_in(connections_));
    } else {
        slot = connections_.add({.key = key, .network = network_at(peer)});
        ++networks_[connections_[slot].network].connections;
    }
    connections_[slot].since = at;
    connection_order_.add_newest(slot, order_in(connections_));
    Network& network = networks_[connections_[slot].network];
    network.order.add_newest(slot, own_order_in(connections_));
    if (network.connections > kOfOneNetwork) {
        network.has_lost = true;
        network.lost = forget_connection(network.order.oldest());
    }
    if (connections_.size() > kCapacity) lost_ = forget_connection(connection_order_.oldest());
}

KnownPeers::Seen KnownPeers::connection(std::string_view host, const IpAddress& peer,
                                        std::uint16_t port, Timestamp at) const
{
    const Slot slot = connections_.find(connection_key(host, peer, port));
    if (slot != kNoSlot && is_within(connections_[slot].since, at, kMemoryOfConnections))
        return Seen::yes;
    const Slot network = networks_.find(network_key(peer));
    const bool lost_here = network != kNoSlot && networks_[network].has_lost &&
                           is_within(networks_[network].lost, at, kMemoryOfConnections);
    const bool lost_anywhere = lost_ && is_within(*lost_, at, kMemory);
    return lost_here || lost_anywhere ? Seen::unknown : Seen::no;
}

Slot KnownPeers::network_at(const IpAddress& peer)
{
    const std::uint64_t key = network_key(peer);
    const Slot known = networks_.find(key);
    return known != kNoSlot ? known : networks_.add({.key = key});
}

// A network of which nothing is left is as unknown as all are.
Timestamp KnownPeers::forget_connection(Slot slot)
{
    const Connection connection = connections_[slot];
    Network& network = networks_[connection.network];
    connection_order_.remove(slot, order_in(connections_));
    network.order.remove(slot, own_order_in(connections_));
    connections_.remove(slot);
    if (--network.connections == 0) networks_.remove(connection.network);
    return connection.since;
}

}  // namespace mailban
