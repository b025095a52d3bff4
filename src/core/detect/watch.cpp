#include "mailban/detect/watch.h"

#include <algorithm>

namespace mailban {

namespace {

// How many of the longest unseen keys are looked at for the least guilty one.
constexpr int kEvictionCandidates = 8;
constexpr std::size_t kEntriesAKey = 3;

std::size_t entries_of_one_key(const std::vector<Watch::Count>& counts)
{
    std::size_t most = 1;
    for (const auto& count : counts)
        most += count.limit;
    return most;
}

}  // namespace

Watch::Watch(std::vector<Count> counts, std::size_t capacity, std::uint64_t hash_seed)
    : counts_(std::move(counts)),
      capacity_(std::max<std::size_t>(capacity, 1)),
      most_entries_(kEntriesAKey * capacity_ + entries_of_one_key(counts_)),
      holders_(std::make_unique<Holders>()),
      index_(0, Hash{SeededHash{hash_seed}, holders_.get()}, Equal{holders_.get()})
{
}

Watch::Counts Watch::hit(const Key& key, Tag tag, Timestamp at, Counts which, std::uint32_t times,
                         std::uint32_t scale)
{
    Times same{};
    same.fill(times);
    return hit(key, tag, at, which, same, scale);
}

Watch::Counts Watch::hit(const Key& key, Tag tag, Timestamp at, Counts which, const Times& times,
                         std::uint32_t scale)
{
    scale = std::clamp(scale, 1U, kMostScale);
    Counts tripped;
    if (which.none()) return tripped;
    const Slot slot = holder_of(key);
    Holder& holder = (*holders_)[slot];
    holder.guilt += std::min(*std::max_element(times.begin(), times.end()), ~holder.guilt);
    for (std::uint32_t noted = 0; wanting(which, tag, times, noted, scale).any(); ++noted)
        insert(holder, tag, at, wanting(which, tag, times, noted, scale));
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        if (which.test(index) && trips(holder, index, tag, scale)) tripped.set(index);
    }
    drop_dead(slot);
    while (entries_used_ > most_entries_ && index_.size() > 1)
        make_room(slot);
    return tripped;
}

// The counts to which another event at once would add something: not beyond the limit, and not the
// same tag again.
Watch::Counts Watch::wanting(Counts which, Tag tag, const Times& times, std::uint32_t noted,
                             std::uint32_t scale) const
{
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        const bool each = counts_each(counts_[index], tag);
        const std::uint32_t most = each ? counts_[index].limit * scale : 1;
        if (noted >= std::min(most, times[index])) which.reset(index);
    }
    return which;
}

bool Watch::counts_each(const Count& count, Tag tag) noexcept
{
    return count.of == Of::events || (count.of == Of::marks && (tag & kNoMark) != 0);
}

bool Watch::are_one(const Count& count, Tag one, Tag other) noexcept
{
    return !counts_each(count, one) && ((one ^ other) & count.alike) == 0;
}

std::uint32_t Watch::forgive(const Key& key, Tag tag, Counts which, Tag alike)
{
    const Slot slot = find(key);
    if (slot == kNone) return 0;
    std::uint32_t forgiven = 0;
    for (Slot at = (*holders_)[slot].first; at != kNone; at = entries_[at].next) {
        Entry& entry = entries_[at];
        if (((entry.tag ^ tag) & alike) != 0 || !entry.counts_for_any(which)) continue;
        entry.drop(which);
        ++forgiven;
    }
    drop_dead(slot);
    return forgiven;
}

bool Watch::take_back(const Key& key, Tag tag, Timestamp at)
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    const auto time = at.time_since_epoch().count();
    Slot each = (*holders_)[slot].first;
    while (each != kNone && (entries_[each].time() != time || entries_[each].tag != tag))
        each = entries_[each].next;
    if (each == kNone) return false;
    entries_[each].drop(~Counts());
    drop_dead(slot);
    return true;
}

