// What was noted and turns out to be otherwise: forgiven, taken back, amended, forgotten.
#include "mailban/detect/window_table.h"

#include <algorithm>

namespace mailban {

std::uint32_t WindowTable::forgive(const Key& key, Value tag, Counts which, Value mask)
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return 0;
    catch_up(slot);
    std::uint32_t forgiven = 0;
    for (Slot at = tracked_keys_[slot].first; at != kNoSlot; at = entries_[at].next) {
        if (((entries_[at].tag ^ tag) & mask) != 0 || (live(at) & which).none()) continue;
        drop(at, which);
        ++forgiven;
    }
    drop_dead(slot);
    return forgiven;
}

std::uint32_t WindowTable::count_alike(const Key& key, Value tag, Counts which, Value mask) const
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return 0;
    std::uint32_t found = 0;
    const bool is_one = is_plain();
    for (Slot at = tracked_keys_[slot].first; at != kNoSlot; at = entries_[at].next) {
        if (is_one && is_past(tracked_keys_[slot], entries_[at])) break;
        if (((entries_[at].tag ^ tag) & mask) == 0 && (live(at) & which).any()) ++found;
    }
    return found;
}

bool WindowTable::take_back(const Key& key, Value tag, Timestamp at, Counts which)
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return false;
    catch_up(slot);
    const auto time = at.time_since_epoch().count();
    Slot each = tracked_keys_[slot].first;
    while (each != kNoSlot && (entries_[each].time() != time || entries_[each].tag != tag ||
                               (live(each) & which).none()))
        each = entries_[each].next;
    if (each == kNoSlot) return false;
    drop(each, which);
    drop_dead(slot);
    return true;
}

bool WindowTable::amend(const Key& key, Value before, Value after, Timestamp at, Counts which)
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return false;
    catch_up(slot);
    Tracked& tracked = tracked_keys_[slot];
    Slot earliest = kNoSlot;
    for (Slot each = tracked.first; each != kNoSlot; each = entries_[each].next) {
        const Hit& entry = entries_[each];
        if (entry.time() < at.time_since_epoch().count()) break;
        if (entry.tag == before && (live(each) & which).any()) earliest = each;
    }
    if (earliest == kNoSlot) return false;
    const auto counts = live(earliest);
    if ((counts & ~which).any()) {
        const Timestamp time{Duration(entries_[earliest].time())};
        set_live(earliest, counts & ~which);
        earliest = insert(tracked, after, time, counts & which, counts & which);
    }
    entries_[earliest].tag = after;
    for (std::size_t index = 0; index < counts_.size(); ++index)
        if (which.test(index)) drop_alike(tracked, index, after);
    drop_dead(slot);
    return true;
}

// Leaves the newest of those that count as one.
void WindowTable::drop_alike(Tracked& tracked, std::size_t index, Value tag)
{
    bool has_newer = false;
    for (Slot at = tracked.first; at != kNoSlot; at = entries_[at].next) {
        if (!live(at).test(index) || !are_one(counts_[index], entries_[at].tag, tag)) continue;
        if (has_newer) drop(at, Counts().set(index));
        has_newer = true;
    }
}

void WindowTable::set_back(Timestamp at)
{
    catch_up();
    const std::int64_t latest = at.time_since_epoch().count();
    for (Slot entry = 0; entry < entries_.size(); ++entry)  // free ones, too: they are nobody's
        entries_[entry].set_time(std::min(entries_[entry].time(), latest));
}

void WindowTable::forget(const Key& key, Counts which)
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return;
    for (Slot at = tracked_keys_[slot].first; at != kNoSlot; at = entries_[at].next)
        drop(at, which);
    drop_dead(slot);
}

std::vector<WindowTable::Key> WindowTable::keys_inside(const PrefixSet& prefixes) const
{
    std::vector<Key> keys;
    if (prefixes.empty()) return keys;
    for (Slot slot = order_.newest(); slot != kNoSlot; slot = tracked_keys_[slot].order.older)
        if (prefixes.contains(tracked_keys_[slot].key)) keys.push_back(tracked_keys_[slot].key);
    return keys;
}

void WindowTable::forgive_everywhere(const std::vector<Value>& tags, Value mask, Counts which)
{
    catch_up();
    for (Slot slot = order_.newest(); slot != kNoSlot;) {
        const Slot next = tracked_keys_[slot].order.older;
        for (Slot at = tracked_keys_[slot].first; at != kNoSlot; at = entries_[at].next) {
            if (std::binary_search(tags.begin(), tags.end(), entries_[at].tag & mask))
                drop(at, which);
        }
        drop_dead(slot);
        slot = next;
    }
}

}  // namespace mailban
