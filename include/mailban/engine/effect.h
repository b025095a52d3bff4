// Effect: what the engine wants done, as values. The shell carries them out in their order.
#pragma once

#include "mailban/ban/allowlist.h"
#include "mailban/ban/ledger.h"
#include "mailban/detect/trust.h"
#include "mailban/firewall/plan.h"
#include "mailban/hook/happening.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

namespace mailban {

// To the firewall.
struct Enforce {
    Change change{};
    bool operator==(const Enforce&) const = default;
};

// To the store.
struct RecordEvent {
    Event event{};
    std::uint32_t source = 0;   // the log that told it
    std::uint32_t counted = 0;  // how many of its attempts no other line had told
    bool operator==(const RecordEvent&) const = default;
};
// The clock was set back: events recorded at a later time happened at `at`.
struct RecordSetBack {
    Timestamp at{};
    bool operator==(const RecordSetBack&) const = default;
};
// One attempt of a recorded event turned out to be none: the next password database accepted, or it
// was told a second time. The event has this address, time and account.
struct RecordWithdrawal {
    IpAddress ip{};
    Timestamp time{};
    std::optional<std::string> account{};
    bool operator==(const RecordWithdrawal&) const = default;
};
struct RecordBan {
    Ban ban{};
    bool operator==(const RecordBan&) const = default;
};
struct RecordEnd {
    Prefix prefix{};
    Timestamp when{};
    std::string why{};  // "expired", "unbanned", "unbanned as trusted", "displaced", "merged"
    BanOrigin origin = BanOrigin::rule;
    bool operator==(const RecordEnd&) const = default;
};
// An administrator has pardoned: what clients in `prefix` did before counts no longer. Its place
// among the events matters.
struct RecordPardon {
    Prefix prefix{};
    Timestamp at{};
    bool operator==(const RecordPardon&) const = default;
};
// Of level 0: forgotten.
struct RecordOffender {
    Offender offender{};
    bool operator==(const RecordOffender&) const = default;
};
struct RecordLogin {
    KnownLogin login{};
    std::optional<IpAddress> replaces{};  // a client of the same account that is forgotten for it
    bool operator==(const RecordLogin&) const = default;
};
// By hand: allowed from now on, and no longer.
struct RecordAllowed {
    Allowed entry{};
    bool operator==(const RecordAllowed&) const = default;
};
struct RecordDisallowed {
    Prefix prefix{};
    bool operator==(const RecordDisallowed&) const = default;
};

// To the log, and to the hooks where they may want to hear of it. Never holds text that a client
// chose, but for the plain name of an account.
struct Tell {
    enum class Severity : std::uint8_t { info, warning };
    Severity severity = Severity::info;
    std::string text{};
    std::optional<Happening> happening{};
    std::optional<std::uint32_t> log{};  // that it comes from; its name is to follow the text
    bool operator==(const Tell&) const = default;
};

using Effect =
    std::variant<Enforce, RecordEvent, RecordSetBack, RecordWithdrawal, RecordBan, RecordEnd,
                 RecordPardon, RecordOffender, RecordLogin, RecordAllowed, RecordDisallowed, Tell>;
using Effects = std::vector<Effect>;

}  // namespace mailban
