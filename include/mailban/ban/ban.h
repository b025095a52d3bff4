// Ban: who is out of which ports, since when, until when, and why.
#pragma once

#include "mailban/name_table.h"
#include "mailban/net/ban_place.h"
#include "mailban/net/port_set.h"
#include "mailban/net/prefix.h"
#include "mailban/time/time.h"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

namespace mailban {

// Who imposed a ban. Bans of one prefix and different origins stand side by side: none of them ends
// another, and the prefix is shut out until the last one ends. The state database stores the
// number.
//
// A ban of origin `observed` shuts nobody out: it is what a rule with `mode: observe` would have
// done. It stands in a ledger of its own (Engine::observed).
enum class BanOrigin : std::uint8_t { rule, manual, imported, observed };
inline constexpr std::size_t kBanOrigins = 4;
inline constexpr NameTable<BanOrigin, kBanOrigins> kBanOriginNames({"rule", "manual", "imported",
                                                                    "observed"});
inline constexpr BanOrigin kFirstBanOrigin{};
inline constexpr auto kLastBanOrigin = static_cast<BanOrigin>(kBanOrigins - 1);

// Why a ban ended. The state database, the journal and the JSON have the name.
enum class BanEndReason : std::uint8_t {
    expired,
    unbanned,   // by an administrator
    trusted,    // it is on the allowlist now
    displaced,  // made room for another one (limits.bans)
    merged,     // into a ban of its subnet
    lifted,     // while the state database could not be written
};
inline constexpr std::size_t kBanEndReasons = 6;
inline constexpr NameTable<BanEndReason, kBanEndReasons> kBanEndReasonNames(
    {"expired", "unbanned", "unbanned as trusted", "displaced", "merged", "lifted"});

// One ban among all: a prefix has at most one of each origin. In order of the prefix.
struct BanKey {
    Prefix prefix{};
    BanOrigin origin = BanOrigin::rule;
    auto operator<=>(const BanKey&) const = default;
};

struct Ban {
    Prefix prefix{};
    Timestamp since{};
    Until until{};
    BanOrigin origin = BanOrigin::rule;
    // The rule's name; empty for a manual ban; of an imported one, whose it was:
    // "fail2ban:dovecot".
    std::string rule{};
    std::string reason{};     // an administrator's words, or a sentence that says what tripped
    std::uint32_t count = 0;  // events that the rule counted
    std::uint32_t level = 1;  // 1 for the first ban of this prefix, 2 for the next, ...
    std::optional<PortSet> ports{};  // that it closes; nullopt: firewall.ports
    BanPlace where = BanPlace::both;
    BanKey key() const { return {prefix, origin}; }
    bool operator==(const Ban&) const = default;
};

// "by hand", "by rule password-guessing", "by fail2ban:dovecot"
inline std::string imposer_text(const Ban& ban)
{
    if (ban.origin == BanOrigin::manual) return "by hand";
    return (ban.origin == BanOrigin::imported ? "by " : "by rule ") + ban.rule;
}

// Whether `one` is later than `other`; nullopt is for ever.
inline bool ends_later(const Until& one, const Until& other)
{
    return other && (!one || *one > *other);
}

}  // namespace mailban
