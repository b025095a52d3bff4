#include "mailban/detect/detector.h"

#include <algorithm>
#include <iterator>

namespace mailban {

namespace {

// How many of the longest unseen addresses are looked at for the least guilty one.
constexpr std::size_t kEvictionCandidates = 8;

}  // namespace

Detector::Detector(std::vector<Rule> rules, std::size_t tracked, std::uint64_t hash_seed)
    : rules_(std::move(rules)),
      capacity_(std::max<std::size_t>(tracked, 1)),
      index_(0, SeededHash{hash_seed})
{
}

bool Detector::concerns(EventKind kind) const noexcept
{
    return std::any_of(rules_.begin(), rules_.end(),
                       [kind](const Rule& rule) { return rule.on.contains(kind); });
}

void Detector::make_room()
{
    auto victim = suspects_.begin();
    auto candidate = victim;
    for (std::size_t i = 0; i < kEvictionCandidates && candidate != suspects_.end(); ++i) {
        if (candidate->guilt < victim->guilt) victim = candidate;
        ++candidate;
    }
    index_.erase(victim->ip);
    suspects_.erase(victim);
    ++evicted_;
}

Detector::Suspect& Detector::suspect(const IpAddress& ip)
{
    const auto known = index_.find(ip);
    if (known != index_.end()) {
        suspects_.splice(suspects_.end(), suspects_, known->second);
        return *known->second;
    }
    if (index_.size() >= capacity_) make_room();
    suspects_.push_back(Suspect{ip, std::vector<SlidingWindow>(rules_.size())});
    index_.emplace(ip, std::prev(suspects_.end()));
    return suspects_.back();
}

std::vector<const Rule*> Detector::observe(const Event& event, std::uint32_t attempts, Timestamp at)
{
    std::vector<const Rule*> tripped;
    if (!concerns(event.kind)) return tripped;
    Suspect& who = suspect(event.ip);
    who.guilt += attempts;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        const Rule& rule = rules_[i];
        if (!rule.on.contains(event.kind)) continue;
        // More attempts than the limit in one line are as good as the limit.
        const auto counted = std::min(attempts, rule.limit);
        bool trips = false;
        for (std::uint32_t n = 0; n < counted && !trips; ++n) {
            trips = who.windows[i].hit(at, rule.limit, rule.within);
        }
        if (!trips) continue;
        who.windows[i].clear();
        tripped.push_back(&rule);
    }
    return tripped;
}

std::vector<WindowCount> Detector::counts(const IpAddress& ip) const
{
    std::vector<WindowCount> counts;
    const auto known = index_.find(ip);
    if (known == index_.end()) return counts;
    for (std::size_t i = 0; i < rules_.size(); ++i) {
        counts.push_back({&rules_[i], known->second->windows[i].count(rules_[i].within)});
    }
    return counts;
}

}  // namespace mailban
