// Engine: events in, effects out. Everything mailban decides, it decides here.
//
// The daemon, the offline commands, the tests and the benchmarks run this same class. It has no
// clock: `now` is always an argument. Given the same calls it gives the same effects.
#pragma once

#include "mailban/ban/allowlist.h"
#include "mailban/ban/breaches.h"
#include "mailban/config/config.h"
#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/detect/judge.h"
#include "mailban/detect/login_tally.h"
#include "mailban/engine/effect.h"
#include "mailban/net/prefix_set.h"
#include "mailban/policy/attempt.h"
#include "mailban/policy/stranger_watch.h"
#include "mailban/policy/tried_passwords.h"
#include "mailban/result.h"

#include <array>
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban {

// Whether a line was written while we looked, or before.
enum class Arrival : std::uint8_t { live, backlog };

struct EngineCounters {
    std::array<std::uint64_t, kEventKinds> events{};  // by kind, as lines told them
    std::array<std::array<std::uint64_t, kMailServers>, kEventKinds> by_server{};
    // That began, by origin and rule; of more names than kMostNames the others have none.
    std::map<std::pair<BanOrigin, std::string>, std::uint64_t> bans_by_rule{};
    static constexpr std::size_t kMostNames = 256;
    std::uint64_t repeated = 0;  // attempts that another line had told
    std::uint64_t trusted = 0;   // of addresses that are never banned
    std::uint64_t implausible_timestamps =
        0;  // stamps out of reach of every window, or in the future
    std::uint64_t bans = 0;
    std::uint64_t displaced = 0;            // bans that made room at limits.bans
    std::uint64_t merged = 0;               // bans of clients that became part of a block's
    std::uint64_t deferred_bans = 0;        // bans that an outage of our own back end prevented
    std::uint64_t skipped_subnet_bans = 0;  // bans of blocks in which users have lately logged in
    std::uint64_t stale_passwords = 0;
    std::uint64_t hijacked_accounts = 0;
    std::uint64_t shared_addresses = 0;  // that were told: strangers fail there
    std::uint64_t storms = 0;
    std::uint64_t observed_bans = 0;  // that rules with `mode: observe` would have made
};

// What an administrator's unban does with the record of those who are let in.
enum class OwnRecord : std::uint8_t { cleared, kept };

struct Unbanned {
    Effects effects{};
    std::vector<Ban> lifted{};  // in order of prefix
    std::vector<Ban> still{};   // wider bans that go on shutting the prefix out, the widest first
    bool is_more = false;       // bans in the prefix are left
};

class RuleTrials;

class Engine {
public:
    // What the engine needs of a configuration, and the addresses and prefixes that it allows.
    Engine(const Config& config, const PrefixSet& allow, std::uint64_t hash_seed);

    // Take up an earlier run's state, after set_own_addresses() and before observe(): bans, and
    // what was seen, logins first and the events in the order in which they were recorded. An
    // outage goes on, and what it held back is known; it is told again, and neither is counted.
    void restore(const std::vector<Ban>& bans, const std::vector<Offender>& offenders);
    void restore(const KnownLogin& login) { judge_.restore(login); }
    void restore(const RecordEvent& record);
    void restore(const Allowed& entry) { allowlist_.add(entry); }
    // What was pardoned behind the events that were restored before.
    void restore_pardon(const std::vector<Prefix>& prefixes);

    // Another configuration, without a restart: what its settings leave as it is stays as it is,
    // and only what they change is counted again from the stored events.
    //
    // successor() gives an engine of `config` that has seen nothing and trusts whom this one
    // trusts, but for the configuration's own words. Where needs_history() says so, the stored
    // logins and events are to be shown to it (restore), in as many portions as one likes: this
    // engine goes on meanwhile, and its newest events come last. Then reconfigure() takes over from
    // it what could not stay. Bans, counters, and what lines of one attempt have in common are this
    // engine's; what an outage held back for a rule that is gone is forgotten. Takes a time that
    // does not depend on how much was counted. A successor counts in this engine's own windows
    // (Detector::lean_on), so only the latest one can be used, and not longer than this engine.
    std::unique_ptr<Engine> successor(const Config& config);
    bool needs_history(const Engine& successor) const;
    // Whether the stored logins are part of it: a successor may know them from the engine before.
    bool needs_logins() const noexcept { return judge_.keeps_logins(); }
    // What is left of the successor comes back: to free it takes a time that does depend on how
    // much was shown, and nobody need wait for that.
    std::unique_ptr<Engine> reconfigure(std::unique_ptr<Engine> successor);

    // Takes up what a firewall holds where nothing else tells any more who is banned. A ban whose
    // end the firewall does not keep ends as the longest one that a rule could impose now.
    Effects recover(const std::vector<Held>& held, KeepsTime keeps_time, Timestamp now);

    // The machine's own addresses, gateways and networks of containers; they are never banned, nor
    // are loopback and the configuration's proxies.
    void set_own_addresses(const PrefixSet& own) { trust(AllowOrigin::own_address, own); }
    void set_gateways(const PrefixSet& gateways) { trust(AllowOrigin::gateway, gateways); }
    void set_container_networks(const PrefixSet& networks)
    {
        trust(AllowOrigin::container_network, networks);
    }
    // All that an allow file or a host name says now.
    void set_allowed(AllowOrigin origin, const std::string& source,
                     const std::vector<Allowed>& entries);

    // One event, read from log number `source` at `now`.
    //
    // A live line counts at its own stamp; at its arrival where that stamp is absurd (more than a
    // minute ahead, or older than the longest window). A backlog counts at its stamps, and stamps
    // out of reach count nothing: old lines never ban on their face. A live line also tells that
    // the clock was set back: what was seen at later times counts as of now from then on.
    Effects observe(Event event, std::uint32_t source, Arrival arrival, Timestamp now);

    // From now on nobody will ask answer(): what it alone needs to know is not kept. Nor is it
    // where `policy` is off.
    void expect_no_questions() noexcept { stranger_watch_.reset(); }
    // See Deduplicator::expect_old_logs.
    void expect_old_logs(std::size_t logs) noexcept { deduplicator_.expect_old_logs(logs); }
    // What a mail server that asks before it compares a password is to do (`policy`). Counts
    // nothing and changes nothing; some microseconds. Allowed are the allowlist, users where they
    // have logged in before, and everybody while our own back end is down. What an administrator
    // has banned by hand is denied to users, too.
    PolicyAnswer answer(const Attempt& attempt, Timestamp now) const;

    // Ends what is due, and bans that reach over what has come to be trusted: an allowlist that
    // grew, an address that this machine was given. At most about `most` bans at once; where more
    // are to end, is_behind() says so.
    Effects advance(Timestamp now, std::size_t most = kAll);
    bool is_behind(Timestamp now) const;
    // Logins that were seen and not recorded yet (LoginTally): to be called before the engine's
    // end.
    Effects settle();
    static constexpr std::size_t kAll = std::numeric_limits<std::size_t>::max();
    // When the next ban ends, or one that was only observed would have.
    std::optional<Timestamp> next_due() const;

    // By an administrator's hand. `length` nullopt is for ever. `who` asks, for the log.
    // `imported_from`: not by hand, but taken over from another program (BanOrigin::imported). It
    // takes the place of the prefix's ban of that origin. An error where it would hold nowhere.
    Result<Effects> ban(const Prefix& prefix, std::optional<Duration> length,
                        const std::string& reason, Timestamp now, const std::string& who = {},
                        const std::string& imported_from = {}, BanPlace where = BanPlace::both);
    // Ends the bans of this prefix and of all that lies in it, of whatever origin, at most `most`.
    // A pardon, unless the record is kept: what was counted of these clients, and how often they
    // were banned, is forgotten (see Judge::pardon). An error, and nothing is changed, where there
    // is no such ban; a wider one is never opened for a part of it.
    Result<Unbanned> unban(const Prefix& prefix, Timestamp now,
                           OwnRecord record = OwnRecord::cleared, const std::string& who = {},
                           std::size_t most = kAll);
    // Ends these bans; those that do not stand are passed over.
    Effects unban_each(const std::vector<Ban>& bans, Timestamp now,
                       OwnRecord record = OwnRecord::cleared, const std::string& who = {});
    // What a ban by hand or an unban means by an address without a length: what a rule would ban.
    Prefix scope_of(const IpAddress& ip) const;
    // Never banned from now on, and let in if it is; `length` nullopt is for ever. Of more bans
    // than `most` the others are left to advance().
    Result<Effects> allow(const Prefix& prefix, std::optional<Duration> length,
                          const std::string& reason, Timestamp now, std::size_t most = kAll,
                          const std::string& who = {});
    // Ends what allow() said of exactly this prefix.
    Result<Effects> disallow(const Prefix& prefix, const std::string& who = {});

    bool is_trusted(const Prefix& prefix) const
    {
        return allowlist_.overlapping(prefix) != nullptr;
    }
    // Why nothing from this prefix is ever banned: "loopback", "own address", "allowlist".
    std::optional<std::string> trusted_as(const Prefix& prefix) const;
    const Allowlist& allowlist() const noexcept { return allowlist_; }
    // What one offender's ban covers.
    Prefix offender_prefix(const IpAddress& ip) const;

    // Whether a ban closes the port that this event happened on, or may have.
    bool is_shut_out(const Event& event) const;

    // Whether the firewall does what is wanted of it. Until the first word, and while it does not,
    // no event says that a ban does not bite.
    void set_enforced(bool is_enforced, Timestamp now);
    // Whether this machine hands mail ports on to others in a way that bans do not reach.
    void set_passed_by(bool is_passed_by) noexcept { is_passed_by_ = is_passed_by; }
    // Bans that do not bite.
    const Breaches& breaches() const noexcept { return breaches_; }

    // What the firewall has to hold.
    Wanted wanted() const;

    const Ledger& ledger() const noexcept { return ledger_; }
    // What rules with `mode: observe` would have done: nobody here is shut out by it.
    const Ledger& observed() const noexcept { return observed_; }
    const Ledger& ledger_of(BanOrigin origin) const noexcept
    {
        return origin == BanOrigin::observed ? observed_ : ledger_;
    }
    // In which the texts for people have their times; UTC until it is said.
    void set_zone(Zone zone) { zone_ = std::move(zone); }
    const Zone& zone() const noexcept { return zone_; }
    // What an administrator has to know, as sentences: an outage and the bans it holds back, stale
    // passwords, hijacked accounts. Names of accounts are shown only where they are plain.
    std::vector<std::string> warnings() const;

    const Judge& judge() const noexcept { return judge_; }
    const Detector& detector() const noexcept { return judge_.detector(); }
    // Bans that the outage, or the last one, held back; the newest hundred, the oldest first.
    const std::deque<Ban>& deferred_bans() const noexcept { return deferred_bans_; }
    // How many bans wait for the end of an outage. They are imposed this long after it, but for
    // clients from which somebody has logged in meanwhile.
    std::size_t waiting() const noexcept { return waiting_.size(); }
    static constexpr Duration kGrace = std::chrono::minutes(5);
    static constexpr std::size_t kMostWaiting = 10'000;
    // How many of them one event imposes that comes after the time has passed.
    static constexpr std::size_t kReleasedByEvent = 100;
    // So many failures of an address of our own, or of a proxy, are told: whoever failed stands
    // behind it, and the log does not show who.
    static constexpr std::uint64_t kHiddenToTell = 40;
    static constexpr std::size_t kMostHidden = 64;
    const EngineCounters& counters() const noexcept { return counters_; }

private:
    // Many engines of one rule each, over one judge and one deduplicator (replay/rule_trials.h).
    friend class RuleTrials;

    // A ban that an outage holds back.
    struct Waiting {
        Offence offence{};
        Rule rule{};    // of the offence, as it was then
        Event event{};  // without texts
        Timestamp from{};
    };

    // What a ban came of, for the log.
    struct Cause {
        std::string who{};                     // the administrator
        std::optional<std::string> account{};  // the last that was tried
        std::optional<std::uint32_t> log{};
    };

    void follow_clock(Timestamp now, Effects& effects);
    std::optional<Timestamp> time_of(const Event& event, Arrival arrival, Timestamp now) const;
    // Nullopt: nobody, because users have lately logged in all around the offender.
    std::optional<Prefix> ban_scope(const Rule& rule, const IpAddress& ip, Timestamp at) const;
    NewAttempts weigh(const Event& event, std::uint32_t source);
    void record(const Event& event, std::uint32_t source, std::uint32_t counted, Effects& effects);
    PolicyAnswer judge_attempt(const Attempt& attempt, Timestamp now) const;
    const Ban* ban_against(const Attempt& attempt, Timestamp now) const;
    bool holds_against(const Ban& ban, const Attempt& attempt, Timestamp now) const;
    bool closes(const Ban& ban, const Attempt& attempt) const;
    PolicyVerdict verdict_on_stranger(const Attempt& attempt, Timestamp now) const;
    // Of an account that was never used from the client; nullopt: nothing speaks against it.
    std::optional<PolicyAnswer> judge_stranger(const Attempt& attempt, Timestamp now) const;
    std::optional<PolicyAnswer> judge_shared(const Attempt& attempt, Familiarity who,
                                             Timestamp now) const;
    void watch_strangers(const Config& config);
    void note_siege(const Event& event, std::uint32_t attempts, Timestamp at);
    static bool is_refusal(const Event& event) noexcept;
    void note_refused(const Event& event, Timestamp at);
    static void record(std::vector<TalliedLogin>&& logins, Effects& effects);
    bool is_excused(const Event& event) const;
    void note_hidden(const Event& event, std::uint32_t attempts, Effects& effects);
    void pass_on(const Verdict& verdict, Timestamp at, Effects& effects);
    std::uint64_t& counter_of(Incident::Kind kind);
    void follow_outage();
    void tell_of_outage(Timestamp at, Effects& effects);
    // Why a ban there would hold nowhere; nullopt: it would hold.
    std::optional<Error> why_nowhere(BanPlace where) const;
    // Whether the firewall is to hold it.
    bool is_for_firewall(const Ban& ban) const noexcept
    {
        return has_firewall_ && ban.where != BanPlace::door;
    }
    std::optional<WantedBan> enforced(const Prefix& prefix) const;
    // A ban in the firewall: the ports and the end of all such bans of its prefix.
    struct StandingBan {
        const Ban* ban = nullptr;
        WantedBan whole{};
    };
    std::optional<StandingBan> standing_over(const IpAddress& ip) const;
    bool should_shut_out(const Ban& ban, const Event& event) const;
    BreachCause cause_of(const Ban& ban, const Event& event) const;
    // A live event, whose line has the stamp `stamp`.
    void note_breach(const Event& event, Timestamp stamp, std::uint32_t source,
                     std::uint32_t attempts, Timestamp now, Effects& effects);
    void judge(const Event& event, std::uint32_t attempts, std::uint32_t source, Timestamp from,
               Timestamp now, Effects& effects);
    // Imposes or holds back what the verdict on the event says.
    void sentence(const Event& event, const Verdict& verdict, std::uint32_t source, Timestamp from,
                  Timestamp now, Effects& effects);
    // Whose word on outages and users counts.
    const Judge& judged() const noexcept { return lent_judge_ != nullptr ? *lent_judge_ : judge_; }
    void recall(const Event& event, std::uint32_t attempts);
    void withdraw(const Event& failure);
    bool is_held_back(const Rule& rule) const;
    const Ban* note_held_back(const Offence& offence, const Event& event, Timestamp from);
    void hold_back(const Offence& offence, const Event& event, Timestamp from, Effects& effects);
    void pardon(const Event& event);
    void release(const Event& event, std::uint32_t source, Timestamp from, Timestamp now,
                 Effects& effects);
    std::optional<Timestamp> release_at() const;
    // What is due at `by`; see the comments in engine_outage.cpp.
    void release_due(Timestamp by, Timestamp now, std::size_t most, Effects& effects);
    void recall_released(Timestamp by);
    bool was_banned(const Prefix& client, const Waiting& waiting, Timestamp due) const;
    // Of a storm; see engine_storm.cpp.
    void punish_strangers(Timestamp from, Timestamp now, Effects& effects);
    void punish_stranger(const Storm::Suspect& guilty, Timestamp from, Timestamp now,
                         Effects& effects);
    void recall_punished();
    void tell_of_storm(Effects& effects);
    void punish(const Offence& offence, const Event& event, std::optional<std::uint32_t> source,
                Timestamp from, Timestamp now, Effects& effects);
    // Of a rule with `mode: observe`; see engine_observe.cpp.
    void note_would_ban(const Offence& offence, Ban ban, const Cause& cause, Timestamp now,
                        Effects& effects);
    void end_observed(const Ban& ban, Timestamp now, BanEndReason why, Effects& effects);
    void end_observed_in(const Prefix& prefix, Timestamp now, BanEndReason why, Effects& effects);
    // Mail from other servers comes in there.
    static bool may_be_on_mail_exchange_port(const Event& event);
    PortGroup group_of(const Ban& ban) const;
    std::optional<PortSet> ports_of(PortGroup group) const;
    PortGroup group_for(const Rule& rule, const Event& event) const;
    PortGroup group_over_both(PortGroup one, PortGroup other) const;
    void close_mail_exchange_port(const Event& event, std::uint32_t source, Timestamp from,
                                  Timestamp now, Effects& effects);
    void count_ban(const Ban& ban);
    void impose(Ban ban, const Cause& cause, Timestamp now, Effects& effects);
    // To the firewall, the log, the hooks and the store, of a ban that is in the ledger.
    void announce(Ban ban, bool is_held, const Cause& cause, Timestamp now, Effects& effects);
    void keep_what_stands(Ban& ban) const;
    // Into the ledger, which may have to end another for it. False: there was no room.
    bool enter(const Ban& ban, Timestamp now, Effects& effects);
    bool may_merge(const Prefix& block, Timestamp at) const;
    void merge(const Prefix& block, Timestamp now, Effects& effects);
    void merge_for_room(const Prefix& near, Timestamp now, Effects& effects);
    void end(const Ban& ban, Timestamp now, BanEndReason why, Effects& effects,
             const std::string& who = {});
    std::string named(const Ban& ban) const;
    Error not_banned(const Prefix& prefix) const;
    void pardon(const std::vector<Prefix>& prefixes, Timestamp now, Effects& effects);
    void trust(AllowOrigin origin, const PrefixSet& prefixes);
    void end_allowance(const Allowed& entry, const std::string& why, Effects& effects);
    void look_for_trusted();
    void lift_trusted(Timestamp now, std::size_t most, Effects& effects);

    void follow_rules();

    Zone zone_{};
    std::uint64_t hash_seed_;
    PrefixLengths lengths_;
    PortGroups groups_;
    Duration longest_window_;
    Duration longest_ban_;
    Allowlist allowlist_{};
    Deduplicator deduplicator_;
    LoginTally logins_;
    Judge judge_;
    const Judge* lent_judge_ = nullptr;
    PolicySettings policy_;
    std::optional<StrangerWatch> stranger_watch_{};  // where mail servers ask
    TriedPasswords tried_;
    Ledger ledger_;
    Ledger observed_;
    Breaches breaches_{};
    std::optional<Timestamp> enforced_since_{};
    bool has_firewall_;
    bool is_passed_by_ = false;
    EngineCounters counters_{};
    Timestamp latest_ = Timestamp::min();  // that an event counted at
    bool outage_told_ = false;
    bool storm_told_ = false;
    bool is_trust_new_ = true;          // and the bans have not all been compared with it
    std::optional<BanKey> compared_{};  // the last one that was
    std::deque<Ban> deferred_bans_{};
    std::optional<Timestamp> held_back_since_{};   // the outage whose they are
    std::map<Prefix, Waiting> waiting_{};          // by client
    std::map<IpAddress, std::uint64_t> hidden_{};  // failures of addresses that others come through
};

}  // namespace mailban
