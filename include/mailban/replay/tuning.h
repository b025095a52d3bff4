// Tuning: which limits would this machine's own logs have wanted?
//
// Every rule about wrong passwords that counts by address is replayed alone with stricter and laxer
// limits. Each limit lets so many guesses through and bans so many customers: addresses that logged
// in. One that guessed at kStrangeAccounts accounts or more that it never logged in to, and at more
// of them than it did log in to, is no customer but a suspect, for whom no rule is made laxer.
//
// Proposed is the strictest limit that bans no customer, and a quarter more, at least one, as a
// margin. Many events are replayed with fewer limits; around the strictest harmless one each limit
// is tried all the same. Little evidence makes a limit laxer, never stricter; where no login is
// seen, nobody can tell customers, and nothing is proposed.
#pragma once

#include "mailban/config/rule_yaml.h"
#include "mailban/replay/kept_events.h"
#include "mailban/replay/replay.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// What came of one setting.
struct TuningPoint {
    std::uint32_t limit = 0;
    Duration within{};
    std::uint64_t bans = 0;
    std::uint64_t prefixes = 0;
    std::uint64_t through = 0;    // guesses outside any ban
    std::uint64_t prevented = 0;  // guesses inside one
    std::uint64_t customers = 0;  // banned
    bool operator==(const TuningPoint&) const = default;
};

struct RuleTuning {
    Rule rule{};                            // as it is
    std::vector<TuningPoint> limits{};      // within the rule's own span, by limit
    std::vector<TuningPoint> spans{};       // half and twice the span, at the rule's own limit
    std::optional<TuningPoint> proposal{};  // nullopt: no limit can be told to be harmless
};

// How far the logs bear a proposal.
enum class Basis : std::uint8_t {
    no_events,
    no_logins,  // customers cannot be told
    little,     // less than a week, or fewer than twenty customers
    enough,
};

struct Tuning {
    std::uint64_t events = 0;
    std::uint64_t left_out = 0;  // events, to bound memory
    std::optional<Timestamp> first{};
    std::optional<Timestamp> last{};
    std::uint64_t guesses = 0;
    std::uint64_t guessing_clients = 0;
    std::uint64_t customers = 0;
    std::vector<IpAddress> suspects{};  // in order of address
    Basis basis = Basis::no_events;
    std::vector<RuleTuning> rules{};
    // All rules together, as they are and as proposed; limit and span say nothing there.
    TuningPoint now{};
    TuningPoint then{};
    std::vector<Rule> proposed{};  // all rules
};

inline constexpr std::size_t kStrangeAccounts = 5;
inline constexpr std::size_t kFewCustomers = 20;
inline constexpr Duration kFewDays = std::chrono::days(7);

// `on_step` hears how many replays of how many are done.
Tuning tune(const KeptEvents& events, const ReplaySettings& settings,
            const std::function<void(std::size_t done, std::size_t all)>& on_step);

// One line without a newline.
std::string to_json(const Tuning& tuning);

}  // namespace mailban
