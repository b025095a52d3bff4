// ReplayResult: what a replay of old logs did, as values, and their JSON (docs/replay.md).
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/net/ip_address.h"

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace mailban {

// A decision to ban, as the daemon records it: one that a standing ban made longer has that one's
// beginning.
struct ReplayedBan {
    Ban ban{};
    Timestamp decided{};  // when it was made
    bool lengthens = false;
    // Whether an address within it logged in by then, or after.
    bool earlier_success = false;
    bool later_success = false;
    bool operator==(const ReplayedBan&) const = default;
};

// What one client got at: wrong passwords, each counted once.
struct ClientToll {
    IpAddress ip{};
    std::uint64_t before = 0;     // its first ban
    std::uint64_t between = 0;    // after one was over
    std::uint64_t prevented = 0;  // told by the logs, and made within a ban
    std::uint64_t logins = 0;
    std::uint32_t bans = 0;  // decisions
    bool operator==(const ClientToll&) const = default;
};

struct RuleToll {
    std::string rule{};
    std::uint64_t bans = 0;  // decisions
    std::uint64_t lengthened = 0;
    std::uint64_t prefixes = 0;
    std::uint64_t customers = 0;  // addresses that logged in, and are within one of its bans
    bool is_observed = false;     // `mode: observe`: these bans shut nobody out
    bool operator==(const RuleToll&) const = default;
};

struct ReplayResult {
    std::vector<ReplayedBan> bans{};  // in the order in which they were decided
    // What rules with `mode: observe` would have done besides; part of no total.
    std::vector<ReplayedBan> observed{};
    std::vector<RuleToll> rules{};      // those that banned, most bans first
    std::vector<ClientToll> clients{};  // the worst, the worst first

    std::uint64_t events = 0;
    std::optional<Timestamp> first{};
    std::optional<Timestamp> last{};
    std::uint64_t guesses = 0;    // wrong passwords, each counted once; none of trusted addresses
    std::uint64_t through = 0;    // of these outside any ban
    std::uint64_t prevented = 0;  // of these inside one
    std::uint64_t guessing_clients = 0;
    std::uint64_t prefixes = 0;             // that were banned
    std::uint64_t customers = 0;            // addresses that logged in
    std::uint64_t customers_hit = 0;        // of these within a ban at any time
    std::uint64_t logins_barred = 0;        // logins that the logs tell, inside a ban
    std::uint64_t deferred_bans = 0;        // bans that an outage of the back end prevented
    std::uint64_t skipped_subnet_bans = 0;  // bans of blocks in which users had lately logged in

    // What bounded memory could not hold; zero as a rule.
    std::uint64_t forgotten_clients = 0;
    std::uint64_t unlisted_bans = 0;
};

// One object a ban, with its newline.
std::string to_json_line(const ReplayedBan& ban);

// Two outcomes over the same logs, side by side.
struct Comparison {
    std::vector<Prefix> only_first{};
    std::vector<Prefix> only_second{};
    std::vector<Prefix> both{};
};
Comparison compare(const ReplayResult& first, const ReplayResult& second);

// One line without a newline: both sets of totals and whom each alone bans.
std::string to_json(const ReplayResult& first, const std::string& first_name,
                    const ReplayResult& second, const std::string& second_name);

}  // namespace mailban
