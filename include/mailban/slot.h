// Slot: a place in a pool (pool.h, keyed_pool.h). It stays until it is given back.
//
// SlotList: an order of such places, through links that the values there hold. Each call takes a
// time that does not depend on how many there are.
#pragma once

#include <cstdint>
#include <limits>

namespace mailban {

using Slot = std::uint32_t;
inline constexpr Slot kNoSlot = std::numeric_limits<Slot>::max();

class SlotList {
public:
    // What each value holds for it.
    struct Links {
        Slot newer = kNoSlot;
        Slot older = kNoSlot;
    };

    // kNoSlot: there is none.
    Slot newest() const noexcept { return newest_; }
    Slot oldest() const noexcept { return oldest_; }

    // `links`: a function that gives the Links of the value at a place.
    template <class LinksAt>
    void add_newest(Slot slot, LinksAt links)
    {
        links(slot) = {kNoSlot, newest_};
        (newest_ != kNoSlot ? links(newest_).newer : oldest_) = slot;
        newest_ = slot;
    }
    template <class LinksAt>
    void add_oldest(Slot slot, LinksAt links)
    {
        links(slot) = {oldest_, kNoSlot};
        (oldest_ != kNoSlot ? links(oldest_).older : newest_) = slot;
        oldest_ = slot;
    }
    template <class LinksAt>
    void remove(Slot slot, LinksAt links)
    {
        const Links out = links(slot);
        (out.newer != kNoSlot ? links(out.newer).older : newest_) = out.older;
        (out.older != kNoSlot ? links(out.older).newer : oldest_) = out.newer;
    }

    // Of the eight oldest the one of the least weight, of equals the oldest: who makes room where
    // strangers fill a table. kNoSlot: there is none.
    template <class LinksAt, class Weight>
    Slot lightest_of_oldest(LinksAt links, Weight weight) const
    {
        Slot lightest = oldest_;
        Slot candidate = oldest_;
        for (int looked_at = 0; looked_at < kLookedAt && candidate != kNoSlot; ++looked_at) {
            if (weight(candidate) < weight(lightest)) lightest = candidate;
            candidate = links(candidate).newer;
        }
        return lightest;
    }
    static constexpr int kLookedAt = 8;

private:
    Slot newest_ = kNoSlot;
    Slot oldest_ = kNoSlot;
};

}  // namespace mailban
