// Judge: tells the attacker from the customer. Which offences does an event complete, and whose?
//
// A stranger's failures go to the rules. A known user's do not: they are counted apart, against
// higher limits, and mostly they mean a stale password. Between the two stand neighbours, whose
// network has used the account, and users whose failure names no account. What is known is no
// licence: each of these has a limit a day, and what a login forgives is limited, too.
//
// A client from which several accounts have lately logged in is shared: failures there are judged
// by pair of account and client, and it is guilty only when they outgrow what its users explain. On
// the first day nobody is known yet, and rules have the limits for it (Learning). A storm shows
// strangers whom no rule shows.
//
// Its state is a function of the events it was shown and the logins it was told to know.
#pragma once

#include "mailban/detect/detector.h"
#include "mailban/detect/known_failures.h"
#include "mailban/detect/last_seen.h"
#include "mailban/detect/learning.h"
#include "mailban/detect/outage.h"
#include "mailban/detect/storm.h"
#include "mailban/detect/trust.h"
#include "mailban/time/zone.h"

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// An account that logs in from many networks is in many hands.
struct HijackSettings {
    std::uint32_t networks = 6;
    Duration within = std::chrono::days(1);
    PrefixLengths network{16, 32};
    bool operator==(const HijackSettings&) const = default;
};

// What each part is told to do; nullopt: the part is off.
struct JudgeSettings {
    std::optional<TrustSettings> trust = TrustSettings{};
    std::optional<OutageSettings> outage = OutageSettings{};
    std::optional<HijackSettings> hijack = HijackSettings{};
    std::optional<StormSettings> storm = StormSettings{};  // needs trust
    bool operator==(const JudgeSettings&) const = default;
};

// What an administrator should hear of, though nobody is banned for it.
struct Incident {
    enum class Kind : std::uint8_t { stale_password, hijacked_account, shared_address };
    Kind kind = Kind::stale_password;
    IpAddress ip{};         // of the last event
    std::string account{};  // as it may be shown; empty: of a shared address
    Timestamp first{};
    Timestamp last{};
    std::uint64_t events = 0;
    bool operator==(const Incident&) const = default;
};

// "stale password: bob@example.com from 192.0.2.7, 12 failures since 2026-11-01 01:00:00 +0100"
std::string to_string(const Incident& incident, const Zone& zone = {});

// A rule that was broken, and the limit that it had for this client.
struct Offence {
    const Rule* rule = nullptr;
    std::uint32_t limit = 1;
    std::string why{};  // in plain words, where the limit does not say it
};

// "5 events within 10m", or why.
std::string to_string(const Offence& offence);

struct Verdict {
    std::vector<Offence> offences{};  // in order of the configuration
    // The client is a stranger and has failed so much in an outage that this is no excuse any more.
    bool is_inexcusable = false;
    bool is_guess = false;               // auth_unavailable that counted as a failure
    std::optional<Incident> incident{};  // where it is to be told
    LearnedLogin learned{};
};

class Judge {
public:
    Judge(std::vector<Rule> rules, const JudgeSettings& settings, std::size_t tracked,
          PrefixLengths client, std::uint64_t hash_seed);

    Verdict observe(const Event& event, std::uint32_t attempts, Timestamp at);
    // See Detector::learn_password.
    void learn_password(const Event& event, std::uint32_t attempts, Timestamp at);
    // One attempt of a failure that was observed, at its time, was none. Bans that it has led to,
    // and what was told, stay.
    void withdraw(const Event& failure);
    // Whether somebody has logged in to the event's account from its client.
    bool is_known(const Event& event, Timestamp at) const
    {
        return event.account && familiarity(event, at) == Familiarity::known;
    }
    // An administrator has pardoned clients in `prefixes`: see Detector::pardon. Failures of users
    // at their own accounts, and what was learned of logins, stay.
    void pardon(const std::vector<Prefix>& prefixes);
    void advance(Timestamp now);
    // The clock was set back to `at`: what was seen at a later time counts as of now.
    void set_back(Timestamp at);
    void restore(const KnownLogin& login);

    // Whether `before`, a judge of an earlier configuration, knows all that this one would know had
    // it seen the same events.
    bool can_inherit_all(const Judge& before) const;
    // Takes over from `before` what its settings leave as it is: counts of rules that are the same,
    // who is known, an outage, incidents. The rest stays what this judge has seen itself.
    void inherit(Judge&& before);
    // Until inherit(), keeps nothing that it would take over from `before` anyway, and asks
    // `before`, which has to live as long, for it. Then no logins have to be restored.
    void lean_on(Judge& before);

