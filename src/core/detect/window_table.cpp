#include "mailban/detect/window_table.h"

#include <algorithm>

namespace mailban {

namespace {

// How many of the longest unseen keys are looked at for the least guilty one.
constexpr int kEvictionCandidates = 8;
constexpr std::size_t kEntriesAKey = 3;

std::size_t entries_of_one_key(const std::vector<WindowTable::Count>& counts)
{
    std::size_t most = 1;
    for (const auto& count : counts)
        most += count.limit;
    return most;
}

}  // namespace

WindowTable::WindowTable(std::vector<Count> counts, std::size_t capacity, std::uint64_t hash_seed)
    : counts_(std::move(counts)),
      capacity_(std::max<std::size_t>(capacity, 1)),
      most_entries_(kEntriesAKey * capacity_ + entries_of_one_key(counts_)),
      tracked_keys_(std::make_unique<TrackedKeys>()),
      index_(0, Hash{SeededHash{hash_seed}, tracked_keys_.get()}, Equal{tracked_keys_.get()})
{
}

WindowTable::Counts WindowTable::hit(const Key& key, Value tag, Timestamp at, Counts which,
                                     std::uint32_t times, std::uint32_t scale)
{
    Times same{};
    same.fill(times);
    return hit(key, tag, at, which, same, scale);
}

WindowTable::Counts WindowTable::hit(const Key& key, Value tag, Timestamp at, Counts which,
                                     const Times& times, std::uint32_t scale)
{
    scale = std::clamp(scale, 1U, kMostScale);
    Counts tripped;
    if (which.none()) return tripped;
    const Slot slot = holder_of(key);
    Tracked& tracked = (*tracked_keys_)[slot];
    tracked.guilt += std::min(*std::max_element(times.begin(), times.end()), ~tracked.guilt);
    for (std::uint32_t noted = 0; wanting(which, tag, times, noted, scale).any(); ++noted)
        insert(tracked, tag, at, wanting(which, tag, times, noted, scale));
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        if (which.test(index) && trips(tracked, index, tag, scale)) tripped.set(index);
    }
    drop_dead(slot);
    while (entries_used_ > most_entries_ && index_.size() > 1)
        make_room(slot);
    return tripped;
}

// The counts to which another event at once would add something: not beyond the limit, and not the
// same tag again.
WindowTable::Counts WindowTable::wanting(Counts which, Value tag, const Times& times,
                                         std::uint32_t noted, std::uint32_t scale) const
{
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        const bool each = counts_each(counts_[index], tag);
        const std::uint32_t most = each ? counts_[index].limit * scale : 1;
        if (noted >= std::min(most, times[index])) which.reset(index);
    }
    return which;
}

bool WindowTable::counts_each(const Count& count, Value tag) noexcept
{
    return count.of == Counted::events || (count.of == Counted::marks && (tag & kNoMark) != 0);
}

bool WindowTable::are_one(const Count& count, Value one, Value other) noexcept
{
    return !counts_each(count, one) && ((one ^ other) & count.mask) == 0;
}

std::uint32_t WindowTable::forgive(const Key& key, Value tag, Counts which, Value mask)
{
    const Slot slot = find(key);
    if (slot == kNone) return 0;
    std::uint32_t forgiven = 0;
    for (Slot at = (*tracked_keys_)[slot].first; at != kNone; at = entries_[at].next) {
        Hit& entry = entries_[at];
        if (((entry.tag ^ tag) & mask) != 0 || !entry.counts_for_any(which)) continue;
        entry.drop(which);
        ++forgiven;
    }
    drop_dead(slot);
    return forgiven;
}

bool WindowTable::take_back(const Key& key, Value tag, Timestamp at)
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    const auto time = at.time_since_epoch().count();
    Slot each = (*tracked_keys_)[slot].first;
    while (each != kNone && (entries_[each].time() != time || entries_[each].tag != tag))
        each = entries_[each].next;
    if (each == kNone) return false;
    entries_[each].drop(~Counts());
    drop_dead(slot);
    return true;
}

bool WindowTable::amend(const Key& key, Value before, Value after, Timestamp at)
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    Tracked& tracked = (*tracked_keys_)[slot];
    Hit* earliest = nullptr;
    for (Slot each = tracked.first; each != kNone; each = entries_[each].next) {
        Hit& entry = entries_[each];
        if (entry.time() < at.time_since_epoch().count()) break;
        if (entry.tag == before) earliest = &entry;
    }
    if (earliest == nullptr) return false;
    earliest->tag = after;
    for (std::size_t index = 0; index < counts_.size(); ++index)
        drop_alike(tracked, index, after);
    drop_dead(slot);
    return true;
}

