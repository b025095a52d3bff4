// Zone: which UTC offset local time has, when.
//
// A value, so that the core needs no tz database: the shell fills in the changes of the years a log
// can span (TimeZone::over). The default is UTC.
#pragma once

#include "mailban/time/time.h"

#include <optional>
#include <utility>
#include <vector>

namespace mailban {

class Zone {
public:
    struct Change {
        Timestamp from{};               // first instant of this offset
        std::chrono::seconds offset{};  // local time minus UTC
        bool operator==(const Change&) const = default;
    };
    // What is known of a line beside its stamp. It tells the two passes of an hour that comes twice
    // apart: a line that is read as it is written is the second pass if that has come already; a
    // line of an old log belongs behind the line before it.
    struct Vantage {
        std::optional<Timestamp> read_at{};   // when the line was read; none was written later
        std::optional<Timestamp> previous{};  // when the line before it was written
        bool is_live = false;                 // it is read as it is written
    };

    Zone() = default;
    // Changes in order of time; the first also holds for all time before it.
    explicit Zone(std::vector<Change> changes) : changes_(std::move(changes)) {}
    static Zone fixed(std::chrono::seconds offset) { return Zone({{Timestamp{}, offset}}); }

    std::chrono::seconds offset_at(Timestamp at) const noexcept;

    // Local wall-clock time (given as if it were UTC) to UTC. In the hour that comes twice the
    // first reading is taken, unless the vantage shows that it is the second; in the hour that
    // never is, the offset before the change.
    Timestamp to_utc(Timestamp local) const noexcept;
    // Of the line that is read next.
    void look_from(const Vantage& vantage) noexcept { vantage_ = vantage; }

    // The same offsets; the vantage is no part of a zone.
    bool operator==(const Zone& other) const { return changes_ == other.changes_; }

private:
    bool is_second(Timestamp first, Timestamp second) const noexcept;

    std::vector<Change> changes_{};
    Vantage vantage_{};
};

}  // namespace mailban
