// How a detector of another configuration takes over what the one before has counted.
//
// Rules of one scope share a WindowTable. Where some of them have changed, it goes on for the
// others and, where the scope is still the same, for the changed ones: which rules share one makes
// no difference to what they count.
#include "mailban/detect/detector.h"

#include <algorithm>
#include <utility>

namespace mailban {

bool count_alike(const Rule& one, const Rule& other)
{
    // All that is not named here counts: a field that is added makes rules differ.
    Rule same = other;
    same.name = one.name;
    same.ban = one.ban;
    same.ports = one.ports;
    same.mode = one.mode;
    same.place = one.place;
    if (one.by != CountBy::subnet) same.subnet = one.subnet;
    return same == one;
}

bool Detector::has_same_keys(const Detector& other) const noexcept
{
    return hash_seed_ == other.hash_seed_ && client_ == other.client_ && tracked_ == other.tracked_;
}

// Each rule before serves one: of two that count the same, the second has its own.
std::vector<std::size_t> Detector::equals_in(const Detector& before) const
{
    std::vector<std::size_t> equals(rules_.size(), kNoRule);
    if (!has_same_keys(before)) return equals;
    for (std::size_t rule = 0; rule < rules_.size(); ++rule) {
        for (std::size_t other = 0; other < before.rules_.size(); ++other) {
            const bool is_free = std::ranges::find(equals, other) == equals.end();
            if (!is_free || !count_alike(rules_[rule], before.rules_[other])) continue;
            equals[rule] = other;
            break;
        }
    }
    return equals;
}

bool Detector::can_inherit_all(const Detector& before) const
{
    return std::ranges::count(equals_in(before), kNoRule) == 0;
}

// What this detector's rules have counted in the windows of `before` is among it.
std::vector<std::size_t> Detector::heirs_of(const Group& group,
                                            const std::vector<std::size_t>& equals) const
{
    std::vector<std::size_t> heirs(group.own.counts(), kNoRule);
    for (std::size_t at = 0; at < group.rules.size(); ++at) {
        const auto heir = std::ranges::find(equals, group.rules[at]);
        const bool is_kept = group.rules[at] != kNoRule && heir != equals.end();
        if (is_kept) heirs[at] = static_cast<std::size_t>(heir - equals.begin());
    }
    for (const Group& borrower : groups_) {
        if (borrower.lent != &group.own) continue;
        for (std::size_t at = 0; at < borrower.rules.size(); ++at)
            if (borrower.rules[at] != kNoRule) heirs[at] = borrower.rules[at];
    }
    return heirs;
}

// The groups of `before` that rules of this detector go on with.
std::vector<Detector::Group> Detector::take_groups(Detector& before,
                                                   const std::vector<std::size_t>& equals)
{
    std::vector<Group> taken;
    for (Group& group : before.groups_) {
        take_repeated(group);
        group.rules = heirs_of(group, equals);
        group.own.retire(~group.counts());
        const bool is_needed = group.counts().any();
        if (!is_needed) evicted_before_ += group.own.evicted();
        if (is_needed) taken.push_back(std::move(group));
    }
    return taken;
}

void Detector::inherit(Detector&& before)
{
    const auto equals = equals_in(before);
    evicted_before_ += before.evicted_before_;
    std::vector<Group> groups = take_groups(before, equals);
    for (Group& group : groups_) {
        if (group.lent != nullptr) continue;
        for (auto& rule : group.rules)
            if (rule != kNoRule && equals[rule] != kNoRule) rule = kNoRule;
        group.left_out.reset();
        group.own.retire(~group.counts());
        if (group.counts().any()) groups.push_back(std::move(group));
    }
    groups_ = std::move(groups);
    leaned_on_ = nullptr;
    std::ranges::stable_sort(groups_, {}, [](const Group& group) { return group.by; });
}

void Detector::lean_on(Detector& before)
{
    before.end_loans();
    const auto equals = equals_in(before);
    for (Group& group : groups_)
        for (std::size_t at = 0; at < group.rules.size(); ++at)
            if (equals[group.rules[at]] != kNoRule) group.left_out.set(at);
    leaned_on_ = &before;
    if (!has_same_keys(before)) return;
    for (Group& lender : before.groups_)
        borrow(lender);
    std::ranges::stable_sort(groups_, {}, [](const Group& group) { return group.by; });
}

// Moves what can be counted in the windows of `lender` there.
void Detector::borrow(Group& lender)
{
    std::vector<std::size_t> rules;
    for (Group& group : groups_) {
        const Scope& scope = group;
        const bool may_borrow = scope == lender && group.lent == nullptr;
        for (std::size_t at = 0; may_borrow && at < group.rules.size(); ++at) {
            if (!group.counts().test(at)) continue;
            const auto count = lender.own.add_count(count_of(rules_[group.rules[at]]));
            if (!count) break;
            rules.resize(std::max(rules.size(), *count + 1), kNoRule);
            rules[*count] = std::exchange(group.rules[at], kNoRule);
        }
    }
    if (rules.empty()) return;
    const Scope& scope = lender;
    groups_.push_back({scope, std::move(rules), {}, WindowTable({}, 1, hash_seed_), &lender.own});
    track_repeated(groups_.back());
}

// The table of the longer span knows what the other one does.
void Detector::take_repeated(Group& lender)
{
    for (Group& borrower : groups_) {
        if (borrower.lent != &lender.own || !borrower.repeated) continue;
        if (lender.repeated && lender.repeated_within >= borrower.repeated_within) continue;
        lender.repeated = std::move(borrower.repeated);
        lender.repeated_within = borrower.repeated_within;
    }
}

// Counts that a detector has noted here which did not take this one's place.
void Detector::end_loans()
{
    for (Group& group : groups_)
        group.own.retire(~group.counts());
}

}  // namespace mailban
