// HookEvent: what an administrator's own programs may want to hear of, and how they are told.
// Values and text only; nothing here runs a program.
//
// The programs are argument vectors with placeholders inside their arguments. What a placeholder
// becomes was printed anew from an address, a number or a time, or is a word of the configuration
// or of mailban's own; the one text of a stranger's is an account's name, and only a plain one.
#pragma once

#include "mailban/firewall/argument_vector.h"
#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <bitset>
#include <cstdint>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct HookEvent {
    enum class Kind : std::uint8_t {
        ban,  // also: one that stands lasts longer
        unban,
        stale_password,
        hijacked_account,
        outage,
        outage_over,
        degraded,     // the firewall does not do what is wanted of it
        ineffective,  // a ban does not bite
        blind,        // no log has a line of a mail server
        would_ban,    // a rule with `mode: observe` has tripped
    };
    Kind kind = Kind::ban;
    Timestamp at{};
    std::optional<Prefix> prefix{};  // whom it is about
    std::string rule{};              // of a ban or its end; empty for one by hand
    std::optional<std::uint64_t> count{};
    std::optional<Until> until{};  // of a ban
    std::string account{};         // as it may be shown
    std::string why{};  // why a ban ended, does not bite, or nothing is seen: in mailban's words
    bool operator==(const HookEvent&) const = default;
};
inline constexpr std::size_t kHappeningKinds = 10;

// In the order of their enumerators.
const std::vector<std::string_view>& happening_names();

using HappeningKinds = std::bitset<kHappeningKinds>;

// One program to run when something of these kinds happens.
struct HookConfig {
    HappeningKinds on{};
    ArgumentVector run{};
    Duration time_limit = std::chrono::seconds(10);
    bool operator==(const HookConfig&) const = default;
};

// {event}: its kind. {time}: when. {prefix}, {address}: who, with its length, and its first address
// alone. {rule}, {count}, {until} ("forever"), {account}, {why}. What a happening does not have is
// empty.
const std::vector<std::string_view>& hook_placeholders();

ArgumentVector filled_in(const ArgumentVector& words, const HookEvent& hook_event);

}  // namespace mailban
