// Recorder: gathers what the engine wants remembered and how far the logs were read, for one
// transaction after the other (invariant 6). What cannot be written now is kept and tried again.
//
// A transaction costs the same however little is in it, so it is not made for each line: is_due()
// says when. Until then a crash loses nothing but work: the lines are read again. While a
// transaction is being written, what is noted belongs to the next one.
#pragma once

#include "io/daemon/record_batch.h"
#include "io/store/store.h"
#include "mailban/engine/effect.h"
#include "mailban/event/source.h"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

class Recorder {
public:
    using Clock = std::chrono::steady_clock;
    // The shortest time between two transactions, by the weightiest that waits: a ban or its end;
    // kMany events or logins; one of these; nothing but how far logs were read. But see kVeryMany.
    static constexpr Clock::duration kBetweenBans = std::chrono::milliseconds(50);
    static constexpr Clock::duration kBetweenMany = std::chrono::milliseconds(100);
    static constexpr Clock::duration kBetweenEvents = std::chrono::milliseconds(200);
    static constexpr Clock::duration kBetweenPositions = std::chrono::seconds(5);
    static constexpr std::size_t kMany = 100;
    // So many come from an old log. Each transaction writes pages again that are not full, so that
    // a transaction each 50 ms would write half as much again, the slower the machine the more.
    static constexpr std::size_t kVeryMany = 1000;
    static constexpr Clock::duration kBetweenVeryMany = std::chrono::milliseconds(250);
    // With so many records a transaction begins, however little time has passed.
    static constexpr std::size_t kFullBatch = 20'000;

    // Who is banned now and who was before.
    using TakeStanding = std::function<Standing()>;

    // `names` knows the sources of events; it outlives this object and every batch.
    Recorder(SourceNames& names, TakeStanding take_standing)
        : names_(names), take_standing_(std::move(take_standing))
    {
    }

    // From now on another store is written to: first how far each log was read, and what waits.
    void change_store();
    // Events that were recorded before any that wait, and are to be written again.
    void note_before(std::vector<StoredEvent> events);

    // Records are written in the order in which they were noted.
    void note(Record record);
    // What a host name of the allowlist resolves to now.
    void note_addresses(const std::string& name, std::vector<IpAddress> addresses)
    {
        addresses_[name] = std::move(addresses);
    }
    void note_position(const std::string& source, const SourcePosition& position);
    void note_clock(const std::string& source, const std::optional<LearnedClock>& learned)
    {
        clocks_[source] = learned;
    }
    // Bans and offenders are all to be written as they stand, in place of what was noted of them.
    void note_standing();

    // Whether anything waits to be written.
    bool has_any() const noexcept { return !has_positions_at_most() || !positions_.empty(); }
    // Whether what was noted is to be written by now.
    bool is_due(Clock::time_point now) const noexcept;
    // So much waits that nothing more should come before some of it is written.
    bool is_crowded() const noexcept { return records_.size() >= kCrowd; }
    static constexpr std::size_t kCrowd = 2 * kFullBatch;

    // Everything noted, which is being written until settle(); nullptr: nothing waits, or something
    // is being written.
    const RecordBatch* begin();
    // What begin() gave was written by `now`, or could not be: then it stays noted. Beyond a bound
    // the newest events and logins are dropped, and counted; of bans and offenders how they came to
    // stand.
    void settle(bool is_written, Clock::time_point now);
    bool is_writing() const noexcept { return batch_.has_value(); }
    // Transactions have numbers. That of the one with what was noted last, and of the one that was
    // settled last, one way or the other.
    std::uint64_t newest() const noexcept { return begun_ + (has_any() ? 1 : 0); }
    std::uint64_t settled() const noexcept { return begun_ - (is_writing() ? 1 : 0); }

    std::uint64_t dropped() const noexcept { return dropped_; }
    // How many bans, their ends and offenders are kept until they can be written.
    std::size_t waiting() const noexcept;
    static constexpr std::size_t kMostWaiting = 100'000;  // of these together, else of each kind

private:
    using Counts = RecordBatch::Counts;

    template <class Kind>
    std::size_t count_of() const noexcept;
    // With what is being written, which may have to be written again.
    std::size_t kept_of(std::size_t kind) const noexcept
    {
        return counts_[kind] + (batch_ ? batch_->counts[kind] : 0);
    }
    bool has_room_for(const Record& record);
    bool has_positions_at_most() const noexcept;
    bool has_decisions() const noexcept;
    void keep_spare(std::vector<Record> records);
    void take_back();

    SourceNames& names_;
    TakeStanding take_standing_;
    bool has_to_put_standing_ = false;
    std::vector<Record> records_{};
    std::vector<Record> spare_{};  // empty: room for those of the next batch
    Counts counts_{};              // of records_, by kind
    std::map<std::string, std::vector<IpAddress>> addresses_{};
    std::map<std::string, std::optional<LearnedClock>> clocks_{};
    std::map<std::string, SourcePosition> positions_{};
    std::map<std::string, SourcePosition> reached_{};  // the same, those that were written included
    std::optional<RecordBatch> batch_{};               // what is being written
    std::uint64_t begun_ = 0;
    std::uint64_t dropped_ = 0;
    std::optional<Clock::time_point> committed_{};
};

}  // namespace mailban::io
