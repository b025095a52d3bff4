// WindowTable: the keys, by their hashes and in order of when they were last seen.
#include "mailban/detect/window_table.h"

#include <bit>

namespace mailban {

namespace {

// How many of the longest unseen keys are looked at for the least guilty one.
constexpr int kEvictionCandidates = 8;
// More cost memory, fewer cost time: each other key in a bucket is one more place to look at.
constexpr std::size_t kBucketsAKey = 2;

}  // namespace

std::size_t WindowTable::bucket_of(const Key& key) const noexcept
{
    const std::size_t hash = hash_(key);
    const std::size_t all = std::bit_ceil(buckets_.size());
    const std::size_t bucket = hash & (all - 1);
    // Not every bucket of the last doubling is there yet.
    return bucket < buckets_.size() ? bucket : hash & (all / 2 - 1);
}

// Takes its keys from one other bucket.
void WindowTable::add_bucket()
{
    const std::size_t added = buckets_.size();
    buckets_.push_back(kNone);
    Slot* link = &buckets_[added - std::bit_floor(added)];
    while (*link != kNone) {
        const Slot slot = *link;
        Tracked& tracked = tracked_keys_[slot];
        if (bucket_of(tracked.key) != added) {
            link = &tracked.next;
            continue;
        }
        *link = tracked.next;
        tracked.next = buckets_[added];
        buckets_[added] = slot;
    }
}

WindowTable::Slot WindowTable::find(const Key& key) const
{
    Slot slot = buckets_[bucket_of(key)];
    while (slot != kNone && !(tracked_keys_[slot].key == key))
        slot = tracked_keys_[slot].next;
    return slot;
}

WindowTable::Slot WindowTable::holder_of(const Key& key)
{
    Slot slot = find(key);
    if (slot != kNone) {
        unlink(slot);
    } else {
        if (size_ >= capacity_) make_room(kNone);
        slot = add_holder(key);
    }
    link_newest(slot);
    return slot;
}

// It has no place in order of time yet.
WindowTable::Slot WindowTable::add_holder(const Key& key)
{
    for (std::size_t added = 0;
         added < kBucketsAKey && buckets_.size() < kBucketsAKey * (size_ + 1); ++added)
        add_bucket();
    Slot slot = free_holder_;
    if (slot != kNone) {
        free_holder_ = tracked_keys_[slot].older;
        tracked_keys_[slot] = Tracked{};
    } else {
        slot = static_cast<Slot>(tracked_keys_.size());
        tracked_keys_.push_back({});
    }
    Tracked& tracked = tracked_keys_[slot];
    Slot& bucket = buckets_[bucket_of(key)];
    tracked.key = key;
    tracked.next = bucket;
    bucket = slot;
    ++size_;
    return slot;
}

void WindowTable::link_newest(Slot slot)
{
    Tracked& tracked = tracked_keys_[slot];
    tracked.older = newest_;
    tracked.newer = kNone;
    if (newest_ != kNone) tracked_keys_[newest_].newer = slot;
    newest_ = slot;
    if (oldest_ == kNone) oldest_ = slot;
}

void WindowTable::link_oldest(Slot slot)
{
    Tracked& tracked = tracked_keys_[slot];
    tracked.newer = oldest_;
    tracked.older = kNone;
    if (oldest_ != kNone) tracked_keys_[oldest_].older = slot;
    oldest_ = slot;
    if (newest_ == kNone) newest_ = slot;
}

void WindowTable::unlink(Slot slot)
{
    const Tracked& tracked = tracked_keys_[slot];
    (tracked.newer == kNone ? newest_ : tracked_keys_[tracked.newer].older) = tracked.older;
    (tracked.older == kNone ? oldest_ : tracked_keys_[tracked.older].newer) = tracked.newer;
}

void WindowTable::remove(Slot slot)
{
    Tracked& tracked = tracked_keys_[slot];
    while (tracked.first != kNone) {
        const Slot entry = tracked.first;
        tracked.first = entries_[entry].next;
        entries_[entry].next = free_entry_;
        free_entry_ = entry;
        --entries_used_;
    }
    Slot* link = &buckets_[bucket_of(tracked.key)];
    while (*link != slot)
        link = &tracked_keys_[*link].next;
    *link = tracked.next;
    --size_;
    unlink(slot);
    tracked.older = free_holder_;
    free_holder_ = slot;
}

// What was put off is dropped before anything that counts.
void WindowTable::limit_entries(Slot keep)
{
    while (entries_used_ > most_entries_ && size_ > 1) {
        Slot candidate = oldest_;
        for (int i = 0; i < kEvictionCandidates && candidate != kNone; ++i) {
            catch_up(candidate);
            candidate = tracked_keys_[candidate].newer;
        }
        if (entries_used_ > most_entries_) make_room(keep);
    }
}

void WindowTable::make_room(Slot keep)
{
    Slot victim = kNone;
    Slot candidate = oldest_;
    for (int i = 0; i < kEvictionCandidates && candidate != kNone; ++i) {
        const Tracked& tracked = tracked_keys_[candidate];
        const bool is_less = victim == kNone || tracked.guilt < tracked_keys_[victim].guilt;
        if (candidate != keep && is_less) victim = candidate;
        candidate = tracked.newer;
    }
    remove(victim);
    ++evicted_;
}

}  // namespace mailban
