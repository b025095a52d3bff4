// Effect: what the engine wants done, as values. The shell carries them out in their order.
#pragma once

#include "mailban/ban/allowlist.h"
#include "mailban/ban/ledger.h"
#include "mailban/detect/trust.h"
#include "mailban/event/source.h"
#include "mailban/firewall/plan.h"
#include "mailban/hook/hook_event.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <optional>
#include <string>
#include <type_traits>
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
    SourceId source = 0;        // that told it
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
    BanEndReason why = BanEndReason::expired;
    BanOrigin origin = BanOrigin::rule;
    std::string rule{};  // of the ban; empty for one by hand
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

using Record =
    std::variant<RecordEvent, RecordSetBack, RecordWithdrawal, RecordBan, RecordEnd, RecordPardon,
                 RecordOffender, RecordLogin, RecordAllowed, RecordDisallowed>;

// To the log, and to the hooks where they may want to hear of it. Never holds text that a client
// chose, but for the plain name of an account.
struct Notice {
    enum class Severity : std::uint8_t { info, warning };
    Severity severity = Severity::info;
    std::string text{};
    std::optional<HookEvent> hook_event{};
    std::optional<SourceId> log{};  // that it comes from; its name is to follow the text
    bool operator==(const Notice&) const = default;
};

using Effect = std::variant<Enforce, Record, Notice>;
using Effects = std::vector<Effect>;

// The effect, or what it records, where it is of this kind; else null.
template <class Kind>
const Kind* effect_as(const Effect& effect) noexcept
{
    if constexpr (std::is_constructible_v<Record, const Kind&> && !std::is_same_v<Kind, Record>) {
        const auto* const record = std::get_if<Record>(&effect);
        return record == nullptr ? nullptr : std::get_if<Kind>(record);
    } else {
        return std::get_if<Kind>(&effect);
    }
}

}  // namespace mailban
