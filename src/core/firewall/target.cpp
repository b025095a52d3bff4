#include "mailban/firewall/target.h"

#include <algorithm>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

namespace mailban {

namespace {

bool in_force(Until until, Timestamp now)
{
    return !until || *until > now;
}

unsigned bits_of(const Prefix& prefix)
{
    return prefix.length() + (prefix.is_v4() ? 96U : 0U);
}

}  // namespace

void Target::want(const Prefix& prefix, const WantedBan& ban)
{
    const auto [wish, is_new] = wanted_.try_emplace(prefix);
    if (is_new) ++(prefix.is_v4() ? lengths4_.at(prefix.length()) : lengths6_.at(prefix.length()));
    mark_inside(prefix);
    mark(prefix);
    wish->second = {ban, clock_};
}

void Target::drop(const Prefix& prefix)
{
    if (wanted_.erase(prefix) == 0) return;
    --(prefix.is_v4() ? lengths4_.at(prefix.length()) : lengths6_.at(prefix.length()));
    mark(prefix);
    // After the prefix itself, so newer than it: where changes go one by one, what it hid is
    // imposed before it is lifted.
    mark_inside(prefix);
}

void Target::want_only(const Wanted& wanted)
{
    std::vector<Prefix> gone;
    for (const auto& [prefix, wish] : wanted_)
        if (!wanted.contains(prefix)) gone.push_back(prefix);
    for (const auto& prefix : gone)
        drop(prefix);
    for (const auto& [prefix, ban] : wanted) {
        const auto wish = wanted_.find(prefix);
        if (wish == wanted_.end() || wish->second.ban != ban) want(prefix, ban);
    }
}

void Target::mark(const Prefix& prefix)
{
    const auto [wish, is_new] = waiting_.try_emplace(prefix);
    if (!is_new) by_age_.erase({wish->second, prefix});
    wish->second = ++clock_;
    by_age_.emplace_hint(by_age_.end(), clock_, prefix);
}

void Target::mark_inside(const Prefix& prefix)
{
    if (prefix.is_host()) return;
    const auto is_near = [&](const Prefix& other) {
        return other.base().masked(bits_of(prefix)) == prefix.base();
    };
    for (auto at = wanted_.lower_bound(prefix); at != wanted_.end() && is_near(at->first); ++at)
        if (at->first != prefix && prefix.contains(at->first)) mark(at->first);
}

PortGroup Target::group_of(const WantedBan& ban) const
{
    return ban.group < groups_.size() ? ban.group : PortGroup{0};
}

bool Target::is_covered(const Prefix& prefix, PortGroup group, Timestamp now) const
{
    for (unsigned length = 0; length < prefix.length(); ++length) {
        if ((prefix.is_v4() ? lengths4_.at(length) : lengths6_.at(length)) == 0) continue;
        const auto outer = wanted_.find(Prefix::of(prefix.base(), length));
        if (outer == wanted_.end() || !in_force(outer->second.ban.until, now)) continue;
        if (groups_.covers(group_of(outer->second.ban), group)) return true;
    }
    return false;
}

std::optional<Change> Target::removal_of(const Prefix& prefix, PortGroup but) const
{
    for (auto at = held_.lower_bound({prefix, 0}); at != held_.end(); ++at) {
        const auto& [held, group] = at->first;
        if (held != prefix) break;
        if (group != but) return Change{Change::Kind::remove, prefix, {}, group};
    }
    return std::nullopt;
}

std::optional<Change> Target::change_towards(const Prefix& prefix, const WantedBan& ban) const
{
    const auto group = group_of(ban);
    const auto other = removal_of(prefix, group);
    const auto held = held_.find({prefix, group});
    if (held == held_.end()) {
        if (other && !groups_.covers(group, other->group)) return other;
        return Change{Change::Kind::add, prefix, ban.until, group};
    }
    if (keeps_time_ == KeepsTime::yes && differ(ban.until, held->second))
        return Change{Change::Kind::extend, prefix, ban.until, group};
    return other;
}

std::optional<Change> Target::change_for(const Prefix& prefix, Timestamp now) const
{
    constexpr PortGroup kNone = std::numeric_limits<PortGroup>::max();
    const auto wish = wanted_.find(prefix);
    const bool is_due = wish != wanted_.end() && (holds_ipv6_ || prefix.is_v4()) &&
                        in_force(wish->second.ban.until, now) &&
                        !is_covered(prefix, group_of(wish->second.ban), now);
    return is_due ? change_towards(prefix, wish->second.ban) : removal_of(prefix, kNone);
}

std::size_t Target::not_enforceable() const noexcept
{
    if (holds_ipv6_) return 0;
    return std::accumulate(lengths6_.begin(), lengths6_.end(), std::size_t{0});
}

bool Target::is_held(const Prefix& prefix) const
{
    const auto at = held_.lower_bound({prefix, 0});
    return at != held_.end() && at->first.first == prefix;
}

// A prefix that overlaps this one and has not left the group yet.
std::optional<Prefix> Target::in_the_way_of(const Prefix& prefix, PortGroup group) const
{
    const auto is_there = [&](const Prefix& other) {
        return other != prefix && held_.contains({other, group});
    };
    for (auto at = moving_.lower_bound(prefix); at != moving_.end(); ++at) {
        if (at->base().masked(bits_of(prefix)) != prefix.base()) break;
        if (prefix.contains(*at) && is_there(*at)) return *at;
    }
    for (unsigned length = 0; length < prefix.length(); ++length) {
        const auto outer = Prefix::of(prefix.base(), length);
        if (moving_.contains(outer) && is_there(outer)) return outer;
    }
    return std::nullopt;
}

void Target::postpone_overlaps(Plan& plan, Timestamp now)
{
    for (const auto& change : plan)
        if (change.kind == Change::Kind::add && is_held(change.prefix))
            moving_.insert(change.prefix);
    if (moving_.empty()) return;
    std::optional<Prefix> first;
    std::erase_if(plan, [&](const Change& change) {
        if (change.kind != Change::Kind::add) return false;
        const auto other = in_the_way_of(change.prefix, change.group);
        if (other) wait_again(change.prefix);
        if (other && !first) first = other;
        return other.has_value();
    });
    // Where changes go one by one, the newest would else wait for what is never its turn.
    if (!plan.empty() || !first) return;
    stop_waiting(*first);
    if (const auto change = change_for(*first, now)) plan.push_back(*change);
}

Plan Target::next(std::size_t most, Timestamp now)
{
    Plan plan;
    while (!by_age_.empty() && plan.size() < most) {
        const auto newest = std::prev(by_age_.end());
        const Prefix prefix = newest->second;
        by_age_.erase(newest);
        waiting_.erase(prefix);
        if (const auto change = change_for(prefix, now)) plan.push_back(*change);
    }
    postpone_overlaps(plan, now);
    std::stable_partition(plan.begin(), plan.end(),
                          [](const Change& change) { return change.kind == Change::Kind::remove; });
    taken_ += plan.size();
    return plan;
}

// One step of several, where the prefix is held in another group than the one it shall be in.
void Target::note_step(const Change& change)
{
    const auto wish = wanted_.find(change.prefix);
    const bool is_wanted = wish != wanted_.end();
    const auto group = is_wanted ? group_of(wish->second.ban) : change.group;
    const bool is_elsewhere = removal_of(change.prefix, group).has_value();
    if (!is_elsewhere) moving_.erase(change.prefix);
    if (is_elsewhere || (is_wanted && !held_.contains({change.prefix, group})))
        wait_again(change.prefix);
}

void Target::succeeded(const Plan& plan)
{
    taken_ -= plan.size();
    for (const auto& change : plan) {
        if (change.kind == Change::Kind::remove)
            held_.erase({change.prefix, change.group});
        else
            held_[{change.prefix, change.group}] = change.until;
        if (groups_.size() > 1) note_step(change);
    }
}

void Target::wait_again(const Prefix& prefix)
{
    const auto wish = wanted_.find(prefix);
    const std::uint64_t order = wish == wanted_.end() ? 0 : wish->second.order;
    if (waiting_.emplace(prefix, order).second) by_age_.emplace(order, prefix);
}

void Target::stop_waiting(const Prefix& prefix)
{
    const auto waiting = waiting_.find(prefix);
    if (waiting == waiting_.end()) return;
    by_age_.erase({waiting->second, prefix});
    waiting_.erase(waiting);
}

void Target::failed(const Plan& plan)
{
    taken_ -= plan.size();
    for (const auto& change : plan)
        wait_again(change.prefix);
}

void Target::set_aside(const Plan& plan)
{
    taken_ -= plan.size();
    aside_ += plan.size();
}

// In place: each copy of a hundred thousand bans would be eight megabytes.
void Target::take_for_held(std::vector<Held> actual, const Compare& compare)
{
    const auto key_of = [](const Held& one) { return std::pair(one.prefix, one.group); };
    std::sort(actual.begin(), actual.end(),
              [&](const Held& left, const Held& right) { return key_of(left) < key_of(right); });
    auto held = held_.begin();
    const auto lose_until = [&](const auto& is_reached) {
        while (held != held_.end() && !is_reached(held->first)) {
            const Prefix lost = held->first.first;
            held = held_.erase(held);
            compare(lost, true);
        }
    };
    for (const auto& one : actual) {
        const auto key = key_of(one);
        lose_until([&](const auto& reached) { return reached >= key; });
        const bool was_held = held != held_.end() && held->first == key;
        held = held_.insert_or_assign(held, key, one.until);
        compare(one.prefix, was_held);
        ++held;
    }
    lose_until([](const auto&) { return false; });
}

Target::Difference Target::observed(std::vector<Held> actual, Timestamp now)
{
    aside_ = 0;
    moving_.clear();
    Difference difference;
    const auto compare = [&](const Prefix& prefix, bool was_held) {
        const auto change = change_for(prefix, now);
        if (!change) return;
        const bool is_removal = change->kind == Change::Kind::remove;
        if (was_held && !is_removal) ++difference.lost;
        if (!was_held && is_removal) ++difference.strange;
        wait_again(prefix);
    };
    take_for_held(std::move(actual), compare);
    for (const auto& [prefix, wish] : wanted_)
        if (!held_.contains({prefix, group_of(wish.ban)})) compare(prefix, false);
    return difference;
}

Wanted Target::outermost(Timestamp now) const
{
    Wanted outermost;
    for (const auto& [prefix, wish] : wanted_)
        if ((holds_ipv6_ || prefix.is_v4()) && in_force(wish.ban.until, now) &&
            !is_covered(prefix, group_of(wish.ban), now))
            outermost.emplace_hint(outermost.end(), prefix,
                                   WantedBan(wish.ban.until, group_of(wish.ban)));
    return outermost;
}

}  // namespace mailban