bool Watch::retag(const Key& key, Tag before, Tag after, Timestamp at)
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    Holder& holder = (*holders_)[slot];
    Entry* earliest = nullptr;
    for (Slot each = holder.first; each != kNone; each = entries_[each].next) {
        Entry& entry = entries_[each];
        if (entry.time() < at.time_since_epoch().count()) break;
        if (entry.tag == before) earliest = &entry;
    }
    if (earliest == nullptr) return false;
    earliest->tag = after;
    for (std::size_t index = 0; index < counts_.size(); ++index)
        drop_alike(holder, index, after);
    drop_dead(slot);
    return true;
}

// Leaves the newest of those that count as one.
void Watch::drop_alike(Holder& holder, std::size_t index, Tag tag)
{
    bool has_newer = false;
    for (Slot at = holder.first; at != kNone; at = entries_[at].next) {
        Entry& entry = entries_[at];
        if (!entry.counts_for(index) || !are_one(counts_[index], entry.tag, tag)) continue;
        if (has_newer) entry.drop(Counts().set(index));
        has_newer = true;
    }
}

void Watch::set_back(Timestamp at)
{
    const std::int64_t latest = at.time_since_epoch().count();
    for (Entry& entry : entries_)  // free ones as well: they are nobody's
        entry.set_time(std::min(entry.time(), latest));
}

void Watch::forget(const Key& key)
{
    const Slot slot = find(key);
    if (slot != kNone) remove(slot);
}

std::vector<Watch::Key> Watch::keys_inside(const PrefixSet& prefixes) const
{
    std::vector<Key> keys;
    if (prefixes.empty()) return keys;
    for (Slot slot = newest_; slot != kNone; slot = (*holders_)[slot].older)
        if (prefixes.contains((*holders_)[slot].key)) keys.push_back((*holders_)[slot].key);
    return keys;
}

void Watch::forgive_everywhere(const std::vector<Tag>& tags, Tag alike)
{
    for (Slot slot = newest_; slot != kNone;) {
        const Slot next = (*holders_)[slot].older;
        for (Slot at = (*holders_)[slot].first; at != kNone; at = entries_[at].next) {
            Entry& entry = entries_[at];
            if (std::binary_search(tags.begin(), tags.end(), entry.tag & alike))
                entry.drop(~Counts());
        }
        drop_dead(slot);
        slot = next;
    }
}

// Whether the entry still matters to the count; the newest of each tag comes first.
bool Watch::tally(Tally& tally, const Count& count, const Entry& entry, Tag tag) const
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

bool Watch::trips(Holder& holder, std::size_t index, Tag tag, std::uint32_t scale)
{
    const Count& count = counts_[index];
    const Counts bit = Counts().set(index);
    Tally seen{.limit = count.limit * scale};
    for (Slot at = holder.first; at != kNone; at = entries_[at].next) {
        Entry& entry = entries_[at];
        if (entry.counts_for(index) && !tally(seen, count, entry, tag)) entry.drop(bit);
    }
    if (seen.found < seen.limit) return false;
    if (count.then == OnceTripped::stays) return true;
    for (Slot at = holder.first; at != kNone; at = entries_[at].next)
        entries_[at].drop(bit);
    return true;
}

std::size_t Watch::count(const Key& key, std::size_t index) const
{
    const Slot slot = find(key);
    if (slot == kNone) return 0;
    std::size_t found = 0;
    std::int64_t newest = 0;
    for (Slot at = (*holders_)[slot].first; at != kNone; at = entries_[at].next) {
        const Entry& entry = entries_[at];
        if (!entry.counts_for(index)) continue;
        if (found == 0) newest = entry.time();
        if (newest - entry.time() <= counts_[index].within.count()) ++found;
    }
    return found;
}

