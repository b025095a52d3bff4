#include "mailban/parse/known_peers.h"

#include "mailban/net/prefix_lengths.h"

namespace mailban {

namespace {

constexpr PrefixLengths kNetwork{24, 48};

bool is_within(Timestamp since, Timestamp at, Duration memory)
{
    return at >= since && at - since <= memory;
}

}  // namespace

KnownPeers::KnownPeers(std::uint64_t hash_seed)
    : hash_{hash_seed}, networks_(0, SeededHash{hash_seed})
{
}

std::uint64_t KnownPeers::process_key(std::string_view host, std::uint32_t pid) const
{
    return SeededHash{hash_(host) + pid}(IpAddress{});
}

std::uint64_t KnownPeers::connection_key(std::string_view host, const IpAddress& peer,
                                         std::uint16_t port) const
{
    return SeededHash{hash_(host) + port}(peer);
}

void KnownPeers::remember_process(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                                  Timestamp at)
{
    const Turn turn{process_key(host, pid), ++count_, at};
    processes_[turn.key] = {peer, at, turn.number};
    process_turns_.push_back(turn);
    // What is too old for the slowest host is so for all that follows.
    const Timestamp now = process_clock_.note(at);
    while (process_turns_.size() > kCapacity || now - process_turns_.front().since > kMemory) {
        const auto oldest = processes_.find(process_turns_.front().key);
        if (oldest != processes_.end() && oldest->second.number == process_turns_.front().number)
            processes_.erase(oldest);
        process_turns_.pop_front();
    }
}

std::optional<IpAddress> KnownPeers::of_process(std::string_view host, std::uint32_t pid,
                                                Timestamp at) const
{
    const auto found = processes_.find(process_key(host, pid));
    if (found == processes_.end() || !is_within(found->second.since, at, kMemory))
        return std::nullopt;
    return found->second.peer;
}

void KnownPeers::forget_process(std::string_view host, std::uint32_t pid)
{
    processes_.erase(process_key(host, pid));
}

void KnownPeers::remember_connection(std::string_view host, const IpAddress& peer,
                                     std::uint16_t port, Timestamp at)
{
    const IpAddress base = kNetwork.block_of(peer).base();
    const Turn turn{connection_key(host, peer, port), ++count_, at};
    const auto [entry, is_new] =
        connections_.try_emplace(turn.key, Connection{base, at, turn.number});
    entry->second.since = at;
    if (!is_new) return;
    turns_.push_back(turn);
    Network& network = networks_[base];
    network.turns.push_back(turn);
    limit_network(network);
    limit_all();
}

KnownPeers::Seen KnownPeers::connection(std::string_view host, const IpAddress& peer,
                                        std::uint16_t port, Timestamp at) const
{
    const auto found = connections_.find(connection_key(host, peer, port));
    if (found != connections_.end() && is_within(found->second.since, at, kMemoryOfConnections))
        return Seen::yes;
    const auto network = networks_.find(kNetwork.block_of(peer).base());
    const bool lost_here = network != networks_.end() && network->second.lost &&
                           is_within(*network->second.lost, at, kMemoryOfConnections);
    const bool lost_anywhere = lost_ && is_within(*lost_, at, kMemory);
    return lost_here || lost_anywhere ? Seen::unknown : Seen::no;
}

bool KnownPeers::is_stale(const Turn& turn) const
{
    const auto found = connections_.find(turn.key);
    return found == connections_.end() || found->second.number != turn.number;
}

// A port that was used again goes to the end.
template <class AnyTurns>
std::optional<KnownPeers::Connection> KnownPeers::push_out_first(AnyTurns& turns)
{
    const Turn turn = turns.front();
    turns.pop_front();
    if (is_stale(turn)) return std::nullopt;
    const auto found = connections_.find(turn.key);
    const Connection connection = found->second;
    if (connection.since > turn.since) {
        turns.push_back({turn.key, turn.number, connection.since});
        return std::nullopt;
    }
    connections_.erase(found);
    return connection;
}

void KnownPeers::limit_network(Network& network)
{
    while (network.turns.size() > kOfOneNetwork) {
        if (const auto lost = push_out_first(network.turns)) network.lost = lost->since;
    }
}

void KnownPeers::limit_all()
{
    while (connections_.size() > kCapacity) {
        const auto lost = push_out_first(turns_);
        if (!lost) continue;
        lost_ = lost->since;
        clear_network(lost->network);
    }
    if (turns_.size() > 2 * kCapacity)
        std::erase_if(turns_, [this](const Turn& turn) { return is_stale(turn); });
}

// Drops the turns of what is gone. A network of which nothing is left is as unknown as all are.
void KnownPeers::clear_network(const IpAddress& base)
{
    const auto found = networks_.find(base);
    if (found == networks_.end()) return;
    auto& turns = found->second.turns;
    while (!turns.empty() && is_stale(turns.front()))
        turns.pop_front();
    if (turns.empty()) networks_.erase(found);
}

}  // namespace mailban
