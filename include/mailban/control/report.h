// What the daemon answers, typed, and its JSON: the one schema behind every table and `--json`.
//
// Times are RFC 3339 in UTC, null for "never" or "for ever"; durations are seconds; text that a
// client chose is made valid UTF-8. docs/control.md lists every member.
#pragma once

#include "mailban/ban/allowlist.h"
#include "mailban/ban/ban.h"
#include "mailban/control/evidence.h"
#include "mailban/control/health.h"
#include "mailban/control/page.h"
#include "mailban/detect/rule.h"
#include "mailban/detect/trust.h"
#include "mailban/firewall/plan.h"
#include "mailban/name_table.h"
#include "mailban/parse/concern.h"
#include "mailban/parse/event.h"
#include "mailban/policy/latencies.h"

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace mailban {

struct SourceReport {
    std::string file{};
    bool found = false;  // by `sources: auto`
    bool present = false;
    bool caught_up = false;
    std::uint64_t lines = 0;
    std::uint64_t events = 0;
    std::uint64_t known = 0;     // lines that belong to a server that mailban knows
    bool had_known = false;      // there were such lines before this run, as far as was looked
    bool is_new = false;         // so new that it says nothing that there are none
    bool is_pattern = false;     // it stands for a pattern that no log matches
    bool is_unreadable = false;  // it is there, but cannot be read
    std::uint64_t bytes_behind = 0;
    std::uint64_t oversized = 0;
    std::uint64_t rotations = 0;
    std::uint64_t resting = 0;              // of a pattern: files that are watched, but not open
    std::optional<Timestamp> last_line{};   // when it was read
    std::optional<Timestamp> last_event{};  // when it was read
    std::optional<Duration> lag{};          // of the last live event: read minus written
    std::string problem{};                  // why it is not being read
    std::string note{};                     // what was lost, or is watched less closely
    std::vector<LogConcerns::Entry> concerns{};
};

enum class FirewallState : std::uint8_t { starting, ok, degraded, removing, removed };
inline constexpr NameTable<FirewallState, 5> kFirewallStateNames({"starting", "ok", "degraded",
                                                                  "removing", "removed"});
inline std::string to_string(FirewallState state)
{
    return std::string(kFirewallStateNames.of(state));
}

struct FirewallReport {
    std::string backend{};
    FirewallState state = FirewallState::starting;
    std::string reason{};
    std::optional<Timestamp> since{};
    std::uint64_t held = 0;                  // bans in the firewall, as far as is known
    std::uint64_t pending = 0;               // changes that wait
    std::uint64_t applied = 0;               // changes made
    std::uint64_t failed = 0;                // calls that failed
    std::uint64_t cut = 0;                   // connections of banned clients that were ended
    std::optional<FirewallDrops> dropped{};  // where the firewall counts that
    std::uint64_t not_enforceable = 0;       // bans that this firewall cannot hold
    std::string why_not{};                   // why not
    bool is_dry_run = false;                 // nobody is shut out, whatever the lists say
    std::optional<Timestamp> watch_until{};  // the day until which it is one
};

struct ControlReport {
    std::uint64_t clients = 0;               // that are connected
    std::uint64_t followers = 0;             // of these, that follow the events
    std::uint64_t requests = 0;              // answered
    std::uint64_t limited = 0;               // refused because their user had asked too much
    std::uint64_t rejected_connections = 0;  // connections there was no place for
};

// The database on the disk, and what was dropped because it had grown to `state.max_size`.
struct StateReport {
    std::uint64_t bytes = 0;
    std::uint64_t max_bytes = 0;
    std::optional<Timestamp> oldest_event{};
    std::uint64_t dropped_events = 0;
    std::uint64_t dropped_bans = 0;            // that had ended
    std::optional<Timestamp> last_dropped{};   // when the last of them was dropped
    std::optional<Timestamp> dropped_until{};  // the time of the newest event among them
};

// A ban that does not bite.
struct BreachReport {
    std::string prefix{};
    std::string address{};  // the client of the last attempt
    Timestamp since{};      // the ban's
    std::uint64_t attempts = 0;
    Timestamp first{};
    Timestamp last{};
    std::string log{};  // that reported the last one
    std::string server{};
    std::string service{};
    std::optional<std::uint16_t> port{};
    std::string cause{};  // open_port, webmail, forwarded, elsewhere
    std::string text{};   // all of it, as a sentence
};

// The file on the disk, beside the configuration that runs.
struct ConfigReport {
    Timestamp loaded{};     // when the one that runs was read
    std::string problem{};  // why the file cannot take its place, a mistake a line; or empty
    std::optional<Timestamp> since{};  // since when the problem is known
};

// What is wrong besides what the other reports say; each a sentence, empty where nothing is.
struct TroubleReport {
    std::string forward{};              // mail ports are handed on and bans do not reach there
    std::string outage{};               // of our own password service
    std::string advice{};               // where this machine's mail logs are, when blind
    std::vector<std::string> silent{};  // logs that are silent for much longer than usual
    std::vector<std::string> hooks{};
    std::vector<std::string> policy{};  // where mail servers cannot ask
    std::vector<std::string> state{};
};

// Strangers are banned at their first failure.
struct StormReport {
    Timestamp since{};
    std::string text{};  // "a storm of strangers: …"
};

// mailban has not seen enough logins yet to tell customers from strangers.
struct LearningReport {
    Duration seen{};
    Duration needed{};
};

// One kind of mail server that asks, since the start (`policy`).
struct PolicyServerReport {
    std::string server{};   // dovecot, postfix, exim
    std::string listen{};   // where it asks
    std::string problem{};  // why it cannot; or empty
    std::uint64_t sessions = 0;
    std::uint64_t rejected_connections = 0;  // connections, because there were too many
    std::uint64_t questions = 0;
    std::uint64_t allowed = 0;  // as answered
    std::uint64_t delayed = 0;
    std::uint64_t denied = 0;
    std::uint64_t observed = 0;       // of the allowed, that would have been refused
    std::uint64_t late = 0;           // questions without an answer: they had waited too long
    std::uint64_t reports = 0;        // of attempts, by Dovecot
    std::uint64_t malformed = 0;      // requests that were not understood, or had no key
    std::optional<Timestamp> last{};  // question or report
    Latencies latencies{};            // of the answers
};

// Events of one kind by one mail server, since the start.
struct EventCount {
    std::string kind{};
    std::string server{};
    std::uint64_t count = 0;
};
// Bans of one origin; `rule` of those that began since the start, empty of those that stand.
struct BanCount {
    std::string origin{};
    std::string rule{};
    std::uint64_t count = 0;
};
struct PolicyReport {
    std::string mode = "off";
    std::vector<PolicyServerReport> servers{};
};

struct StatusReport {
    std::string version{};
    std::uint32_t pid = 0;
    Timestamp started{};
    std::string config{};  // the file's path
    ConfigReport configuration{};
    std::vector<SourceReport> sources{};
    FirewallReport firewall{};
    ControlReport control{};
    PolicyReport policy{};
    StateReport state{};
    std::uint64_t active_bans = 0;
    std::uint64_t bans_made = 0;
    std::uint64_t observed_bans = 0;  // that rules with `mode: observe` would have made
    std::uint64_t tracked = 0;
    std::uint64_t evicted = 0;
    std::uint64_t forgotten_logins = 0;
    std::uint64_t displaced = 0;
    std::uint64_t merged = 0;
    std::uint64_t repeated = 0;
    std::uint64_t trusted = 0;
    std::uint64_t implausible_timestamps = 0;
    std::uint64_t deferred_bans = 0;
    std::uint64_t skipped_subnet_bans = 0;
    std::uint64_t stale_passwords = 0;
    std::uint64_t hijacked_accounts = 0;
    std::uint64_t shared_addresses = 0;  // that were reported because strangers fail there
    std::uint64_t storms = 0;
    std::optional<LearningReport> learning{};
    std::optional<StormReport> storm{};
    std::vector<std::pair<std::string, std::uint64_t>> events{};  // kind, how many
    // For the metrics alone.
    std::vector<EventCount> events_by_server{};  // without those of none
    std::vector<BanCount> bans_by_rule{};
    std::vector<BanCount> bans_by_origin{};  // that stand
    std::uint64_t breached_bans = 0;         // that stand and do not bite
    std::uint64_t breach_attempts = 0;       // in spite of a ban, since the start
    std::vector<BreachReport> breaches{};    // the worst few
    TroubleReport troubles{};
    Health health{};
    std::vector<std::string> warnings{};
    std::optional<std::string> next{};  // of the sources: see page.h
};

struct PastBanReport {
    Ban ban{};
    std::optional<Timestamp> ended{};
    std::optional<BanEndReason> why{};  // why it ended
};

// How far one rule has counted for an address, and what it would do.
struct RuleReport {
    std::string rule{};
    CountBy by = CountBy::ip;
    Distinct distinct = Distinct::none;
    std::uint64_t count = 0;
    std::uint32_t limit = 0;
    Duration within{};
    std::uint32_t next_level = 1;        // the number of the next ban
    std::optional<Duration> next_ban{};  // how long it would last; nullopt is for ever
};

struct OutageReport {
    Timestamp since{};
    std::string cause{};
};

// Several accounts log in from the address, and strangers' failures there count against a limit of
// its own.
struct SharedReport {
    std::uint32_t accounts = 0;  // at most ten are told apart
    std::uint64_t failures = 0;
    std::uint32_t limit = 0;
    Duration within{};
};

// A command that would let the address in.
struct Remedy {
    std::string command{};
    std::string effect{};
};

struct ShowReport {
    std::string address{};
    std::optional<std::string> trusted_as{};
    std::vector<Allowed> trusted_by{};
    std::optional<Ban> ban{};         // the narrowest one
    std::vector<Ban> bans{};          // all that cover the address, the narrowest first
    std::vector<RuleReport> rules{};  // that count by client or block
    std::uint32_t next_level = 1;     // the number of the client's next ban
    std::optional<OutageReport> outage{};
    std::optional<SharedReport> shared{};
    std::optional<StormReport> storm{};
    bool is_held_back = false;             // a ban of it is, by this outage
    bool is_dry_run = false;               // no ban is enforced
    std::optional<BreachReport> breach{};  // its ban does not bite
    std::vector<Remedy> remedies{};
    std::vector<KnownLogin> logins{};                            // of its block, the latest first
    std::vector<std::pair<std::string, std::string>> windows{};  // rule, "3 of 5 within 10m"
    std::vector<PastBanReport> history{};
    std::vector<Evidence> evidence{};  // newest first
};

// Each gives one line of JSON without a newline: {"ok":true,"result":…}; where the reply is a page,
// "next" stands beside them.
std::string reply_with(const StatusReport& report);
std::string reply_with(const Page<Ban>& bans, bool is_dry_run = false);
std::string reply_with(const ShowReport& report);

}  // namespace mailban
