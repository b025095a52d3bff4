// Ledger: who is out until when and why; when each ban ends; who has been out before.
//
// A value machine: it decides how long a ban lasts, not whether there is one and not how it is
// carried out. One ban a prefix and origin.
//
// Its places are bounded, and an attacker with many addresses must not push others out of them. So
// when it is full, the network (an IPv4 /16, an IPv6 /32) that holds the most bans of rules makes
// room, and of its bans the least guilty. And the bans of the clients of a crowded block (an IPv4
// /24, an IPv6 /48) may become one: whether they may, its user says, who knows who else is there.
#pragma once

#include "mailban/ban/ban.h"
#include "mailban/ban/ban_index.h"
#include "mailban/net/seed.h"

#include <array>
#include <cstddef>
#include <cstdint>
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

// How often a prefix has been banned, and when the last of those bans began. Level 0: forgotten.
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
    Ledger(Escalation escalation, std::size_t capacity, Seed seed);

    // The other's escalation and capacity from now on. Bans beyond a lower capacity stay until they
    // end.
    void take_limits_of(const Ledger& other) noexcept
    {
        escalation_ = other.escalation_;
        capacity_ = other.capacity_;
    }

    // The escalation step that a ban of `prefix` at `at` would be, from 1.
    std::uint32_t next_level(const Prefix& prefix, Timestamp at) const;
    // How long a ban of that step lasts; never shorter than `base`.
    Duration duration(Duration base, std::uint32_t level) const;

    // Enters a ban in place of the one that its prefix has of this origin. When full, another ban
    // makes room and is returned: one that is not by hand, of the network that has most of these,
    // the least guilty there. That is a client's before a block's, one that ends before one that
    // does not, then the one of the lowest level, the shortest, and the one that ends soonest. Bans
    // by hand make no room for others: where there is nothing else, `ban` itself is returned and
    // not entered. Among themselves the one that ends soonest goes.
    std::optional<Ban> impose(const Ban& ban);
    bool is_full() const noexcept { return bans_.size() >= capacity_; }

    // The block around a client's ban, where it is crowded: bans of rules that will end hold more
    // than half of an IPv4 /24, or 64 clients of an IPv6 /48.
    std::optional<Prefix> crowded_block(const Prefix& client) const;
    // Where one network holds an eighth of all places: IPv6 blocks of it in which bans of two
    // clients or more could become one. Some of them, `near` first; of these the fullest first.
    std::vector<Prefix> blocks_to_merge(const Prefix& near) const;
    // Takes out and returns the bans that a rule's ban of the whole block takes the place of.
    std::vector<Ban> take_clients(const Prefix& block);
    // Notes an offence for escalation; what next_level() counts.
    Offender remember(const Prefix& prefix, std::uint32_t level, Timestamp at);
    void restore(const Offender& offender);
    // Forgets and returns those whose prefixes lie in `prefix`.
    std::vector<Prefix> forget_offenders(const Prefix& prefix);

    std::optional<Ban> lift(const BanKey& key);
    // Takes out and returns the bans whose end is at or before `now`, in order of end, at most
    // `most`.
    std::vector<Ban> expire(Timestamp now, std::size_t most);
    std::optional<Timestamp> next_expiry() const;

    const Ban* find(const BanKey& key) const;
    // Of the bans of this very prefix the one that ends last.
    const Ban* find(const Prefix& prefix) const;
    // All bans of this very prefix, in order of origin.
    std::vector<Ban> bans_of(const Prefix& prefix) const;
    // The same, one by one.
    template <class Visitor>
    void each_ban_of(const Prefix& prefix, Visitor visit) const
    {
        each_origin([&](BanOrigin origin) {
            if (const Ban* const ban = index_.find({prefix, origin})) visit(*ban);
        });
    }
    // The narrowest ban that holds `address`; of those of one prefix the one that ends last.
    const Ban* covering(const IpAddress& address) const;
    const Ban* covering(const IpAddress& address, BanOrigin origin) const;
    // The bans of wider prefixes that hold all of `prefix`, the widest first.
    std::vector<BanKey> around(const Prefix& prefix) const;
    // The bans of `prefix` and of what lies in it, in their order, at most `most`.
    std::vector<BanKey> inside(const Prefix& prefix, std::size_t most) const;
    // The bans that share an address with `prefix`: first those around it, then those inside; of
    // the latter so few that there are at most `most`, if the former are not more.
    std::vector<BanKey> overlapping(const Prefix& prefix, std::size_t most) const;
    const std::map<BanKey, Ban>& bans() const noexcept { return bans_; }
    // How many bans there are of this origin.
    std::size_t count(BanOrigin origin) const
    {
        return counts_.at(static_cast<std::size_t>(origin));
    }
    const Offender* offender(const Prefix& prefix) const;
    const std::map<Prefix, Offender>& offenders() const noexcept { return offenders_; }

private:
    using Network = std::uint64_t;
    // Of one network, the least guilty first.
    struct Guilt {
        Network network = 0;
        std::uint64_t rank = 0;  // kind and level
        Duration length{};
        Until until{};
        BanKey key{};
        auto operator<=>(const Guilt&) const = default;
    };
    static Network network_of(const Prefix& prefix);
    static Guilt guilt_of(const Ban& ban);

    void enter(const Ban& ban);
    std::optional<Ban> make_room_for(const Ban& ban);
    void count(Network network, bool is_new);
    void note_block_of(const Prefix& client);
    std::size_t clients_in(const Prefix& block, std::size_t most) const;
    template <class Visitor>
    void for_each_client(const Prefix& block, Visitor visit) const;

    Escalation escalation_;
    std::size_t capacity_;
    // Those of which there are bans: mostly one.
    template <class Visitor>
    void each_origin(Visitor visit) const
    {
        for (std::size_t origin = 0; origin < kBanOrigins; ++origin)
            if (counts_[origin] > 0) visit(static_cast<BanOrigin>(origin));
    }
    std::size_t& count_of(BanOrigin origin) { return counts_.at(static_cast<std::size_t>(origin)); }

    std::map<BanKey, Ban> bans_{};
    BanIndex index_;  // of bans_
    std::array<std::size_t, kBanOrigins> counts_{};
    std::set<std::pair<Timestamp, BanKey>> ends_{};
    // Of the bans that make room.
    std::set<Guilt> guilt_{};
    std::map<Network, std::size_t> sizes_{};
    std::set<std::pair<std::size_t, Network>> by_size_{};
    // IPv6 blocks with two clients or more whose bans could become one.
    std::set<Prefix> shared_blocks_{};
    std::map<Prefix, Offender> offenders_{};
    std::set<std::pair<Timestamp, Prefix>> last_bans_{};  // of the offenders
};

}  // namespace mailban