// Leaves the newest of those that count as one.
void WindowTable::drop_alike(Tracked& tracked, std::size_t index, Value tag)
{
    bool has_newer = false;
    for (Slot at = tracked.first; at != kNone; at = entries_[at].next) {
        Hit& entry = entries_[at];
        if (!entry.counts_for(index) || !are_one(counts_[index], entry.tag, tag)) continue;
        if (has_newer) entry.drop(Counts().set(index));
        has_newer = true;
    }
}

void WindowTable::set_back(Timestamp at)
{
    const std::int64_t latest = at.time_since_epoch().count();
    for (Hit& entry : entries_)  // free ones as well: they are nobody's
        entry.set_time(std::min(entry.time(), latest));
}

void WindowTable::forget(const Key& key)
{
    const Slot slot = find(key);
    if (slot != kNone) remove(slot);
}

std::vector<WindowTable::Key> WindowTable::keys_inside(const PrefixSet& prefixes) const
{
    std::vector<Key> keys;
    if (prefixes.empty()) return keys;
    for (Slot slot = newest_; slot != kNone; slot = (*tracked_keys_)[slot].older)
        if (prefixes.contains((*tracked_keys_)[slot].key))
            keys.push_back((*tracked_keys_)[slot].key);
    return keys;
}

void WindowTable::forgive_everywhere(const std::vector<Value>& tags, Value mask)
{
    for (Slot slot = newest_; slot != kNone;) {
        const Slot next = (*tracked_keys_)[slot].older;
        for (Slot at = (*tracked_keys_)[slot].first; at != kNone; at = entries_[at].next) {
            Hit& entry = entries_[at];
            if (std::binary_search(tags.begin(), tags.end(), entry.tag & mask))
                entry.drop(~Counts());
        }
        drop_dead(slot);
        slot = next;
    }
}

// Whether the entry still matters to the count; the newest of each tag comes first.
bool WindowTable::tally(Tally& tally, const Count& count, const Hit& entry, Value tag) const
{
    if (!tally.has_newest) {
        tally.has_newest = true;
        tally.newest = entry.time();
    }
    if (tally.newest - entry.time() > count.within.count() || tally.found == tally.limit)
        return false;
    if (are_one(count, entry.tag, tag)) {
        if (tally.has_tag) return false;
        tally.has_tag = true;
    }
    ++tally.found;
    return true;
}

bool WindowTable::trips(Tracked& tracked, std::size_t index, Value tag, std::uint32_t scale)
{
    const Count& count = counts_[index];
    const Counts bit = Counts().set(index);
    Tally seen{.limit = count.limit * scale};
    for (Slot at = tracked.first; at != kNone; at = entries_[at].next) {
        Hit& entry = entries_[at];
        if (entry.counts_for(index) && !tally(seen, count, entry, tag)) entry.drop(bit);
    }
    if (seen.found < seen.limit) return false;
    if (count.then == OnceTripped::stays) return true;
    for (Slot at = tracked.first; at != kNone; at = entries_[at].next)
        entries_[at].drop(bit);
    return true;
}

std::size_t WindowTable::count(const Key& key, std::size_t index) const
{
    const Slot slot = find(key);
    if (slot == kNone) return 0;
    std::size_t found = 0;
    std::int64_t newest = 0;
    for (Slot at = (*tracked_keys_)[slot].first; at != kNone; at = entries_[at].next) {
        const Hit& entry = entries_[at];
        if (!entry.counts_for(index)) continue;
        if (found == 0) newest = entry.time();
        if (newest - entry.time() <= counts_[index].within.count()) ++found;
    }
    return found;
}

template <class Predicate>
bool WindowTable::any_holds(const Key& key, Counts which, Timestamp at, Predicate predicate) const
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        if (!which.test(index)) continue;
        for (Slot each = (*tracked_keys_)[slot].first; each != kNone; each = entries_[each].next) {
            const Hit& entry = entries_[each];
            const auto age = at.time_since_epoch().count() - entry.time();
            const bool counts = age <= counts_[index].within.count() && entry.counts_for(index);
            if (counts && predicate(entry)) return true;
        }
    }
    return false;
}

