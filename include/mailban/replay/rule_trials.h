// RuleTrials: what each of many rules would have done with old events, had it been the only one.
//
// One pass for all of them. Lines of one attempt, logins, outages and storms are the same whatever
// the rule is, so they are judged once; the rules count side by side in one Detector. Each rule has
// a ledger of its own, because its bans are its own. What comes of a rule is exactly what a Replay
// with this rule alone finds.
//
// There are three cases in which a rule's own counts change what all of them share. They are
// noticed, and then is_exact() is false for the rules that would have decided otherwise: these have
// to be tried without the others.
#pragma once

#include "mailban/engine/engine.h"
#include "mailban/net/prefix_set.h"
#include "mailban/replay/replay.h"

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <set>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

class RuleTrials {
public:
    static constexpr std::size_t kMost = 64;

    // At most kMost rules, which count wrong passwords by ip. `settings.config.rules` is not read.
    RuleTrials(const ReplaySettings& settings, const std::vector<Rule>& rules);

    // See Replay::observe. Events of old logs are those that KeptEvents keeps.
    void observe(const Event& event, std::uint32_t source);

    // Whether the outcome of the rule is what a replay of it alone finds.
    bool is_exact(std::size_t rule) const
    {
        return (doubtful_ & one(rule)) == 0 && !front_.judge_.was_ever_full();
    }

    struct Outcome {
        std::uint64_t bans = 0;
        std::uint64_t through = 0;    // guesses outside any ban
        std::uint64_t prevented = 0;  // guesses inside one
        // Of the first Replay::kMostBans bans.
        std::set<Prefix> prefixes{};
    };
    // In the order of the rules.
    const Outcome& outcome(std::size_t rule) const { return trials_.at(rule).outcome; }

private:
    using Rules = std::uint64_t;  // which of them, a bit each
    struct Trial {
        std::unique_ptr<Engine> engine{};  // its bans
        Outcome outcome{};
        std::optional<Timestamp> due{};  // the end of its next ban
        PrefixSet odd{};                 // its bans of more or less than one client
    };
    // One client, as the rules' bans of exactly this client have it.
    struct Doors {
        Rules banned = 0;
        Rules shut_for_mail = 0;  // on port 25, too
        // Rules whose next offence of the client changes nothing: they have banned it as they would
        // again. By whether the guess may have been on port 25.
        Rules settled = 0;
        Rules settled_for_mail = 0;
    };
    using Strangers = std::vector<Storm::Suspect>;

    static Config with_rules(const ReplaySettings& settings, std::vector<Rule> rules);
    static Rules one(std::size_t rule) noexcept { return Rules{1} << rule; }
    static bool is_for_mail(const Event& event);
    template <class Visitor>
    void each_of(Rules rules, Visitor visit);
    void advance(Timestamp now);
    Rules shut_out(const Event& event);
    void close_mail_exchange_port(const Event& event, std::uint32_t source);
    void judge(const Event& event, std::uint32_t attempts, std::uint32_t source);
    Strangers take_guilty();
    void note_doubts(const Event& event);
    void sentence(const Event& event, const Verdict& verdict, std::uint32_t source);
    void sentence(std::size_t rule, const Event& event, const Verdict& verdict,
                  std::uint32_t source);
    Verdict verdict_of(std::size_t rule, const Verdict& verdict, Rules suspicious) const;
    Rules suspecting(const Event& event) const;
    std::optional<std::size_t> number_of(const Rule& rule) const;
    bool is_settled(std::size_t rule, const Event& event) const;
    void note_settled(std::size_t rule, const Event& event);
    Prefix client_of(const IpAddress& ip) const { return front_.offender_prefix(ip); }
    bool has_odd_ban(std::size_t rule, const IpAddress& ip) const;
    void take(std::size_t rule, const Effects& effects);
    void note_change(std::size_t rule, const Prefix& prefix);

    Engine front_;  // that bans nobody
    std::uint64_t hash_seed_;
    std::vector<Trial> trials_{};
    Rules all_ = 0;
    Rules waiting_ = 0;  // those with bans that an outage holds back
    Rules odd_ = 0;      // those with odd bans
    std::optional<Timestamp> next_due_{};
    boost::unordered_flat_map<IpAddress, Doors, SeededHash> doors_;
    // Clients and accounts whose logins have forgiven more by one rule than by another.
    boost::unordered_flat_set<IpAddress, SeededHash> unclear_;
    bool has_begun_ = false;
    Rules doubtful_ = 0;  // those that are not exact
};

}  // namespace mailban
