#include "mailban/parse/exim_peers.h"

#include <functional>

namespace mailban {

namespace {

// One number for a process of a host: many hosts may log to one.
std::uint64_t process_of(std::string_view host, std::uint32_t pid) noexcept
{
    return std::uint64_t{std::hash<std::string_view>()(host)} * 0x9e3779b97f4a7c15ULL + pid;
}

}  // namespace

void EximPeers::remember(std::string_view host, std::uint32_t pid, const IpAddress& peer,
                         Timestamp at)
{
    if (slots_.empty()) slots_.resize(kSlots);
    const auto process = process_of(host, pid);
    slots_[process % kSlots] = {process, peer, at};
}

std::optional<IpAddress> EximPeers::find(std::string_view host, std::uint32_t pid,
                                         Timestamp at) const
{
    if (slots_.empty()) return std::nullopt;
    const auto process = process_of(host, pid);
    const auto& slot = slots_[process % kSlots];
    const auto age = at - slot.since;
    if (slot.process != process || age < Duration() || age > kMemory) return std::nullopt;
    return slot.peer;
}

}  // namespace mailban
