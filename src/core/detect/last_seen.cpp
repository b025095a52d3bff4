#include "mailban/detect/last_seen.h"

#include <algorithm>

namespace mailban {

LastSeen::LastSeen(std::size_t capacity, std::uint64_t hash_seed)
    : capacity_(std::max<std::size_t>(capacity, 1)), keys_(SeededHash{hash_seed})
{
}

void LastSeen::note(const Key& key, Timestamp at)
{
    Slot slot = keys_.find(key);
    if (slot != kNoSlot) {
        keys_[slot].last = std::max(keys_[slot].last, at);
        order_.remove(slot, orders());
    } else {
        const auto times_of = [this](Slot other) { return keys_[other].times; };
        if (size() >= capacity_) remove(order_.lightest_of_oldest(orders(), times_of));
        slot = keys_.add({.key = key, .last = at});
    }
    std::uint32_t& times = keys_[slot].times;
    times = std::max(times, times + 1);
    order_.add_newest(slot, orders());
}

bool LastSeen::holds(const Key& key, Timestamp at, Duration span) const
{
    const Slot slot = keys_.find(key);
    return slot != kNoSlot && at - keys_[slot].last <= span;
}

void LastSeen::take_back(const Key& key, Timestamp at)
{
    const Slot slot = keys_.find(key);
    if (slot != kNoSlot && keys_[slot].last == at) remove(slot);
}

void LastSeen::forget(const Key& key)
{
    if (const Slot slot = keys_.find(key); slot != kNoSlot) remove(slot);
}

void LastSeen::set_back(Timestamp at)
{
    keys_.each_place([at](Seen& seen) { seen.last = std::min(seen.last, at); });
}

std::vector<LastSeen::Key> LastSeen::keys_inside(const PrefixSet& prefixes) const
{
    std::vector<Key> inside;
    if (prefixes.empty()) return inside;
    for (Slot slot = order_.newest(); slot != kNoSlot; slot = keys_[slot].order.older)
        if (prefixes.contains(keys_[slot].key)) inside.push_back(keys_[slot].key);
    return inside;
}

void LastSeen::remove(Slot slot)
{
    order_.remove(slot, orders());
    keys_.remove(slot);
}

}  // namespace mailban
