// WindowTable: up to eight counts for each of very many keys, exactly, in little memory.
//
// A count trips on the N-th event whose age against the newest is at most W; a count of different
// tags, on the N-th different tag within W, and one of marks likewise, but that an event whose mark
// is not known counts as one of its own. Events of a key are kept once for all of its counts,
// sixteen bytes each, and only while some count may still need them. Times may come in any order.
//
// A key is sixteen bytes: an address, the first address of a block, or a hash of a name. When the
// keys or the events are too many, the least guilty of the longest unseen keys makes room.
#pragma once

#include "mailban/net/prefix_set.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/time/time.h"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <vector>

#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

class WindowTable {
public:
    using Key = IpAddress;
    // What tells events of one key apart: a hash. 0 is a tag like others.
    using Value = std::uint32_t;

    // A tag with this bit set has no mark.
    static constexpr Value kNoMark = 0x8000;

    enum class Counted : std::uint8_t { events, values, marks };
    enum class OnceTripped : std::uint8_t {
        starts_anew,
        stays,  // and trips with every further event, until too few are left within the span
    };
    struct Count {
        std::uint32_t limit = 1;  // at least 1
        Duration within{};
        Counted of = Counted::events;
        OnceTripped then = OnceTripped::starts_anew;
        Value mask = ~Value{0};  // two tags are the same if they are so in these bits
    };
    static constexpr std::size_t kMostCounts = 8;
    using Counts = std::bitset<kMostCounts>;  // which of them

    // `capacity`: keys at once, at least 1. Three times as many events are kept.
    WindowTable(std::vector<Count> counts, std::size_t capacity, std::uint64_t hash_seed);

    // Notes so many events at once, for each of the counts in `which` as many as `times` has for
    // it; which of them trip with these.
    using Times = std::array<std::uint32_t, kMostCounts>;
    // `scale`, 1 to kMostScale: this time the limits of this key are so many times as high.
    Counts hit(const Key& key, Value tag, Timestamp at, Counts which, const Times& times,
               std::uint32_t scale = 1);
    Counts hit(const Key& key, Value tag, Timestamp at, Counts which, std::uint32_t times = 1,
               std::uint32_t scale = 1);
    static constexpr std::uint32_t kMostScale = 10;
    // Takes the key's events with this tag, or one like it in the bits of `alike`, out of the
    // counts in `which`. Returns the number of events that counted in one of these.
    std::uint32_t forgive(const Key& key, Value tag, Counts which, Value mask = ~Value{0});
    // Takes one event that was noted at `at` with this tag out of all counts; trips that were stay.
    // False: there is no such event.
    bool take_back(const Key& key, Value tag, Timestamp at);
    // An event that was noted with the tag `before`, not earlier than `at`, turns out to have
    // `after`: where another one has it, too, the two count as one. Trips that were stay. False:
    // there is no such event.
    bool amend(const Key& key, Value before, Value after, Timestamp at);

    // Events that were noted at a later time happened at `at`: the clock was set back.
    void set_back(Timestamp at);

    // These counts are not asked for any more: what only they need is freed as its keys are seen
    // again, or make room.
    void retire(Counts which) noexcept { retired_ |= which; }

    // Takes away all of the key's events.
    void forget(const Key& key);
    // The keys that are addresses in `prefixes`; looks at every key.
    std::vector<Key> keys_inside(const PrefixSet& prefixes) const;
    // Takes the events of every key whose tag is one of `tags` in the bits of `alike` out of all
    // counts; looks at every event. `tags` are cut to these bits, and in order.
    void forgive_everywhere(const std::vector<Value>& tags, Value mask = ~Value{0});

    // How far a count has come: events or tags within the span of the newest.
    std::size_t count(const Key& key, std::size_t index) const;
    // Whether any event of the key still counts in one of `which`, seen from `at`.
    bool holds(const Key& key, Counts which, Timestamp at) const;
    // Whether an event of the key with this tag, or one like it in the bits of `alike`, does.
    bool holds_value(const Key& key, Value tag, Counts which, Timestamp at,
                     Value mask = ~Value{0}) const;

