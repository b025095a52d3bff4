#include "mailban/detect/dedup/cross_log.h"

#include <algorithm>

#include "event_key.h"

namespace mailban {

namespace {

constexpr std::chrono::seconds kBeside{1};
constexpr std::chrono::seconds kLongestRepetition{60};
constexpr std::size_t kMostAtOnce = 64;
constexpr std::size_t kMostPids = 16;

// Whole seconds: one log may be written with fractions and the other without.
std::uint64_t key_at(std::uint64_t key, std::chrono::sys_seconds second)
{
    return key_with(key, static_cast<std::uint64_t>(second.time_since_epoch().count()));
}

}  // namespace

CrossLog::CrossLog(Seed seed, std::size_t capacity)
    : seed_(seed), capacity_(std::clamp(capacity, std::size_t{1}, std::size_t{kNoSlot - 1}))
{
}

CrossLog::Tally* CrossLog::find(std::uint64_t key, Second second)
{
    const Slot slot = tallies_.find(key_at(key, second));
    return slot != kNoSlot ? &tallies_[slot] : nullptr;
}

CrossLog::Tally& CrossLog::make(std::uint64_t key, Second second)
{
    if (Tally* const known = find(key, second)) return *known;
    if (tallies_.size() == capacity_) {
        others_.erase(tallies_[oldest_].key);
        tallies_.remove(oldest_);
        oldest_ = static_cast<Slot>((oldest_ + 1) % capacity_);
    }
    // In the place that has just become free.
    return tallies_[tallies_.add({.key = key_at(key, second)})];
}

CrossLog::Told& CrossLog::told_by(Tally& tally, std::uint32_t source)
{
    for (Told& told : tally.told) {
        if (told.attempts == 0) told.source = source;
        if (told.source == source) return told;
    }
    auto& others = others_of(tally).told;
    const auto known = std::find_if(others.begin(), others.end(),
                                    [source](const Told& told) { return told.source == source; });
    return known != others.end() ? *known : others.emplace_back(Told{source, 0});
}

void CrossLog::note_pid(Tally& tally, const Event& event)
{
    if (!event.pid || tally.pids >= kMostPids) return;
    if (++tally.pids == 1) {
        tally.pid = *event.pid;
    } else if (tally.pid != *event.pid) {
        tally.has_other_pids = true;
        others_of(tally).pids.push_back(*event.pid);
    }
}

// The key has the session and the client's port already.
bool CrossLog::is_by_process_of(const Tally& tally, const Event& event)
{
    if (event.session || event.client_port) return true;
    if (!event.pid || tally.pids == 0) return false;
    if (tally.pid == *event.pid) return true;
    if (!tally.has_other_pids) return false;
    const auto& others = others_of(tally).pids;
    return std::find(others.begin(), others.end(), *event.pid) != others.end();
}

std::uint32_t CrossLog::take_from(Tally& tally, std::uint32_t source, std::uint32_t wanted)
{
    Told& told = told_by(tally, source);
    const std::uint32_t untold = tally.admitted - std::min(told.attempts, tally.admitted);
    const std::uint32_t taken = std::min(wanted, untold);
    told.attempts += taken;
    return taken;
}

std::uint32_t CrossLog::take_told(std::uint64_t key, const Event& event, std::uint32_t source)
{
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time);
    std::uint32_t left = event.attempts;
    const auto take_at = [&](Second at) {
        Tally* const tally = left > 0 ? find(key, at) : nullptr;
        if (tally == nullptr) return;
        if (at == second || is_by_process_of(*tally, event))
            left -= take_from(*tally, source, left);
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

// While there is one log, nothing can have been told by another.
bool CrossLog::is_only_log(std::uint32_t source)
{
    if (!only_log_) only_log_ = source;
    if (*only_log_ != source) has_several_logs_ = true;
    return !has_several_logs_;
}

std::uint32_t CrossLog::admit(const Event& event, std::uint32_t source)
{
    if (is_single_) return event.attempts;
    const std::uint64_t key = event_key(event, seed_);
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time);
    const std::uint32_t told = is_only_log(source) ? 0 : take_told(key, event, source);
    const std::uint32_t fresh = event.attempts - told;
    if (fresh == 0) return 0;
    Tally& tally = make(key, second);
    told_by(tally, source).attempts += fresh;
    tally.admitted += fresh;
    note_pid(tally, event);
    if (event.attempts > 1) {
        at_once_.push_back({key, second});
        if (at_once_.size() > kMostAtOnce) at_once_.pop_front();
    }
    return fresh;
}

}  // namespace mailban
