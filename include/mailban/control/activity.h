// Activity: one line of `mailban events`: an event of a log, a ban, or the end of a ban. The same
// type and the same JSON whether it happens now or comes from the database.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/control/evidence.h"
#include "mailban/net/prefix.h"
#include "mailban/parse/event.h"
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

using Activity = std::variant<Evidence, Ban, BanEnd>;

// When it happened: an event's own time, the begin of a ban, the end of a ban.
Timestamp time_of(const Activity& activity);

// The kinds of activity: those of events (EventKind) by their numbers, then these two.
inline constexpr std::size_t kBanActivity = kEventKinds;
inline constexpr std::size_t kUnbanActivity = kEventKinds + 1;
inline constexpr std::size_t kActivityKinds = kEventKinds + 2;
using ActivityKinds = std::bitset<kActivityKinds>;

// In the order of their numbers: "auth_failure", ..., "ban", "unban".
const std::vector<std::string_view>& activity_kind_names();
std::size_t kind_of(const Activity& activity);

// Names with commas between them: "ban,unban". The error names the word and what was expected.
Result<ActivityKinds> parse_activity_kinds(std::string_view text);
// The inverse; "" for none.
std::string to_string(const ActivityKinds& kinds);

// Which activities are wanted: those that fulfil every condition that is set.
struct ActivityFilter {
    // Of events: the account's name, letters of either case alike. Bans name no account, so none is
    // wanted then.
    std::string account{};
    // Of events: the client is in it. Of bans: the prefix shares an address with it.
    std::optional<Prefix> address{};
    // Of bans: the rule's name. Events name no rule, so none is wanted then.
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
