// Zone: which UTC offset the machine's local time had, when.
//
// A value, so that the core needs no tz database: the shell fills in the changes of the years a log
// can span. The default is UTC.
#pragma once

#include "mailban/time/time.h"

#include <utility>
#include <vector>

namespace mailban {

class Zone {
public:
    struct Change {
        Timestamp from{};               // first instant of this offset
        std::chrono::seconds offset{};  // local time minus UTC
    };

    Zone() = default;
    // Changes in order of time; the first also holds for all time before it.
    explicit Zone(std::vector<Change> changes) : changes_(std::move(changes)) {}
    static Zone fixed(std::chrono::seconds offset) { return Zone({{Timestamp{}, offset}}); }

    std::chrono::seconds offset_at(Timestamp at) const noexcept;

    // Local wall-clock time (given as if it were UTC) to UTC. In the hour that comes twice the
    // earlier reading is taken; in the hour that never is, the offset before the change.
    Timestamp to_utc(Timestamp local) const noexcept;

private:
    std::vector<Change> changes_{};
};

}  // namespace mailban
