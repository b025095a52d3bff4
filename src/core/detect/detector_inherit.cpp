// How a detector of another configuration takes over what the one before has counted.
//
// Rules that count the same events for the same keys share a Watch. Where some of them have
// changed, the Watch goes on for the others, and the changed ones have one of their own: which
// rules share one makes no difference to what they count.
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

void Detector::inherit(Detector&& before)
{
    const auto equals = equals_in(before);
    evicted_before_ += before.evicted_before_;
    std::vector<Group> groups;
    for (Group& group : before.groups_) {
        WindowTable::Counts gone;
        for (std::size_t at = 0; at < group.rules.size(); ++at) {
            auto& rule = group.rules[at];
            const auto heir = std::ranges::find(equals, rule);
            const bool is_kept = rule != kNoRule && heir != equals.end();
            rule = is_kept ? static_cast<std::size_t>(heir - equals.begin()) : kNoRule;
            if (!is_kept) gone.set(at);
        }
        group.windows.retire(gone);
        const bool is_needed = gone.count() < group.rules.size();
        if (!is_needed) evicted_before_ += group.windows.evicted();
        if (is_needed) groups.push_back(std::move(group));
    }
    for (Group& group : groups_) {
        WindowTable::Counts gone;
        for (std::size_t at = 0; at < group.rules.size(); ++at) {
            auto& rule = group.rules[at];
            if (rule != kNoRule && equals[rule] == kNoRule) continue;
            rule = kNoRule;
            gone.set(at);
        }
        group.windows.retire(gone);
        group.left_out.reset();
        if (gone.count() < group.rules.size()) groups.push_back(std::move(group));
    }
    groups_ = std::move(groups);
    leaned_on_ = nullptr;
    std::ranges::stable_sort(groups_, {}, [](const Group& group) { return group.by; });
}

void Detector::lean_on(const Detector& before)
{
    const auto equals = equals_in(before);
    for (Group& group : groups_)
        for (std::size_t at = 0; at < group.rules.size(); ++at)
            if (equals[group.rules[at]] != kNoRule) group.left_out.set(at);
    leaned_on_ = &before;
}

}  // namespace mailban
