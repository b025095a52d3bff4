// LastSeen: when each of very many keys was last seen.
//
// A key is sixteen bytes, as in WindowTable; it takes 48. When there are too many, of those that
// were not noted for longest the one goes that was noted least often.
#pragma once

#include "mailban/keyed_pool.h"
#include "mailban/net/prefix_set.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/slot.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mailban {

class LastSeen {
public:
    using Key = IpAddress;

    // `capacity`: keys at once, at least 1.
    LastSeen(std::size_t capacity, std::uint64_t hash_seed);

    // Times may come in any order; the latest counts.
    void note(const Key& key, Timestamp at);
    // Whether the key was seen at most `span` before `at`, or later than that.
    bool holds(const Key& key, Timestamp at, Duration span) const;
    // What was noted at `at` was nothing: if the key was not seen later, it is as if it never was.
    void take_back(const Key& key, Timestamp at);
    void forget(const Key& key);
    // What was noted at a later time was at `at`: the clock was set back.
    void set_back(Timestamp at);

    std::size_t size() const noexcept { return keys_.size(); }
    // The keys that are addresses in `prefixes`; looks at every key.
    std::vector<Key> keys_inside(const PrefixSet& prefixes) const;

private:
    struct Seen {
        Key key{};
        Timestamp last{};
        SlotList::Links order{};
        std::uint32_t times = 0;
    };
    auto orders()
    {
        return [this](Slot slot) -> SlotList::Links& { return keys_[slot].order; };
    }
    void remove(Slot slot);

    std::size_t capacity_;
    KeyedPool<Seen, SeededHash> keys_;
    SlotList order_{};  // by when they were noted
};

}  // namespace mailban
