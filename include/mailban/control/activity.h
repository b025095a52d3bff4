// Activity: one line of `mailban events`: an event of a log, a ban, the end of a ban, or that a
// mail server was told to refuse a client. The same type and the same JSON whether it happens now
// or comes from the database, which has no answers.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/control/evidence.h"
#include "mailban/net/prefix.h"
#include "mailban/parse/event.h"
#include "mailban/policy/attempt.h"
#include "mailban/result.h"

#include <bitset>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

namespace mailban {

// The end of a ban.
struct BanEnd {
    Prefix prefix{};
    Timestamp time{};
    BanOrigin origin = BanOrigin::rule;
    std::string rule{};  // empty for a ban by hand
    BanEndReason why = BanEndReason::expired;
    bool operator==(const BanEnd&) const = default;
};

// A mail server that asked was not told to allow an attempt, or was so only because mailban
// observes.
struct DoorAnswer {
    Timestamp time{};
    PolicyAsker asker = PolicyAsker::dovecot;
    Attempt attempt{};
    PolicyAnswer answer{};
    bool operator==(const DoorAnswer&) const = default;
};

using Activity = std::variant<Evidence, Ban, BanEnd, DoorAnswer>;

// When it happened: an event's own time, the begin of a ban, the end of a ban.
Timestamp time_of(const Activity& activity);

// The kinds of activity: those of events (EventKind) by their numbers, then these.
inline constexpr std::size_t kBanActivity = kEventKinds;
inline constexpr std::size_t kUnbanActivity = kEventKinds + 1;
inline constexpr std::size_t kAnswerActivity = kEventKinds + 2;
inline constexpr std::size_t kActivityKinds = kEventKinds + 3;
using ActivityKinds = std::bitset<kActivityKinds>;

// In the order of their numbers: "auth_failure", ..., "ban", "unban", "answer".
const std::vector<std::string_view>& activity_kind_names();
std::size_t kind_of(const Activity& activity);

// Names with commas between them: "ban,unban". The error names the word and what was expected.
Result<ActivityKinds> parse_activity_kinds(std::string_view text);
// The inverse; "" for none.
std::string to_string(const ActivityKinds& kinds);

// Which activities are wanted: those that fulfil every condition that is set.
struct ActivityFilter {
    // Of events and answers: the account's name, letters of either case alike. Bans name no
    // account, so none is wanted then.
    std::string account{};
    // Of events and answers: the client is in it. Of bans: the prefix shares an address with it.
    std::optional<Prefix> address{};
    // Of bans, and of answers because of one: the rule's name. Events name no rule, so none is
    // wanted then.
    std::string rule{};
    ActivityKinds kinds{};  // none: all

    bool matches(const Activity& activity) const;
    bool operator==(const ActivityFilter&) const = default;
};

// One line of JSON without a newline.
std::string to_json(const Activity& activity);
// What a follower gets in place of lines that it was too slow for.
std::string lost_lines_json(std::uint64_t lines);

}  // namespace mailban
