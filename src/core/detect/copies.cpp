#include "mailban/detect/copies.h"

#include <algorithm>

#include "event_key.h"

namespace mailban {

namespace {

constexpr std::chrono::seconds kBeside{1};
constexpr std::chrono::seconds kLongestRepetition{60};
constexpr std::size_t kMostAtOnce = 64;
constexpr std::size_t kMostPids = 16;

// Whole seconds: one log may be written with fractions and the other without.
std::string key_at(const std::string& key, std::chrono::sys_seconds second)
{
    return key + std::to_string(second.time_since_epoch().count());
}

}  // namespace

std::uint32_t Copies::Tally::untold_by(std::uint32_t source) const
{
    const auto told = by_source.find(source);
    const std::uint32_t seen = told == by_source.end() ? 0 : told->second;
    return admitted - std::min(seen, admitted);
}

// The key has the session and the client's port already.
bool Copies::Tally::is_by_process_of(const Event& event) const
{
    if (event.session || event.client_port) return true;
    return event.pid && std::find(pids.begin(), pids.end(), *event.pid) != pids.end();
}

Copies::Tally* Copies::find(const std::string& key, Second second)
{
    const auto at = tallies_.find(key_at(key, second));
    return at == tallies_.end() ? nullptr : &at->second;
}

Copies::Tally& Copies::make(const std::string& key, Second second)
{
    std::string whole = key_at(key, second);
    if (!tallies_.contains(whole)) {
        if (order_.size() >= capacity_) {
            tallies_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(whole);
    }
    return tallies_[std::move(whole)];
}

std::uint32_t Copies::take_from(Tally* tally, std::uint32_t source, std::uint32_t wanted)
{
    if (tally == nullptr) return 0;
    const std::uint32_t taken = std::min(wanted, tally->untold_by(source));
    if (taken > 0) tally->by_source[source] += taken;
    return taken;
}

std::uint32_t Copies::take_told(const std::string& key, const Event& event, std::uint32_t source)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time);
    std::uint32_t left = event.attempts;
    const auto take_at = [&](Second at) {
        Tally* tally = left > 0 ? find(key, at) : nullptr;
        const bool may_be_it = at == second || (tally != nullptr && tally->is_by_process_of(event));
        if (may_be_it) left -= take_from(tally, source, left);
    };
    // The earliest first: of a chain of lines that are each a little late, none is left over.
    for (auto at = second - (event.attempts > 1 ? kLongestRepetition : kBeside);
         at <= second + kBeside; at += kBeside)
        take_at(at);
    for (const auto& [other, at] : at_once_) {
        if (other == key && at > second + kBeside && at <= second + kLongestRepetition) take_at(at);
    }
    return event.attempts - left;
}

std::uint32_t Copies::admit(const Event& event, std::uint32_t source)
{
    const std::string key = event_key(event);
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time);
    const std::uint32_t fresh = event.attempts - take_told(key, event, source);
    if (fresh == 0) return 0;
    Tally& tally = make(key, second);
    tally.by_source[source] += fresh;
    tally.admitted += fresh;
    if (event.pid && tally.pids.size() < kMostPids) tally.pids.push_back(*event.pid);
    if (event.attempts > 1) {
        at_once_.push_back({key, second});
        if (at_once_.size() > kMostAtOnce) at_once_.pop_front();
    }
    return fresh;
}

}  // namespace mailban
