// Recorder: gathers what the engine wants remembered and how far the logs were read, and writes
// both in one transaction (invariant 6). What cannot be written now is kept and tried again.
#pragma once

#include "io/source/source_position.h"
#include "io/store/store.h"
#include "mailban/engine/effect.h"

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
    // Writes who is banned now and who was before, whatever the store has.
    using PutStanding = std::function<Status(Store& store)>;

    Recorder(Store& store, PutStanding put_standing)
        : store_(&store), put_standing_(std::move(put_standing))
    {
    }

    // From now on it writes there: first how far each log was read, and what waits.
    void write_to(Store& store);
    // Events that were recorded before any that wait, and are to be written again.
    void note_before(std::vector<StoredEvent> events);

    // `source` is the name of the log that an event came from.
    void note(const RecordEvent& record, const std::string& source);
    void note(const RecordSetBack& record);
    void note(const RecordWithdrawal& record);
    void note(const RecordBan& record) { note(BanOrEnd{record.ban, {}, false}); }
    void note(const RecordEnd& record) { note(BanOrEnd{{}, record, true}); }
    void note(const RecordPardon& record);
    void note(const RecordOffender& record);
    void note(const RecordLogin& record);
    void note(const RecordAllowed& record) { allowed_[record.entry.prefix] = record.entry; }
    void note(const RecordDisallowed& record) { allowed_[record.prefix] = std::nullopt; }
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

    // Writes everything noted. On an error it stays noted. Beyond a bound the newest events and
    // logins are then dropped, and counted; of bans and offenders how they came to stand.
    Status commit();

    std::uint64_t dropped() const noexcept { return dropped_; }
    // How many bans, their ends and offenders are kept until they can be written.
    std::size_t waiting() const noexcept { return bans_and_ends_.size() + offenders_.size(); }
    static constexpr std::size_t kMostWaiting = 100'000;  // of each kind

private:
    struct BanOrEnd {
        Ban ban{};
        RecordEnd end{};
        bool is_end = false;
    };

    void note(BanOrEnd entry);
    Status write();
    Status write_events();
    bool empty() const noexcept;

    Store* store_;
    PutStanding put_standing_;
    bool has_to_put_standing_ = false;
    std::optional<Timestamp> set_back_{};  // concerns the events that were written before
    std::vector<StoredEvent> events_{};
    // Behind how many of these events each was pardoned.
    std::vector<std::pair<std::size_t, RecordPardon>> pardons_{};
    std::vector<RecordWithdrawal> withdrawals_{};  // from these, or from those written before
    std::vector<BanOrEnd> bans_and_ends_{};
    std::vector<Offender> offenders_{};
    std::vector<RecordLogin> logins_{};
    std::map<Prefix, std::optional<Allowed>> allowed_{};  // nullopt: no longer
    std::map<std::string, std::vector<IpAddress>> addresses_{};
    std::map<std::string, std::optional<LearnedClock>> clocks_{};
    std::map<std::string, SourcePosition> positions_{};
    std::map<std::string, SourcePosition> reached_{};  // the same, those that were written included
    std::uint64_t dropped_ = 0;
};

}  // namespace mailban::io