bool WindowTable::holds(const Key& key, Counts which, Timestamp at) const
{
    return any_holds(key, which, at, [](const Hit&) { return true; });
}

bool WindowTable::holds_value(const Key& key, Value tag, Counts which, Timestamp at,
                              Value mask) const
{
    return any_holds(key, which, at,
                     [tag, mask](const Hit& entry) { return ((entry.tag ^ tag) & mask) == 0; });
}

void WindowTable::insert(Tracked& tracked, Value tag, Timestamp at, Counts which)
{
    Slot slot = free_entry_;
    if (slot != kNone) {
        free_entry_ = entries_[slot].next;
    } else {
        slot = static_cast<Slot>(entries_.size());
        entries_.emplace_back();
    }
    ++entries_used_;
    Hit& entry = entries_[slot];
    entry.time_and_live = static_cast<std::int64_t>(which.to_ulong());
    entry.set_time(at.time_since_epoch().count());
    entry.tag = tag;
    Slot* link = &tracked.first;
    while (*link != kNone && entries_[*link].time() > entry.time())
        link = &entries_[*link].next;
    entry.next = *link;
    *link = slot;
}

// Frees what no count needs any more; a key without anything is not under watch.
void WindowTable::drop_dead(Slot slot)
{
    Slot* link = &(*tracked_keys_)[slot].first;
    while (*link != kNone) {
        Hit& entry = entries_[*link];
        entry.drop(retired_);
        if (!entry.is_dead()) {
            link = &entry.next;
            continue;
        }
        const Slot dead = *link;
        *link = entry.next;
        entry.next = free_entry_;
        free_entry_ = dead;
        --entries_used_;
    }
    if ((*tracked_keys_)[slot].first == kNone) remove(slot);
}

WindowTable::Slot WindowTable::find(const Key& key) const
{
    const auto found = index_.find(key);
    return found == index_.end() ? kNone : *found;
}

WindowTable::Slot WindowTable::holder_of(const Key& key)
{
    Slot slot = find(key);
    if (slot != kNone) {
        unlink(slot);
        link_newest(slot);
        return slot;
    }
    if (index_.size() >= capacity_) make_room(kNone);
    slot = free_holder_;
    if (slot != kNone) {
        free_holder_ = (*tracked_keys_)[slot].older;
        (*tracked_keys_)[slot] = Tracked{};
    } else {
        slot = static_cast<Slot>(tracked_keys_->size());
        tracked_keys_->emplace_back();
    }
    (*tracked_keys_)[slot].key = key;
    index_.insert(slot);
    link_newest(slot);
    return slot;
}

void WindowTable::link_newest(Slot slot)
{
    Tracked& tracked = (*tracked_keys_)[slot];
    tracked.older = newest_;
    tracked.newer = kNone;
    if (newest_ != kNone) (*tracked_keys_)[newest_].newer = slot;
    newest_ = slot;
    if (oldest_ == kNone) oldest_ = slot;
}

void WindowTable::unlink(Slot slot)
{
    const Tracked& tracked = (*tracked_keys_)[slot];
    (tracked.newer == kNone ? newest_ : (*tracked_keys_)[tracked.newer].older) = tracked.older;
    (tracked.older == kNone ? oldest_ : (*tracked_keys_)[tracked.older].newer) = tracked.newer;
}

void WindowTable::remove(Slot slot)
{
    Tracked& tracked = (*tracked_keys_)[slot];
    while (tracked.first != kNone) {
        const Slot entry = tracked.first;
        tracked.first = entries_[entry].next;
        entries_[entry].next = free_entry_;
        free_entry_ = entry;
        --entries_used_;
    }
    index_.erase(slot);
    unlink(slot);
    tracked.older = free_holder_;
    free_holder_ = slot;
}

void WindowTable::make_room(Slot keep)
{
    Slot victim = kNone;
    Slot candidate = oldest_;
    for (int i = 0; i < kEvictionCandidates && candidate != kNone; ++i) {
        const Tracked& tracked = (*tracked_keys_)[candidate];
        const bool is_less = victim == kNone || tracked.guilt < (*tracked_keys_)[victim].guilt;
        if (candidate != keep && is_less) victim = candidate;
        candidate = tracked.newer;
    }
    remove(victim);
    ++evicted_;
}

}  // namespace mailban
