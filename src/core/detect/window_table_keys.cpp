// WindowTable: the keys, in order of when they were last seen.
#include "mailban/detect/window_table.h"

namespace mailban {

Slot WindowTable::holder_of(const Key& key)
{
    Slot slot = find(key);
    if (slot != kNoSlot) {
        order_.remove(slot, orders());
    } else {
        if (size() >= capacity_) make_room(kNoSlot);
        slot = tracked_keys_.add({.key = key});
    }
    order_.add_newest(slot, orders());
    return slot;
}

void WindowTable::remove(Slot slot)
{
    Tracked& tracked = tracked_keys_[slot];
    while (tracked.first != kNoSlot) {
        const Slot entry = tracked.first;
        tracked.first = entries_[entry].next;
        entries_[entry].next = free_entry_;
        free_entry_ = entry;
        --entries_used_;
    }
    order_.remove(slot, orders());
    tracked_keys_.remove(slot);
}

// What was put off is dropped before anything that counts.
void WindowTable::limit_entries(Slot keep)
{
    while (entries_used_ > most_entries_ && size() > 1) {
        Slot candidate = order_.oldest();
        for (int i = 0; i < SlotList::kLookedAt && candidate != kNoSlot; ++i) {
            catch_up(candidate);
            candidate = tracked_keys_[candidate].order.newer;
        }
        if (entries_used_ > most_entries_) make_room(keep);
    }
}

void WindowTable::make_room(Slot keep)
{
    const auto weight = [&](Slot slot) {
        return slot == keep ? kMostGuilt + 1 : std::uint32_t{tracked_keys_[slot].guilt};
    };
    remove(order_.lightest_of_oldest(orders(), weight));
    ++evicted_;
}

}  // namespace mailban
