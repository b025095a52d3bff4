// Recorder: gathers what the engine wants remembered and how far the logs were read, and writes
// both in one transaction (invariant 6). What cannot be written now is kept and tried again.
//
// A transaction costs the same however little is in it, so it is not made for each line: is_due()
// says when. Until then a crash loses nothing but work: the lines are read again. A transaction may
// be written in portions, so that the thread has time for others; what is noted meanwhile belongs
// to the next one.
#pragma once

#include "io/source/source_position.h"
#include "io/store/store.h"
#include "mailban/engine/effect.h"
#include "mailban/event/source.h"

#include <array>
#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace mailban::io {

// What one transaction writes.
struct RecordBatch {
    using Counts = std::array<std::size_t, std::variant_size_v<Record>>;
    bool has_to_put_standing = false;
    std::vector<Record> records{};
    Counts counts{};  // of records, by kind
    std::map<std::string, std::vector<IpAddress>> addresses{};
    std::map<std::string, std::optional<LearnedClock>> clocks{};
    std::map<std::string, SourcePosition> positions{};
    std::size_t written = 0;  // records
};

class Recorder {
public:
    using Clock = std::chrono::steady_clock;
    // The shortest time between two transactions, by the weightiest that waits: a ban or its end;
    // kMany events or logins; one of these; nothing but how far logs were read. But see kVeryMany.
    static constexpr Clock::duration kBetweenBans = std::chrono::milliseconds(50);
    static constexpr Clock::duration kBetweenMany = std::chrono::milliseconds(100);
    static constexpr Clock::duration kBetweenEvents = std::chrono::milliseconds(200);
    static constexpr Clock::duration kBetweenPositions = std::chrono::seconds(5);
    // The end of a transaction cannot be written in portions, and each record brings a page or two
    // of its own: with 400 records it takes some 2 ms.
    static constexpr std::size_t kMany = 100;
    // So many come from an old log. Each transaction writes pages again that are not full, so that
    // a transaction each 50 ms would write half as much again, the slower the machine the more.
    static constexpr std::size_t kVeryMany = 1000;
    static constexpr Clock::duration kBetweenVeryMany = std::chrono::milliseconds(250);
    // With so many records a transaction begins, however little time has passed.
    static constexpr std::size_t kMostAtOnce = 20'000;

    // Writes who is banned now and who was before, whatever the store has.
    using PutStanding = std::function<Status(Store& store)>;

    // `names` knows the sources of events; it and `store` outlive this object.
    Recorder(Store& store, SourceNames& names, PutStanding put_client_status)
        : store_(&store), names_(names), put_standing_(std::move(put_client_status))
    {
    }

    // From now on it writes there: first how far each log was read, and what waits.
    void write_to(Store& store);
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

    // Whether what was noted is to be written by now.
    bool is_due(Clock::time_point now) const noexcept;
    // So much waits behind what is being written that portions do not keep up: all of it is to be
    // written at once.
    bool is_crowded() const noexcept { return is_writing() && records_.size() >= kMostAtOnce; }
    // Writes everything noted. On an error it stays noted. Beyond a bound the newest events and
    // logins are then dropped, and counted; of bans and offenders how they came to stand.
    Status commit(Clock::time_point now);
    // The same in portions: begins to write what was noted by now, or writes on. Nothing of it is
    // stored until is_writing() is false again. An error: it is as if it had not begun.
    Status commit_some(Clock::time_point now);
    bool is_writing() const noexcept { return batch_.has_value(); }
    // Takes back what commit_some() has begun, as an error would.
    void abandon();
    // Records: it takes some 0.3 ms. Of very many it is more, so that no batch takes more than
    // kMostPortions: who reads an old log goes on reading between two of them. Of 20,000 a portion
    // takes some 3 ms, and ten times as much if all are bans.
    static constexpr std::size_t kPortion = 32;
    static constexpr std::size_t kMostPortions = 64;

    std::uint64_t dropped() const noexcept { return dropped_; }
    // How many bans, their ends and offenders are kept until they can be written.
    std::size_t waiting() const noexcept;
    static constexpr std::size_t kMostWaiting = 100'000;  // of these together, else of each kind

private:
    struct Writer;
    using Counts = RecordBatch::Counts;
    using Batch = RecordBatch;

    template <class Kind>
    std::size_t count_of() const noexcept;
    bool has_room_for(const Record& record);
    bool has_positions_at_most() const noexcept;
    bool has_decisions() const noexcept;
    Status begin_batch();
    Status write_records(std::size_t most);
    Status settle(Status written, Clock::time_point now);
    void keep_spare(std::vector<Record> records);
    void take_back();

    Store* store_;
    SourceNames& names_;
    PutStanding put_standing_;
    bool has_to_put_standing_ = false;
    std::vector<Record> records_{};
    std::vector<Record> spare_{};  // empty: room for those of the next batch
    Counts counts_{};              // of records_, by kind
    std::map<std::string, std::vector<IpAddress>> addresses_{};
    std::map<std::string, std::optional<LearnedClock>> clocks_{};
    std::map<std::string, SourcePosition> positions_{};
    std::map<std::string, SourcePosition> reached_{};  // the same, those that were written included
    std::optional<Batch> batch_{};                     // what is being written
    std::uint64_t dropped_ = 0;
    std::optional<Clock::time_point> committed_{};
};

}  // namespace mailban::io
