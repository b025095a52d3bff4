// WindowTable: up to sixteen counts for each of very many keys, exactly, in little memory.
//
// A count trips on the N-th event whose age against the newest is at most W; a count of different
// tags, on the N-th different tag within W, and one of marks likewise, but that an event whose mark
// is not known counts as one of its own. Events of a key are kept once for all of its counts,
// sixteen bytes each, and only while some count may still need them. Times may come in any order.
//
// A key is sixteen bytes: an address, the first address of a block, or a hash of a name. When the
// keys or the events are too many, the least guilty of the longest unseen keys makes room.
//
// No call that notes an event does work that grows with the number of keys: the table of keys grows
// by one bucket at a time.
#pragma once

#include "mailban/blocks.h"
#include "mailban/keyed_pool.h"
#include "mailban/net/prefix_set.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/time/time.h"

#include <array>
#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <vector>

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
    static constexpr std::size_t kMostCounts = 16;
    // Beyond so many counts each event takes a byte more.
    static constexpr std::size_t kFewCounts = 8;
    using Counts = std::bitset<kMostCounts>;  // which of them
    static constexpr Counts kAll{0xffff};

    // `capacity`: keys at once, at least 1. Three times as many events are kept.
    WindowTable(std::vector<Count> counts, std::size_t capacity, std::uint64_t hash_seed);
    // Never copied by mistake: a list that grows would rather copy than move what it holds.
    WindowTable(WindowTable&&) = default;
    WindowTable& operator=(WindowTable&&) = default;

    // Notes so many events at once, for each of the counts in `which` as many as `times` has for
    // it; which of them trip with these.
    using Times = std::array<std::uint32_t, kMostCounts>;
    // `scale`, 1 to kMostScale: this time the limits of this key are so many times as high.
    Counts hit(const Key& key, Value tag, Timestamp at, Counts which, const Times& times,
               std::uint32_t scale = 1);
    Counts hit(const Key& key, Value tag, Timestamp at, Counts which, std::uint32_t times = 1,
               std::uint32_t scale = 1);
    static constexpr std::uint32_t kMostScale = 10;
    // The same, and this time the counts have these limits of their own, each at least 1.
    using Limits = Times;
    Counts hit_within(const Key& key, Value tag, Timestamp at, Counts which, const Times& times,
                      const Limits& limits);
    // The counts' own limits, so many times as high.
    Limits limits(std::uint32_t scale = 1) const noexcept;
    // Notes events that happened before, for counts that were added since (add_count). They come in
    // the order in which they were first noted. An event that is kept for another count is not kept
    // twice, and the key stays where it is among the longest unseen. Where the table is full, a key
    // that is not in it is passed over: it made room before.
    Counts recall(const Key& key, Value tag, Timestamp at, Counts which, const Times& times,
                  std::uint32_t scale = 1);
    Counts recall_within(const Key& key, Value tag, Timestamp at, Counts which, const Times& times,
                         const Limits& limits);
    // Takes the key's events with this tag, or one like it in the bits of `alike`, out of the
    // counts in `which`. Returns the number of events that counted in one of these.
    std::uint32_t forgive(const Key& key, Value tag, Counts which, Value mask = ~Value{0});
    // The number of events that forgive() would take out.
    std::uint32_t count_alike(const Key& key, Value tag, Counts which,
                              Value mask = ~Value{0}) const;
    // Takes one event that was noted at `at` with this tag out of the counts in `which`; trips that
    // were stay. False: there is no such event.
    bool take_back(const Key& key, Value tag, Timestamp at, Counts which = kAll);
    // An event that was noted with the tag `before`, not earlier than `at`, turns out to have
    // `after`: where another one has it, too, the two count as one. Trips that were stay, and so do
    // other counts than those in `which`. False: there is no such event.
    bool amend(const Key& key, Value before, Value after, Timestamp at, Counts which = kAll);

    // Events that were noted at a later time happened at `at`: the clock was set back.
    void set_back(Timestamp at);

    // These counts are not asked for any more: what only they need is freed as its keys are seen
    // again, or make room.
    void retire(Counts which) noexcept
    {
        retired_ |= which & (kAll >> (kMostCounts - counts_.size()));
    }
    // Another count, which has counted nothing yet (recall). Returns its index; nullopt: there are
    // kMostCounts. May take the place of one that is retired, and then looks at every event: some
    // milliseconds for a million.
    std::optional<std::size_t> add_count(const Count& count);
    // As many counts as there are, with those that are retired.
    std::size_t counts() const noexcept { return counts_.size(); }

    // Takes the key's events out of the counts in `which`.
    void forget(const Key& key, Counts which = kAll);
    // The keys that are addresses in `prefixes`; looks at every key.
    std::vector<Key> keys_inside(const PrefixSet& prefixes) const;
    // Takes the events of every key whose tag is one of `tags` in the bits of `alike` out of the
    // counts in `which`; looks at every event. `tags` are cut to these bits, and in order.
    void forgive_everywhere(const std::vector<Value>& tags, Value mask = ~Value{0},
                            Counts which = kAll);

    // How far a count has come: events or tags within the span of the newest.
    std::size_t count(const Key& key, std::size_t index) const;
    // Whether any event of the key still counts in one of `which`, seen from `at`.
    bool holds(const Key& key, Counts which, Timestamp at) const;
    // Whether an event of the key with this tag, or one like it in the bits of `alike`, does.
    bool holds_value(const Key& key, Value tag, Counts which, Timestamp at,
                     Value mask = ~Value{0}) const;
    // Whether an event of the key with another tag does.
    bool holds_other(const Key& key, Value tag, Counts which, Timestamp at) const;

    std::size_t size() const noexcept { return tracked_keys_.size(); }
    std::uint64_t evicted() const noexcept { return evicted_; }
    // Whether a table of the same capacity, with one of these counts alone, may have been too small
    // for the same events.
    bool was_ever_full() const noexcept;