    std::size_t size() const noexcept { return index_.size(); }
    std::uint64_t evicted() const noexcept { return evicted_; }

private:
    using Slot = std::uint32_t;
    static constexpr Slot kNone = ~Slot{0};

    struct Hit {
        // Microseconds, a thousand years each way; below them, in eight bits, the counts that may
        // still need the event.
        std::int64_t time_and_live = 0;
        Value tag = 0;
        Slot next = kNone;  // older

        std::int64_t time() const noexcept { return time_and_live >> kMostCounts; }
        void set_time(std::int64_t time) noexcept
        {
            time_and_live = time << kMostCounts | (time_and_live & 0xff);
        }
        bool counts_for(std::size_t index) const noexcept
        {
            return (time_and_live >> index & 1) != 0;
        }
        bool counts_for_any(Counts which) const noexcept
        {
            return (static_cast<std::uint64_t>(time_and_live) & which.to_ullong()) != 0;
        }
        bool is_dead() const noexcept { return (time_and_live & 0xff) == 0; }
        void drop(Counts which) noexcept
        {
            time_and_live &= ~static_cast<std::int64_t>(which.to_ulong());
        }
    };
    static_assert(sizeof(Hit) == 16);
    struct Tracked {
        Key key{};
        Slot first = kNone;  // entries, the newest first
        Slot newer = kNone;  // holders in order of when they were last seen
        Slot older = kNone;
        std::uint32_t guilt = 0;  // events since it came under watch
    };
    using TrackedKeys = std::deque<Tracked>;

    struct Hash {
        using is_transparent = void;
        SeededHash hash{};
        const TrackedKeys* tracked_keys = nullptr;
        std::size_t operator()(const Key& key) const noexcept { return hash(key); }
        std::size_t operator()(Slot slot) const noexcept { return hash((*tracked_keys)[slot].key); }
    };
    struct Equal {
        using is_transparent = void;
        const TrackedKeys* tracked_keys = nullptr;
        bool operator()(Slot a, Slot b) const noexcept { return a == b; }
        bool operator()(const Key& a, Slot b) const noexcept { return a == (*tracked_keys)[b].key; }
        bool operator()(Slot a, const Key& b) const noexcept { return b == (*tracked_keys)[a].key; }
    };

    // One walk over a key's entries, as one count sees them.
    struct Tally {
        std::uint32_t found = 0;
        bool has_newest = false;
        bool has_tag = false;
        std::int64_t newest = 0;
        std::uint32_t limit = 0;
    };
    bool tally(Tally& tally, const Count& count, const Hit& entry, Value tag) const;
    template <class Predicate>
    bool any_holds(const Key& key, Counts which, Timestamp at, Predicate predicate) const;
    static bool are_one(const Count& count, Value one, Value other) noexcept;
    // Whether each event with this tag counts.
    static bool counts_each(const Count& count, Value tag) noexcept;

    Slot find(const Key& key) const;
    Slot holder_of(const Key& key);
    void link_newest(Slot slot);
    void unlink(Slot slot);
    void remove(Slot slot);
    void make_room(Slot keep);
    void insert(Tracked& tracked, Value tag, Timestamp at, Counts which);
    Counts wanting(Counts which, Value tag, const Times& times, std::uint32_t noted,
                   std::uint32_t scale) const;
    void drop_alike(Tracked& tracked, std::size_t index, Value tag);
    bool trips(Tracked& tracked, std::size_t index, Value tag, std::uint32_t scale);
    void drop_dead(Slot slot);

    std::vector<Count> counts_;
    Counts retired_{};
    std::size_t capacity_;
    std::size_t most_entries_;
    std::uint64_t evicted_ = 0;
    std::unique_ptr<TrackedKeys>
        tracked_keys_;  // where the index finds it, wherever the watch is moved
    std::deque<Hit> entries_{};
    std::size_t entries_used_ = 0;
    Slot free_holder_ = kNone;
    Slot free_entry_ = kNone;
    Slot newest_ = kNone;
    Slot oldest_ = kNone;
    boost::unordered_flat_set<Slot, Hash, Equal> index_;
};

}  // namespace mailban
