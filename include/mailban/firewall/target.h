// Target: what a firewall shall hold, what it is believed to hold, and so what is left to do.
//
// Bans come and go one by one; a firewall takes them in batches and may forget them. Target keeps
// the latest wish for each prefix, so that a pair that cancels costs nothing, and hands out what
// differs, the newest wish first. Prefixes that lie inside another wanted prefix are held back
// until that one goes: sets of intervals refuse overlaps, and lifting one ban never opens another.
// Only a prefix whose ban closes as many ports hides another.
//
// A prefix whose ban comes to close more ports is added to the new group in one plan, and removed
// from the old group in a later plan, so it is never let in. One that comes to close fewer, or
// others, is removed first.
#pragma once

#include "mailban/firewall/plan.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <utility>
#include <vector>

namespace mailban {

class Target {
public:
    explicit Target(KeepsTime keeps_time, PortGroups groups = {})
        : groups_(std::move(groups)), keeps_time_(keeps_time)
    {
    }

    // Until the backend is known, KeepsTime::yes is a safe guess.
    void set_keeps_time(KeepsTime keeps_time) noexcept { keeps_time_ = keeps_time; }
    // The groups that the backend tells apart. A group that it does not have counts as the first.
    void set_groups(PortGroups groups) { groups_ = std::move(groups); }

    // Whether the firewall can hold IPv6 bans at all; where not, they are wanted and never wait.
    void set_holds_ipv6(bool holds) noexcept { holds_ipv6_ = holds; }

    void want(const Prefix& prefix, const WantedBan& ban);
    void drop(const Prefix& prefix);
    // The whole of what is wanted from now on; only what is new or gone counts as a wish.
    void want_only(const Wanted& wanted);

    // At most `most` changes, newest wish first, but removals before all else. They count as under
    // way until succeeded() or failed() is told. A ban whose end is not after `now` is not imposed.
    Plan next(std::size_t most, Timestamp now);

    void succeeded(const Plan& plan);
    // The changes wait again, in their old order.
    void failed(const Plan& plan);
    // The same, but they are set aside until the next observed(): one change that a firewall can
    // never make must not keep the others waiting.
    void set_aside(const Plan& plan);

    // What the firewall really holds, in any order; whatever differs from what is wanted waits from
    // now on.
    struct Difference {
        std::size_t lost = 0;     // bans that had been imposed and are gone, or end otherwise
        std::size_t strange = 0;  // bans that nobody had imposed
    };
    Difference observed(std::vector<Held> actual, Timestamp now);

    // Whether all that was wished of exactly this prefix is done, as far as is known.
    bool is_done(const Prefix& prefix, Timestamp now) const
    {
        return !waiting_.contains(prefix) && !change_for(prefix, now);
    }
    bool is_wanted(const Prefix& prefix) const { return wanted_.contains(prefix); }
    std::size_t waiting() const noexcept { return waiting_.size(); }
    // Waiting, under way or set aside.
    std::size_t pending() const noexcept { return waiting_.size() + taken_ + aside_; }
    std::size_t held() const noexcept { return held_.size(); }
    std::size_t wanted() const noexcept { return wanted_.size(); }
    // Wanted, and of a family that the firewall cannot hold.
    std::size_t not_enforceable() const noexcept;

    // What is to stand at `now`: in force, and inside no other prefix that is and closes as much.
    Wanted outermost(Timestamp now) const;

private:
    struct Wish {
        WantedBan ban{};
        std::uint64_t order = 0;
    };
    using HeldBans = std::map<std::pair<Prefix, PortGroup>, Until>;

    PortGroup group_of(const WantedBan& ban) const;
    bool is_covered(const Prefix& prefix, PortGroup group, Timestamp now) const;
    std::optional<Change> change_for(const Prefix& prefix, Timestamp now) const;
    std::optional<Change> change_towards(const Prefix& prefix, const WantedBan& ban) const;
    std::optional<Change> removal_of(const Prefix& prefix, PortGroup but) const;
    bool is_held(const Prefix& prefix) const;
    void note_step(const Change& change);
    std::optional<Prefix> in_the_way_of(const Prefix& prefix, PortGroup group) const;
    void postpone_overlaps(Plan& plan, Timestamp now);
    void mark(const Prefix& prefix);
    void mark_inside(const Prefix& prefix);
    void wait_again(const Prefix& prefix);
    void stop_waiting(const Prefix& prefix);
    // Called for each prefix that is held, or was.
    using Compare = std::function<void(const Prefix& prefix, bool was_held)>;
    void take_for_held(std::vector<Held> actual, const Compare& compare);

    // How many wanted prefixes have each length, IPv4 first: most lengths are never looked up.
    std::array<std::size_t, 33> lengths4_{};
    std::array<std::size_t, 129> lengths6_{};
    std::map<Prefix, Wish> wanted_{};
    HeldBans held_{};
    // On their way into another group, and still in the old one.
    std::set<Prefix> moving_{};
    // When each was wished, and the same the other way round: taking the newest out of ten thousand
    // must not cost a look at all of them.
    std::map<Prefix, std::uint64_t> waiting_{};
    std::set<std::pair<std::uint64_t, Prefix>> by_age_{};
    std::size_t taken_ = 0;
    std::size_t aside_ = 0;
    std::uint64_t clock_ = 0;
    PortGroups groups_;
    KeepsTime keeps_time_;
    bool holds_ipv6_ = true;
};

}  // namespace mailban
