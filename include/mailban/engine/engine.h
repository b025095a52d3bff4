// Engine: events in, effects out. Everything mailban decides, it decides here.
//
// The daemon, the offline commands, the tests and the benchmarks run this same class. It has no
// clock: `now` is always an argument. Given the same calls it gives the same effects.
#pragma once

#include "mailban/config/config.h"
#include "mailban/detect/coalescer.h"
#include "mailban/detect/detector.h"
#include "mailban/engine/effect.h"
#include "mailban/net/prefix_set.h"
#include "mailban/result.h"

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// Whether a line was written while we looked, or before.
enum class Arrival : std::uint8_t { live, backlog };

struct EngineCounters {
    std::array<std::uint64_t, kEventKinds> events{};  // by kind, as lines told them
    std::uint64_t repeated = 0;                       // attempts that another line had told
    std::uint64_t trusted = 0;                        // of addresses that are never banned
    std::uint64_t untimely = 0;  // stamps out of reach of every window, or in the future
    std::uint64_t bans = 0;
    std::uint64_t displaced = 0;  // bans that made room at limits.bans
};

class Engine {
public:
    // What the engine needs of a configuration, and the allowlist with its files read.
    Engine(const Config& config, PrefixSet allow, std::uint64_t hash_seed);

    // Takes up an earlier run's state, after set_own_addresses(). `events` in the order in which
    // they were recorded.
    void restore(const std::vector<RecordEvent>& events, const std::vector<Ban>& bans,
                 const std::vector<Offender>& offenders);

    // The machine's own addresses; they are never banned, nor is loopback.
    void set_own_addresses(PrefixSet own) { own_ = std::move(own); }

    // One event, read from log number `source` at `now`.
    //
    // A live line counts at its own stamp; at its arrival where that stamp is absurd (more than a
    // minute ahead, or older than the longest window). A backlog counts at its stamps, and stamps
    // out of reach count nothing: old lines never ban on their face.
    Effects observe(Event event, std::uint32_t source, Arrival arrival, Timestamp now);

    // Ends what is due.
    Effects advance(Timestamp now);
    std::optional<Timestamp> next_due() const { return ledger_.next_expiry(); }

    // By an administrator's hand. `length` nullopt is for ever.
    Result<Effects> ban(const Prefix& prefix, std::optional<Duration> length,
                        const std::string& reason, Timestamp now);
    // The ban of exactly this prefix; for a host prefix else the narrowest one that holds it.
    Result<Effects> unban(const Prefix& prefix, Timestamp now);
    Effects unban_all(Timestamp now);

    // Why nothing from this prefix is ever banned: "loopback", "own address", "allowlist".
    std::optional<std::string> trusted_as(const Prefix& prefix) const;
    // What one offender's ban covers.
    Prefix offender_prefix(const IpAddress& ip) const;

    // What the firewall has to hold.
    Wanted wanted() const;

    const Ledger& ledger() const noexcept { return ledger_; }
    const Detector& detector() const noexcept { return detector_; }
    const EngineCounters& counters() const noexcept { return counters_; }

private:
    std::optional<Timestamp> time_of(const Event& event, Arrival arrival, Timestamp now) const;
    Prefix ban_scope(const Rule& rule, const IpAddress& ip) const;
    void punish(const Rule& rule, const Event& event, Timestamp from, Timestamp now,
                Effects& effects);
    void impose(Ban ban, Timestamp now, Effects& effects);
    void end(const Ban& ban, Timestamp now, const char* why, Effects& effects);

    PrefixLengths lengths_;
    Duration longest_window_;
    PrefixSet allow_;
    PrefixSet own_{};
    Coalescer coalescer_;
    Detector detector_;
    Ledger ledger_;
    EngineCounters counters_{};
};

}  // namespace mailban