    // Whether events of this kind change anything.
    bool concerns(EventKind kind) const noexcept;
    // Whether several accounts have lately logged in from this client, and how many of strangers'
    // failures there in a day are too many.
    bool is_shared(const IpAddress& ip, Timestamp at) const;
    struct SharedCount {
        std::uint32_t accounts = 0;  // at most Trust::kMostUsers
        std::size_t failures = 0;
        std::uint32_t limit = 0;
        Duration within{};
    };
    std::optional<SharedCount> shared_count(const IpAddress& ip, Timestamp at) const;
    // Whether anybody in the block has lately logged in.
    bool has_user_in(const Prefix& block, Timestamp at) const;
    // How many times as high the limits of rules by ip are for this client: as many as it has
    // users, 1 to WindowTable::kMostScale.
    std::uint32_t scale_of(const IpAddress& ip, Timestamp at) const;
    // The limit that a rule of the configuration has for this client.
    std::uint32_t limit_of(const Rule& rule, const IpAddress& ip, Timestamp at) const;
    // What was learned of customers; nothing has to be, where trust is off.
    const Learning& learning() const noexcept { return learning_; }
    // Whether that is enough to judge this client. A client that has broken a rule by ip all the
    // same within a day is not excused any more.
    Knowledge knowledge(const IpAddress& ip, Timestamp at) const;
    // The storm that there is, or null.
    const Storm* storm() const noexcept { return storm_ && storm_->since() ? &*storm_ : nullptr; }
    // A stranger was refused before a password was compared: see Storm.
    void note_refused(const Event& event, Timestamp at);
    // One of the strangers whom a storm makes guilty, each once, and of what.
    std::optional<Storm::Suspect> take_guilty();
    Offence storm_offence() const { return {&storm_rule_, 1, storm_->text()}; }
    // Whether a ban by this rule that an outage holds back is imposed after it. Those of users are
    // not: the outage made them fail.
    bool outlasts_outage(const Rule& rule) const noexcept;
    // Whether this rule, of a known user's failures, bans the client only where it fails elsewhere,
    // too (Detector::suspects).
    bool needs_suspicion(const Rule& rule) const noexcept { return &rule == &known_rule_; }
    // Whether the login forgives failures: there were not too many of them in a day.
    bool may_forgive(const Event& login, Timestamp at) const
    {
        return !known_ || known_->may_forgive(login, at);
    }
    // Whether there was ever more to watch, of what this depends on, than there is room for.
    bool was_ever_full() const noexcept
    {
        return detector_.was_ever_full() || (known_ && known_->was_ever_full());
    }
    // Whether the event's client failed so lately that it is no witness of an outage.
    bool has_failed_lately(const Event& event, Timestamp at) const;
    // The outage in which no wrong password should ban anybody, or null.
    const Outage* outage() const noexcept;
    // When the last outage ended; nullopt: there was none, or it goes on.
    std::optional<Timestamp> outage_ended() const noexcept;

    const Detector& detector() const noexcept { return detector_; }
    bool keeps_logins() const noexcept { return trust_.has_value(); }
    const Trust* trust() const noexcept
    {
        if (leaned_on_ != nullptr) return leaned_on_->trust();
        return trust_ ? &*trust_ : nullptr;
    }
    // The latest incidents, the oldest first.
    const std::deque<Incident>& incidents() const noexcept { return incidents_; }

private:
    void judge_login(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_unavailable(const Event& event, std::uint32_t attempts, Timestamp at,
                           Verdict& verdict);
    void judge_failure(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_stranger(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_shared(const Event& event, std::uint32_t attempts, Timestamp at,
                      bool is_worth_telling, Verdict& verdict);
    void note_stranger(const Event& event, Timestamp at);
    void judge_guest(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_user(const Event& event, std::uint32_t attempts, Timestamp at, bool is_known,
                    Verdict& verdict);
    // How many accounts have lately logged in from this client; whether so many share it, and how
    // many times as high its limits are.
    std::uint32_t users_at(const IpAddress& ip, Timestamp at) const;
    bool are_many(std::uint32_t users) const;
    static std::uint32_t scale_for(std::uint32_t users) noexcept;
    bool is_excuse_used_up(const Event& event, std::uint32_t attempts, Timestamp at,
                           std::uint32_t scale);
    Familiarity familiarity(const Event& event, Timestamp at) const;
    IpAddress client_of(const Event& event) const;
    std::optional<Incident> note_incident(Incident::Kind kind, const Event& event, Timestamp at);

    void pardon_suspects(const std::vector<Prefix>& prefixes);
    bool has_same_trust(const Judge& other) const;
    bool keeps_failures_like(const Judge& other) const;

    JudgeSettings settings_;
    std::size_t tracked_;
    const Judge* leaned_on_ = nullptr;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    Detector detector_;
    std::optional<Trust> trust_{};
    Rule known_rule_{};
    Rule guest_rule_{};
    Rule fourfold_rule_{};
    Rule stale_rule_{};
    Rule shared_rule_{};
    Rule storm_rule_{};
    std::optional<KnownFailures> known_{};
    std::optional<Outage> outage_{};
    Learning learning_;
    std::optional<Storm> storm_{};
    LastSeen offended_;     // clients that broke a rule by ip on the first day
    WindowTable shared_;    // failures of strangers, by client that several users share
    LastSeen failed_;       // clients: failures of anybody (has_failed_lately)
    WindowTable excused_;   // failures of strangers in an outage, by client
    WindowTable networks_;  // by account: the networks it logs in from
    std::deque<Incident> incidents_{};
};

}  // namespace mailban