template <class Predicate>
bool Watch::any_holds(const Key& key, Counts which, Timestamp at, Predicate predicate) const
{
    const Slot slot = find(key);
    if (slot == kNone) return false;
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        if (!which.test(index)) continue;
        for (Slot each = (*holders_)[slot].first; each != kNone; each = entries_[each].next) {
            const Entry& entry = entries_[each];
            const auto age = at.time_since_epoch().count() - entry.time();
            const bool counts = age <= counts_[index].within.count() && entry.counts_for(index);
            if (counts && predicate(entry)) return true;
        }
    }
    return false;
}

bool Watch::holds(const Key& key, Counts which, Timestamp at) const
{
    return any_holds(key, which, at, [](const Entry&) { return true; });
}

bool Watch::holds_tag(const Key& key, Tag tag, Counts which, Timestamp at, Tag alike) const
{
    return any_holds(key, which, at,
                     [tag, alike](const Entry& entry) { return ((entry.tag ^ tag) & alike) == 0; });
}

void Watch::insert(Holder& holder, Tag tag, Timestamp at, Counts which)
{
    Slot slot = free_entry_;
    if (slot != kNone) {
        free_entry_ = entries_[slot].next;
    } else {
        slot = static_cast<Slot>(entries_.size());
        entries_.emplace_back();
    }
    ++entries_used_;
    Entry& entry = entries_[slot];
    entry.time_and_live = static_cast<std::int64_t>(which.to_ulong());
    entry.set_time(at.time_since_epoch().count());
    entry.tag = tag;
    Slot* link = &holder.first;
    while (*link != kNone && entries_[*link].time() > entry.time())
        link = &entries_[*link].next;
    entry.next = *link;
    *link = slot;
}

// Frees what no count needs any more; a key without anything is not under watch.
void Watch::drop_dead(Slot slot)
{
    Slot* link = &(*holders_)[slot].first;
    while (*link != kNone) {
        Entry& entry = entries_[*link];
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
    if ((*holders_)[slot].first == kNone) remove(slot);
}

Watch::Slot Watch::find(const Key& key) const
{
    const auto found = index_.find(key);
    return found == index_.end() ? kNone : *found;
}

Watch::Slot Watch::holder_of(const Key& key)
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
        free_holder_ = (*holders_)[slot].older;
        (*holders_)[slot] = Holder{};
    } else {
        slot = static_cast<Slot>(holders_->size());
        holders_->emplace_back();
    }
    (*holders_)[slot].key = key;
    index_.insert(slot);
    link_newest(slot);
    return slot;
}

void Watch::link_newest(Slot slot)
{
    Holder& holder = (*holders_)[slot];
    holder.older = newest_;
    holder.newer = kNone;
    if (newest_ != kNone) (*holders_)[newest_].newer = slot;
    newest_ = slot;
    if (oldest_ == kNone) oldest_ = slot;
}

void Watch::unlink(Slot slot)
{
    const Holder& holder = (*holders_)[slot];
    (holder.newer == kNone ? newest_ : (*holders_)[holder.newer].older) = holder.older;
    (holder.older == kNone ? oldest_ : (*holders_)[holder.older].newer) = holder.newer;
}

void Watch::remove(Slot slot)
{
    Holder& holder = (*holders_)[slot];
    while (holder.first != kNone) {
        const Slot entry = holder.first;
        holder.first = entries_[entry].next;
        entries_[entry].next = free_entry_;
        free_entry_ = entry;
        --entries_used_;
    }
    index_.erase(slot);
    unlink(slot);
    holder.older = free_holder_;
    free_holder_ = slot;
}

void Watch::make_room(Slot keep)
{
    Slot victim = kNone;
    Slot candidate = oldest_;
    for (int i = 0; i < kEvictionCandidates && candidate != kNone; ++i) {
        const Holder& holder = (*holders_)[candidate];
        const bool is_less = victim == kNone || holder.guilt < (*holders_)[victim].guilt;
        if (candidate != keep && is_less) victim = candidate;
        candidate = holder.newer;
    }
    remove(victim);
    ++evicted_;
}

}  // namespace mailban
