#include "mailban/firewall/target.h"

#include <algorithm>
#include <iterator>
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

void Target::want(const Prefix& prefix, Until until)
{
    const auto [wish, is_new] = wanted_.try_emplace(prefix);
    if (is_new) ++(prefix.is_v4() ? lengths4_.at(prefix.length()) : lengths6_.at(prefix.length()));
    mark_inside(prefix);
    mark(prefix);
    wish->second = {until, clock_};
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
    for (const auto& [prefix, until] : wanted) {
        const auto wish = wanted_.find(prefix);
        if (wish == wanted_.end() || wish->second.until != until) want(prefix, until);
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

bool Target::is_covered(const Prefix& prefix, Timestamp now) const
{
    for (unsigned length = 0; length < prefix.length(); ++length) {
        if ((prefix.is_v4() ? lengths4_.at(length) : lengths6_.at(length)) == 0) continue;
        const auto outer = wanted_.find(Prefix::of(prefix.base(), length));
        if (outer != wanted_.end() && in_force(outer->second.until, now)) return true;
    }
    return false;
}

std::optional<Change> Target::change_for(const Prefix& prefix, Timestamp now) const
{
    const auto wish = wanted_.find(prefix);
    const auto held = held_.find(prefix);
    if (wish == wanted_.end() || !in_force(wish->second.until, now) || is_covered(prefix, now)) {
        if (held == held_.end()) return std::nullopt;
        return Change{Change::Kind::remove, prefix, {}};
    }
    const Until until = wish->second.until;
    if (held == held_.end()) return Change{Change::Kind::add, prefix, until};
    if (keeps_time_ == KeepsTime::no || !differ(until, held->second)) return std::nullopt;
    return Change{Change::Kind::extend, prefix, until};
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
    std::stable_partition(plan.begin(), plan.end(),
                          [](const Change& change) { return change.kind == Change::Kind::remove; });
    taken_ += plan.size();
    return plan;
}

void Target::succeeded(const Plan& plan)
{
    taken_ -= plan.size();
    for (const auto& change : plan) {
        if (change.kind == Change::Kind::remove)
            held_.erase(change.prefix);
        else
            held_[change.prefix] = change.until;
    }
}

void Target::wait_again(const Prefix& prefix)
{
    const auto wish = wanted_.find(prefix);
    const std::uint64_t order = wish == wanted_.end() ? 0 : wish->second.order;
    if (waiting_.emplace(prefix, order).second) by_age_.emplace(order, prefix);
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
    std::sort(actual.begin(), actual.end(),
              [](const Held& left, const Held& right) { return left.prefix < right.prefix; });
    auto held = held_.begin();
    const auto lose_until = [&](const auto& is_reached) {
        while (held != held_.end() && !is_reached(held->first)) {
            const Prefix lost = held->first;
            held = held_.erase(held);
            compare(lost, true);
        }
    };
    for (const auto& one : actual) {
        lose_until([&](const Prefix& prefix) { return prefix >= one.prefix; });
        const bool was_held = held != held_.end() && held->first == one.prefix;
        held = held_.insert_or_assign(held, one.prefix, one.until);
        compare(one.prefix, was_held);
        ++held;
    }
    lose_until([](const Prefix&) { return false; });
}

Target::Difference Target::observed(std::vector<Held> actual, Timestamp now)
{
    aside_ = 0;
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
        if (!held_.contains(prefix)) compare(prefix, false);
    return difference;
}

Wanted Target::outermost(Timestamp now) const
{
    Wanted outermost;
    for (const auto& [prefix, wish] : wanted_)
        if (in_force(wish.until, now) && !is_covered(prefix, now))
            outermost.emplace_hint(outermost.end(), prefix, wish.until);
    return outermost;
}

}  // namespace mailban
