// Judge: tells the attacker from the customer. Which offences does an event complete, and whose?
//
// A stranger's failures go to the rules. A known user's do not: they are counted apart, against
// higher limits, and mostly they tell of a stale password. Its state is a function of the events it
// was shown and the logins it was told to know.
#pragma once

#include "mailban/detect/detector.h"
#include "mailban/detect/outage.h"
#include "mailban/detect/trust.h"

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
    bool operator==(const JudgeSettings&) const = default;
};

// What an administrator should hear of, though nobody is banned for it.
struct Incident {
    enum class Kind : std::uint8_t { stale_password, hijacked_account };
    Kind kind = Kind::stale_password;
    IpAddress ip{};         // of the last event
    std::string account{};  // as it may be shown
    Timestamp first{};
    Timestamp last{};
    std::uint64_t events = 0;
    bool operator==(const Incident&) const = default;
};

// "stale password: bob@example.com from 192.0.2.7, 12 failures since 2026-11-01T00:00:00Z"
std::string to_string(const Incident& incident);

struct Verdict {
    std::vector<const Rule*> offences{};  // in order of the configuration
    std::optional<Incident> incident{};   // where it is to be told
    std::optional<KnownLogin> learned{};  // where it is to be kept
};

class Judge {
public:
    Judge(std::vector<Rule> rules, const JudgeSettings& settings, std::size_t tracked,
          PrefixLengths client, std::uint64_t hash_seed);

    Verdict observe(const Event& event, std::uint32_t attempts, Timestamp at);
    // See Detector::tell_password.
    void tell_password(const Event& event, std::uint32_t attempts, Timestamp at);
    void advance(Timestamp now);
    // The clock was set back to `at`: what was seen at a later time counts as of now.
    void set_back(Timestamp at);
    void restore(const KnownLogin& login);

    // Whether events of this kind change anything.
    bool concerns(EventKind kind) const noexcept;
    // Whether anybody in the block has lately logged in.
    bool has_user_in(const Prefix& block, Timestamp at) const;
    // The outage in which no wrong password should ban anybody, or null.
    const Outage* outage() const noexcept;

    const Detector& detector() const noexcept { return detector_; }
    const Trust* trust() const noexcept { return trust_ ? &*trust_ : nullptr; }
    // The latest incidents, the oldest first.
    const std::deque<Incident>& incidents() const noexcept { return incidents_; }

private:
    void judge_login(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_failure(const Event& event, std::uint32_t attempts, Timestamp at, Verdict& verdict);
    void judge_user(const Event& event, std::uint32_t attempts, Timestamp at, bool is_known,
                    Verdict& verdict);
    Familiarity familiarity(const Event& event, Timestamp at) const;
    IpAddress pair_of(const Event& event) const;
    std::optional<Incident> note_incident(Incident::Kind kind, const Event& event, Timestamp at);

    JudgeSettings settings_;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    Detector detector_;
    std::optional<Trust> trust_{};
    Rule known_rule_{};
    Rule stale_rule_{};
    Watch users_;  // failures of known users, by client and account
    std::optional<Outage> outage_{};
    Watch networks_;  // by account: the networks it logs in from
    std::deque<Incident> incidents_{};
};

}  // namespace mailban
