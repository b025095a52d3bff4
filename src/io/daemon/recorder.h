// Recorder: gathers what the engine wants remembered and how far the logs were read, and writes
// both in one transaction (invariant 6). What cannot be written now is kept and tried again.
#pragma once

#include "io/source/source_position.h"
#include "io/store/store.h"
#include "mailban/engine/effect.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

class Recorder {
public:
    explicit Recorder(Store& store) : store_(&store) {}

    // From now on it writes there: first how far each log was read, and what waits.
    void write_to(Store& store);
    // Events that were recorded before any that wait, and are to be written again.
    void note_before(std::vector<StoredEvent> events);

    // `source` is the name of the log that an event came from.
    void note(const RecordEvent& record, const std::string& source);
    void note(const RecordSetBack& record);
    void note(const RecordBan& record) { bans_and_ends_.push_back({record.ban, {}, false}); }
    void note(const RecordEnd& record) { bans_and_ends_.push_back({{}, record, true}); }
    void note(const RecordOffender& record) { offenders_.push_back(record.offender); }
    void note(const RecordLogin& record) { logins_.push_back(record.login); }
    void note(const RecordAllowed& record) { allowed_[record.entry.prefix] = record.entry; }
    void note(const RecordDisallowed& record) { allowed_[record.prefix] = std::nullopt; }
    // What a host name of the allowlist resolves to now.
    void note_addresses(const std::string& name, std::vector<IpAddress> addresses)
    {
        addresses_[name] = std::move(addresses);
    }
    void note_position(const std::string& source, const SourcePosition& position);

    // Writes everything noted. On an error it stays noted; the newest events are then dropped
    // beyond a bound, and counted.
    Status commit();

    std::uint64_t dropped() const noexcept { return dropped_; }

private:
    struct BanOrEnd {
        Ban ban{};
        RecordEnd end{};
        bool is_end = false;
    };

    Status write();
    bool empty() const noexcept;

    Store* store_;
    std::optional<Timestamp> set_back_{};  // concerns the events that were written before
    std::vector<StoredEvent> events_{};
    std::vector<BanOrEnd> bans_and_ends_{};
    std::vector<Offender> offenders_{};
    std::vector<KnownLogin> logins_{};
    std::map<Prefix, std::optional<Allowed>> allowed_{};  // nullopt: no longer
    std::map<std::string, std::vector<IpAddress>> addresses_{};
    std::map<std::string, SourcePosition> positions_{};
    std::map<std::string, SourcePosition> reached_{};  // the same, those that were written included
    std::uint64_t dropped_ = 0;
};

}  // namespace mailban::io
