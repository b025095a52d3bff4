#include "mailban/detect/window_table.h"

#include <algorithm>
#include <bit>

namespace mailban {

namespace {

constexpr std::size_t kEntriesAKey = 3;
// So many of a key are walked at each event.
constexpr std::uint32_t kFew = 8;

// After how many more of `entries` they are walked: at least an eighth of them, so that an event
// costs a walk past eight on average.
std::uint32_t step_of(std::uint32_t entries) noexcept
{
    return std::max(kFew, std::bit_floor(entries) / 4);
}

template <class Visitor>
void each_of(WindowTable::Counts which, Visitor visit)
{
    for (auto bits = which.to_ullong(); bits != 0; bits &= bits - 1)
        visit(static_cast<std::size_t>(std::countr_zero(bits)));
}

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
      tracked_keys_(SeededHash{hash_seed})
{
    most_entries_ = kEntriesAKey * capacity_ + entries_of_one_key(counts_);
    if (counts_.size() > kFewCounts) more_live_.resize(1);
}

// Entries are never given back: there are as many as there ever were at once.
bool WindowTable::was_ever_full() const noexcept
{
    return evicted_ > 0 || entries_.size() > kEntriesAKey * capacity_;
}

std::optional<std::size_t> WindowTable::add_count(const Count& count)
{
    catch_up();
    std::size_t index = counts_.size();
    if (index >= kFewCounts && retired_.any()) {
        if (unused_.none()) drop_retired();
        for (index = 0; !unused_.test(index);)
            ++index;
    }
    if (index == kMostCounts) return std::nullopt;
    if (index == counts_.size()) {
        counts_.push_back(count);
    } else {
        counts_[index] = count;
        retired_.reset(index);
        unused_.reset(index);
    }
    if (counts_.size() > kFewCounts) more_live_.resize(std::max<std::size_t>(entries_.size(), 1));
    most_entries_ = kEntriesAKey * capacity_ + entries_of_one_key(counts_);
    return index;
}

// Hits that nothing needs stay where they are until their keys are seen again.
void WindowTable::drop_retired()
{
    const auto bits = retired_.to_ullong();
    const auto kept = ~static_cast<std::int64_t>(bits & 0xff);
    for (Slot entry = 0; entry < entries_.size(); ++entry)
        entries_[entry].time_and_live &= kept;
    const auto more_kept = static_cast<std::uint8_t>(~(bits >> kFewCounts));
    for (std::uint8_t& more : more_live_)
        more &= more_kept;
    unused_ = retired_;
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
    return hit_within(key, tag, at, which, times, limits(scale));
}

WindowTable::Limits WindowTable::limits(std::uint32_t scale) const noexcept
{
    scale = std::clamp(scale, 1U, kMostScale);
    Limits scaled{};
    for (std::size_t index = 0; index < counts_.size(); ++index)
        scaled[index] = counts_[index].limit * scale;
    return scaled;
}

std::uint32_t WindowTable::most_of(const Times& times) const noexcept
{
    return *std::max_element(times.begin(),
                             times.begin() + static_cast<std::ptrdiff_t>(counts_.size()));
}

WindowTable::Counts WindowTable::hit_within(const Key& key, Value tag, Timestamp at, Counts which,
                                            const Times& times, const Limits& limits)
{
    if (which.none()) return {};
    const Slot slot = holder_of(key);
    Tracked& tracked = tracked_keys_[slot];
    const std::uint32_t most = most_of(times);
    tracked.guilt = std::min(kMostGuilt, tracked.guilt + std::min(most, kMostGuilt)) & kMostGuilt;
    const std::uint32_t before = tracked.entries;
    for (std::uint32_t noted = 0; noted < most; ++noted) {
        const auto wanted = wanting(which, tag, times, noted, limits);
        if (wanted.none()) break;
        insert(tracked, tag, at, wanted, kAll);
    }
    return count_up(slot, tag, which, limits, before);
}

WindowTable::Counts WindowTable::recall(const Key& key, Value tag, Timestamp at, Counts which,
                                        const Times& times, std::uint32_t scale)
{
    return recall_within(key, tag, at, which, times, limits(scale));
}

WindowTable::Counts WindowTable::recall_within(const Key& key, Value tag, Timestamp at,
                                               Counts which, const Times& times,
                                               const Limits& limits)
{
    if (which.none()) return {};
    Slot slot = find(key);
    if (slot != kNoSlot) catch_up(slot);
    if (slot == kNoSlot) {
        if (size() >= capacity_) return {};
        slot = tracked_keys_.add({.key = key});
        order_.add_oldest(slot, orders());
    }
    const std::uint32_t before = tracked_keys_[slot].entries;
    const std::uint32_t most = most_of(times);
    for (std::uint32_t noted = 0; noted < most; ++noted) {
        const auto wanted = wanting(which, tag, times, noted, limits);
        if (wanted.none()) break;
        if (!mark(tracked_keys_[slot], tag, at, wanted))
            insert(tracked_keys_[slot], tag, at, wanted, wanted);
    }
    return count_up(slot, tag, which, limits, before);
}

bool WindowTable::is_plain() const noexcept
{
    return counts_.size() == 1 && counts_[0].of == Counted::events &&
           counts_[0].then == OnceTripped::starts_anew && retired_.none();
}

bool WindowTable::may_put_off(const Tracked& tracked, std::uint32_t before,
                              std::uint32_t limit) const noexcept
{
    const std::uint32_t now = tracked.entries;
    const std::uint32_t step = step_of(now);
    const bool is_due = now <= kFew || now / step != before / step;
    const bool has_room = entries_used_ <= most_entries_ - most_entries_ / 8;
    return !is_due && has_room && now < std::min(limit, kMostEntries) && is_plain();
}

// Whether the span of the one count has passed.
bool WindowTable::is_past(const Tracked& tracked, const Hit& entry) const noexcept
{
    return entries_[tracked.first].time() - entry.time() > counts_[0].within.count();
}

// Drops what was put off; of few nothing was.
void WindowTable::catch_up(Slot slot)
{
    const Tracked& tracked = tracked_keys_[slot];
    if (tracked.entries <= kFew || !is_plain()) return;
    bool has_dead = false;
    for (Slot at = tracked.first; at != kNoSlot; at = entries_[at].next) {
        if (!is_past(tracked, entries_[at])) continue;
        drop(at, kAll);
        has_dead = true;
    }
    if (has_dead) drop_dead(slot);
}

void WindowTable::catch_up()
{
    if (!is_plain()) return;
    for (Slot slot = order_.newest(); slot != kNoSlot;) {
        const Slot next = tracked_keys_[slot].order.older;
        catch_up(slot);
        slot = next;
    }
}

// Which of the counts trip with what was just noted.
WindowTable::Counts WindowTable::count_up(Slot slot, Value tag, Counts which, const Limits& limits,
                                          std::uint32_t before)
{
    Counts tripped;
    if (!may_put_off(tracked_keys_[slot], before, limits[0]))
        tripped = walk(slot, tag, which, limits);
    limit_entries(slot);
    return tripped;
}

// One walk for all counts, because what costs time is the way from one entry to the next.
WindowTable::Counts WindowTable::walk(Slot slot, Value tag, Counts which, const Limits& limits)
{
    // Of sixteen, mostly few are asked for.
    std::array<Tally, kMostCounts> tallies;  // NOLINT(*-member-init): what is read is written
    each_of(which, [&tallies](std::size_t index) { tallies[index] = Tally{}; });
    bool has_dead = retired_.any() || tracked_keys_[slot].first == kNoSlot;
    for (Slot at = tracked_keys_[slot].first; at != kNoSlot;) {
        const Hit& entry = entries_[at];
        const Counts before = live(at);
        Counts over;
        each_of(before & which, [&](std::size_t index) {
            if (!tally(tallies[index], counts_[index], limits[index], entry, tag)) over.set(index);
        });
        const Counts left = before & ~over;
        if (over.any()) set_live(at, left);
        has_dead = has_dead || left.none();
        at = entry.next;
    }
    Counts tripped;
    Counts done;
    each_of(which, [&](std::size_t index) {
        if (tallies[index].found < limits[index]) return;
        tripped.set(index);
        if (counts_[index].then == OnceTripped::starts_anew) done.set(index);
    });
    if (has_dead || done.any()) drop_dead(slot, done);
    return tripped;
}

// An entry of another count that is this event: of several alike the one that was noted first.
bool WindowTable::mark(const Tracked& tracked, Value tag, Timestamp at, Counts which)
{
    const auto time = at.time_since_epoch().count();
    Slot found = kNoSlot;
    for (Slot each = tracked.first; each != kNoSlot; each = entries_[each].next) {
        if (entries_[each].time() < time) break;
        const bool is_same = entries_[each].time() == time && entries_[each].tag == tag;
        if (is_same && (live(each) & which).none()) found = each;
    }
    if (found == kNoSlot) return false;
    set_live(found, live(found) | which);
    return true;
}

// The counts to which another event at once would add something: not beyond the limit, and not the
// same tag again.
WindowTable::Counts WindowTable::wanting(Counts which, Value tag, const Times& times,
                                         std::uint32_t noted, const Limits& limits) const
{
    for (std::size_t index = 0; index < counts_.size(); ++index) {
        const bool each = counts_each(counts_[index], tag);
        const std::uint32_t most = each ? limits[index] : 1;
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

// Whether the entry still matters to the count; the newest of each tag comes first.
bool WindowTable::tally(Tally& tally, const Count& count, std::uint32_t limit, const Hit& entry,
                        Value tag) noexcept
{
    if (!tally.has_newest) {
        tally.has_newest = true;
        tally.newest = entry.time();
    }
    if (tally.newest - entry.time() > count.within.count() || tally.found == limit) return false;
    if (are_one(count, entry.tag, tag)) {
        if (tally.has_tag) return false;
        tally.has_tag = true;
    }
    ++tally.found;
    return true;
}

std::size_t WindowTable::count(const Key& key, std::size_t index) const
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return 0;
    std::size_t found = 0;
    std::int64_t newest = 0;
    for (Slot at = tracked_keys_[slot].first; at != kNoSlot; at = entries_[at].next) {
        if (!live(at).test(index)) continue;
        const Hit& entry = entries_[at];
        if (found == 0) newest = entry.time();
        if (newest - entry.time() <= counts_[index].within.count()) ++found;
    }
    return found;
}

template <class Predicate>
bool WindowTable::any_holds(const Key& key, Counts which, Timestamp at, Predicate predicate) const
{
    const Slot slot = find(key);
    if (slot == kNoSlot) return false;
    const bool is_one = is_plain();
    for (Slot each = tracked_keys_[slot].first; each != kNoSlot; each = entries_[each].next) {
        const Hit& entry = entries_[each];
        if (is_one && is_past(tracked_keys_[slot], entry)) return false;
        const auto age = at.time_since_epoch().count() - entry.time();
        bool counts = false;
        each_of(live(each) & which, [&](std::size_t index) {
            counts = counts || age <= counts_[index].within.count();
        });
        if (counts && predicate(entry)) return true;
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

bool WindowTable::holds_other(const Key& key, Value tag, Counts which, Timestamp at) const
{
    return any_holds(key, which, at, [tag](const Hit& entry) { return entry.tag != tag; });
}

Slot WindowTable::insert(Tracked& tracked, Value tag, Timestamp at, Counts which, Counts behind)
{
    Slot slot = free_entry_;
    if (slot != kNoSlot) {
        free_entry_ = entries_[slot].next;
    } else {
        slot = static_cast<Slot>(entries_.size());
        entries_.push_back({});
        if (!more_live_.empty()) more_live_.resize(entries_.size());
    }
    ++entries_used_;
    Hit& entry = entries_[slot];
    entry.set_time(at.time_since_epoch().count());
    entry.tag = tag;
    set_live(slot, which);
    const auto is_newer = [&](Slot other) {
        const auto time = entries_[other].time();
        return time > entry.time() || (time == entry.time() && (live(other) & behind).none());
    };
    Slot* link = &tracked.first;
    while (*link != kNoSlot && is_newer(*link))
        link = &entries_[*link].next;
    entry.next = *link;
    *link = slot;
    tracked.entries = std::min(kMostEntries, tracked.entries + 1U) & kMostEntries;
    return slot;
}

// Frees what no count needs any more, and these not at all; a key without anything is not under
// watch.
void WindowTable::drop_dead(Slot slot, Counts done)
{
    done |= retired_;
    std::uint32_t left = 0;
    Slot* link = &tracked_keys_[slot].first;
    while (*link != kNoSlot) {
        Hit& entry = entries_[*link];
        if (done.any()) drop(*link, done);
        if (live(*link).any()) {
            ++left;
            link = &entry.next;
            continue;
        }
        const Slot dead = *link;
        *link = entry.next;
        entry.next = free_entry_;
        free_entry_ = dead;
        --entries_used_;
    }
    tracked_keys_[slot].entries = std::min(kMostEntries, left) & kMostEntries;
    if (left == 0) remove(slot);
}

}  // namespace mailban
