// Ledger: who is out until when and why; when each ban ends; who has been out before.
//
// A value machine: it decides how long a ban lasts, not whether there is one and not how it is
// carried out. One ban a prefix.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/net/prefix_set.h"

#include <cstddef>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mailban {

// Each further ban of one prefix lasts `factor` times the last, up to `max`; a prefix that was not
// banned for `forget` starts anew.
struct Escalation {
    double factor = 2;
    Duration max = std::chrono::days(30);
    Duration forget = std::chrono::days(60);
    bool operator==(const Escalation&) const = default;
};

// How often a prefix has been banned, and when the last of those bans began.
struct Offender {
    Prefix prefix{};
    std::uint32_t level = 0;
    Timestamp last_ban{};
    bool operator==(const Offender&) const = default;
};

class Ledger {
public:
    // `capacity`: bans at once, at least 1. Twice as many offenders are remembered; of more those
    // whose last ban began longest ago are forgotten.
    Ledger(Escalation escalation, std::size_t capacity);

    // The escalation step that a ban of `prefix` at `at` would be, from 1.
    std::uint32_t next_level(const Prefix& prefix, Timestamp at) const;
    // How long a ban of that step lasts; never shorter than `base`.
    Duration duration(Duration base, std::uint32_t level) const;

    // Enters a ban in place of any that its prefix has. When full, the ban that ends soonest makes
    // room and is returned.
    std::optional<Ban> impose(const Ban& ban);
    // Notes an offence for escalation; what next_level() counts.
    Offender remember(const Prefix& prefix, std::uint32_t level, Timestamp at);
    void restore(const Offender& offender);

    std::optional<Ban> lift(const Prefix& prefix);
    // Takes out and returns the bans whose end is at or before `now`, in order of end, at most
    // `most`.
    std::vector<Ban> expire(Timestamp now, std::size_t most);
    std::optional<Timestamp> next_expiry() const;

    const Ban* find(const Prefix& prefix) const;
    // The narrowest ban that holds `address`.
    const Ban* covering(const IpAddress& address) const;
    // The bans that share an address with `prefix`, at most `most`: wider ones first, then those
    // in it, in their order.
    std::vector<Prefix> overlapping(const Prefix& prefix, std::size_t most) const;
    const std::map<Prefix, Ban>& bans() const noexcept { return bans_; }
    const Offender* offender(const Prefix& prefix) const;
    const std::map<Prefix, Offender>& offenders() const noexcept { return offenders_; }

private:
    Escalation escalation_;
    std::size_t capacity_;
    std::map<Prefix, Ban> bans_{};
    PrefixSet prefixes_{};
    std::set<std::pair<Timestamp, Prefix>> ends_{};
    std::map<Prefix, Offender> offenders_{};
    std::set<std::pair<Timestamp, Prefix>> last_bans_{};  // of the offenders
};

}  // namespace mailban
