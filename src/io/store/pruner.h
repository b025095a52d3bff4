// Pruner: keeps the state database within its age and its size, a portion at a time.
//
// By age go events, bans that ended, offenders and logins that are too old. By size go the oldest
// events that no window needs; then the oldest bans that ended; then, for want of anything else,
// the oldest events that a rule still needs, and it is told. Bans that stand, offenders, logins and
// positions are never dropped for their size.
#pragma once

#include "io/store/store.h"
#include "mailban/result.h"
#include "mailban/time/time.h"

#include <chrono>
#include <cstdint>
#include <optional>

namespace mailban::io {

struct PruneLimits {
    Timestamp events{};                 // events and ended bans before go
    Timestamp offenders{};              // whose last ban began before
    std::optional<Timestamp> logins{};  // that were last repeated before
    Timestamp needed{};                 // events from here on are in some rule's window
    std::uint64_t most_bytes = 0;
};

struct PruneReport {
    std::uint64_t events = 0;            // dropped for the size
    std::uint64_t needed = 0;            // of these, that a window still needed
    std::uint64_t bans = 0;              // ended ones, dropped for the size
    std::optional<Timestamp> at{};       // when the last of them was dropped
    std::optional<Timestamp> reached{};  // the time of the newest event among them
};

class Pruner {
public:
    explicit Pruner(std::chrono::microseconds portion = std::chrono::milliseconds(8))
        : portion_(portion)
    {
    }

    // Whether ages are to be looked at by now, though nothing was stored since run() had nothing
    // more to do.
    bool is_due(Timestamp now) const noexcept;
    // One portion, in a transaction of its own. False: there is nothing more to do for now.
    Result<bool> run(Store& store, const PruneLimits& limits, Timestamp now);
    const PruneReport& report() const noexcept { return report_; }

private:
    Result<std::size_t> drop_for_size(Store& store, const PruneLimits& limits, Timestamp now);
    Result<bool> work(Store& store, const PruneLimits& limits, Timestamp now);

    std::chrono::microseconds portion_;
    std::optional<Timestamp> looked_at_age_{};
    PruneReport report_{};
};

}  // namespace mailban::io