private:
    struct Hit {
        // Microseconds, a thousand years each way; below them, in eight bits, the first counts that
        // may still need the event (live).
        std::int64_t time_and_live = 0;
        Value tag = 0;
        Slot next = kNoSlot;  // older

        std::int64_t time() const noexcept { return time_and_live >> kFewCounts; }
        void set_time(std::int64_t time) noexcept
        {
            time_and_live = time << kFewCounts | (time_and_live & 0xff);
        }
    };
    static_assert(sizeof(Hit) == 16);
    struct Tracked {
        Key key{};
        Slot first = kNoSlot;     // entries, the newest first
        SlotList::Links order{};  // of keys, by when they were last seen
        // Events since it came under watch, and entries; each but the last number counts no
        // further.
        std::uint32_t guilt : 22 = 0;
        std::uint32_t entries : 10 = 0;
    };
    static constexpr std::uint32_t kMostGuilt = (1U << 22U) - 1;
    static constexpr std::uint32_t kMostEntries = (1U << 10U) - 1;

    // One walk over a key's entries, as one count sees them.
    struct Tally {
        std::uint32_t found;
        bool has_newest;
        bool has_tag;
        std::int64_t newest;
    };
    static bool tally(Tally& tally, const Count& count, std::uint32_t limit, const Hit& entry,
                      Value tag) noexcept;
    template <class Predicate>
    bool any_holds(const Key& key, Counts which, Timestamp at, Predicate predicate) const;
    static bool are_one(const Count& count, Value one, Value other) noexcept;
    // Whether each event with this tag counts.
    static bool counts_each(const Count& count, Value tag) noexcept;

    // With one count of events there are as many as there are entries. So a walk over many of them
    // is put off while they are fewer than the limit, until an eighth to a quarter more have come
    // (at least eight), and as long as there is room: what is too old stays a little longer, and is
    // dropped before anything else is done with the key.
    bool is_plain() const noexcept;
    bool may_put_off(const Tracked& tracked, std::uint32_t before,
                     std::uint32_t limit) const noexcept;
    void catch_up(Slot slot);
    void catch_up();
    bool is_past(const Tracked& tracked, const Hit& entry) const noexcept;

    // The counts that may still need the entry.
    Counts live(Slot entry) const noexcept
    {
        auto bits = static_cast<std::uint64_t>(entries_[entry].time_and_live & 0xff);
        if (!more_live_.empty()) bits |= std::uint64_t{more_live_[entry]} << kFewCounts;
        return {bits};
    }
    void set_live(Slot entry, Counts which) noexcept
    {
        const auto bits = which.to_ullong();
        auto& both = entries_[entry].time_and_live;
        both = (both & ~std::int64_t{0xff}) | static_cast<std::int64_t>(bits & 0xff);
        if (!more_live_.empty()) more_live_[entry] = static_cast<std::uint8_t>(bits >> kFewCounts);
    }
    void drop(Slot entry, Counts which) noexcept { set_live(entry, live(entry) & ~which); }
    void drop_retired();

    Slot find(const Key& key) const { return tracked_keys_.find(key); }
    Slot holder_of(const Key& key);
    auto orders()
    {
        return [this](Slot slot) -> SlotList::Links& { return tracked_keys_[slot].order; };
    }
    void remove(Slot slot);
    void make_room(Slot keep);
    void limit_entries(Slot keep);
    // `behind`: among entries of the same time it comes behind those that no such count needs.
    Slot insert(Tracked& tracked, Value tag, Timestamp at, Counts which, Counts behind);
    bool mark(const Tracked& tracked, Value tag, Timestamp at, Counts which);
    // `before`: how many entries the key had.
    Counts count_up(Slot slot, Value tag, Counts which, const Limits& limits, std::uint32_t before);
    Counts walk(Slot slot, Value tag, Counts which, const Limits& limits);
    std::uint32_t most_of(const Times& times) const noexcept;
    Counts wanting(Counts which, Value tag, const Times& times, std::uint32_t noted,
                   const Limits& limits) const;
    void drop_alike(Tracked& tracked, std::size_t index, Value tag);
    void drop_dead(Slot slot, Counts done = {});

    std::vector<Count> counts_;
    Counts retired_{};
    Counts unused_{};  // of these: no entry has them any more
    std::size_t capacity_;
    std::size_t most_entries_ = 0;
    std::uint64_t evicted_ = 0;
    KeyedPool<Tracked, SeededHash> tracked_keys_;
    Blocks<Hit> entries_{};
    // Of each entry, where there are more than kFewCounts: further counts that may still need it.
    std::vector<std::uint8_t> more_live_{};
    std::size_t entries_used_ = 0;
    Slot free_entry_ = kNoSlot;
    SlotList order_{};
};

}  // namespace mailban
