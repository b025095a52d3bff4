// LogZone: how one log's stamps are to be read, and what its live lines show of that.
//
// A server in another time zone stamps its lines a constant number of hours away from when they
// arrive. That is recognised, used and noted. What is recognised as a zone is the log's own offset
// from UTC, not its distance from the machine's zone: it stays right when the machine's zone
// changes to summer time.
//
// It is not recognised from one line, nor from lines that arrive late: five samples more must agree
// than disagree, each a second after the one before, over ten seconds or more; all of them within
// some seconds of one multiple of 15 minutes; and the offset must be one that some zone in the
// world has.
#pragma once

#include "mailban/time/zone.h"

#include <cstdint>
#include <optional>
#include <string>

namespace mailban {

// What was recognised: to be kept with the log's position, for a backlog shows nothing of it.
struct LearnedClock {
    enum class Kind : std::uint8_t {
        zone,   // stamps without an offset are local time at `offset` from UTC
        clock,  // stamps carry an offset of their own, and their clock is `offset` ahead
    };
    Kind kind = Kind::zone;
    std::chrono::seconds offset{};
    bool operator==(const LearnedClock&) const = default;
};

class LogZone {
public:
    // `zone`: in which stamps without an offset are. If the administrator gave it, it is never
    // overruled; what is recognised is noted all the same.
    enum class Origin : std::uint8_t { machine, configuration };
    LogZone(Zone zone, Origin origin, std::optional<LearnedClock> learned = {});

    // In which the log's lines are to be parsed.
    const Zone& zone() const noexcept { return used_; }
    // The machine's zone is another one now.
    void set_zone(Zone zone);

    // A live line that was parsed in zone(), and when it arrived. True: what is known has changed,
    // zone() perhaps with it; this line's stamp is still to be corrected by correction() before.
    bool note(Timestamp stamp, Timestamp arrival);
    // What to add to a stamp that was parsed in zone().
    Duration correction() const noexcept;
    // The same, of the line that was noted last: it was parsed in the zone of before.
    Duration last_correction() const noexcept { return last_correction_; }

    const std::optional<LearnedClock>& learned() const noexcept { return learned_; }
    // For the administrator; empty: there is nothing to say.
    std::string remark() const;

private:
    bool vote(Duration residual, Timestamp arrival);
    bool accept(Timestamp stamp);
    bool learn_zone(std::chrono::seconds offset, Timestamp stamp);
    bool learn_clock(std::chrono::seconds shift);
    void use();

    Zone base_;
    Origin origin_;
    std::optional<LearnedClock> learned_{};
    Zone used_{};
    Duration last_correction_{};
    std::chrono::seconds told_shift_{};  // what was seen where the configuration's zone is in use
    std::optional<std::chrono::seconds> trial_{};  // what the zone that was just learned explains

    std::int64_t candidate_ = 0;  // the shift as a multiple of 15 minutes
    unsigned votes_ = 0;
    std::optional<Timestamp> first_{};  // vote for the candidate
    std::optional<Timestamp> last_{};   // sample
};

}  // namespace mailban
