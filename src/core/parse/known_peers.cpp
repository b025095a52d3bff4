#include "mailban/parse/known_peers.h"

#include <functional>

namespace mailban {

namespace {

constexpr std::uint64_t kOddConstant = 0x9e3779b97f4a7c15ULL;

std::uint64_t hash_of(std::string_view host) noexcept
{
    return std::hash<std::string_view>()(host) * kOddConstant;
}

std::uint64_t process_key(std::string_view host, std::uint32_t pid) noexcept
{
    return hash_of(host) + std::uint64_t{pid};
}

// Two ports of one address differ in their keys; two addresses are told apart by the slot.
std::uint64_t connection_key(std::string_view host, const IpAddress& peer,
                             std::uint16_t port) noexcept
{
    return (hash_of(host) ^ hash_value(peer)) + std::uint64_t{port};
}

}  // namespace

void KnownPeers::remember_process(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                                  Timestamp at)
{
    put(processes_, {process_key(host, pid), peer, at});
}

std::optional<IpAddress> KnownPeers::of_process(std::string_view host, std::uint32_t pid,
                                                Timestamp at) const
{
    const auto* const slot = find(processes_, process_key(host, pid), at);
    if (slot == nullptr) return std::nullopt;
    return slot->peer;
}

void KnownPeers::forget_process(std::string_view host, std::uint32_t pid)
{
    if (processes_.empty()) return;
    const auto key = process_key(host, pid);
    if (processes_[key % kSlots].key == key) processes_[key % kSlots] = {};
}

void KnownPeers::remember_connection(std::string_view host, const IpAddress& peer,
                                     std::uint16_t port, Timestamp at)
{
    put(connections_, {connection_key(host, peer, port), peer, at});
}

bool KnownPeers::has_connection(std::string_view host, const IpAddress& peer, std::uint16_t port,
                                Timestamp at) const
{
    const auto* const slot = find(connections_, connection_key(host, peer, port), at);
    return slot != nullptr && slot->peer == peer;
}

void KnownPeers::put(Slots& slots, const Slot& slot)
{
    if (slots.empty()) slots.resize(kSlots);
    slots[slot.key % kSlots] = slot;
}

const KnownPeers::Slot* KnownPeers::find(const Slots& slots, std::uint64_t key, Timestamp at)
{
    if (slots.empty()) return nullptr;
    const auto& slot = slots[key % kSlots];
    const auto age = at - slot.since;
    if (slot.key != key || age < Duration() || age > kMemory) return nullptr;
    return &slot;
}

}  // namespace mailban
