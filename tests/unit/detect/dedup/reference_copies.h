// The straightforward CrossLog: whole texts in maps. What the compact one is compared with.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

// event_key: events with the same key tell of the same attempt, or of attempts that nobody could
// tell apart.

namespace mailban::reference {

// Everything that two writings of one line agree in, but the time.
inline std::string event_key(const Event& event)
{
    std::string key;
    const auto append = [&key](const auto& value) {
        key.append(reinterpret_cast<const char*>(&value), sizeof value);
    };
    append(event.ip.bytes());
    append(event.kind);
    append(event.server);
    append(event.reporter);
    append(event.reply ? event.reply->value() : std::uint16_t{0});
    append(event.client_port.value_or(0));
    append(event.unanswered);
    key += event.session.value_or(std::string());
    key += '\0';
    key += event.account.value_or(std::string());
    return key;
}

}  // namespace mailban::reference

// Copies: one line that several logs hold.
//
// Exim writes a wrong password into its main log and its reject log; the journal may hold what a
// file has. Two logs that report the same facts report the same attempts, so of equal events only
// as many count as the log that has most of them holds; in whatever order the logs are read.
//
// A syslog daemon stamps a line when it gets it, the journal when it was written: a second may
// begin in between. And where the daemon leaves out what is repeated, its one line stands for
// several of the journal's. So what one process or session told may have been told in the second
// beside, and what is told at once in the minute before.

namespace mailban::reference {

class Copies {
public:
    // Remembers the newest `capacity` distinct events.
    Copies(std::size_t capacity, std::uint64_t hash_seed)
        : capacity_(capacity), tallies_(0, SeededHash{hash_seed})
    {
    }

    // How many of `event`'s attempts no other log has told, given that log `source` reports it.
    std::uint32_t admit(const Event& event, std::uint32_t source);

private:
    using Second = std::chrono::sys_seconds;

    // The attempts that were told with one key in one second.
    struct Tally {
        std::uint32_t admitted = 0;
        boost::unordered_flat_map<std::uint32_t, std::uint32_t> by_source{};
        std::vector<std::uint32_t> pids{};  // of whoever told them

        std::uint32_t untold_by(std::uint32_t source) const;
        bool is_by_process_of(const Event& event) const;
    };
    // Several attempts that one line told.
    struct AtOnce {
        std::string key{};
        Second second{};
    };

    Tally* find(const std::string& key, Second second);
    Tally& make(const std::string& key, Second second);
    // Counts for `source` up to `wanted` attempts that others told there; how many there were.
    static std::uint32_t take_from(Tally* tally, std::uint32_t source, std::uint32_t wanted);
    std::uint32_t take_told(const std::string& key, const Event& event, std::uint32_t source);

    std::size_t capacity_;
    boost::unordered_flat_map<std::string, Tally, SeededHash> tallies_;
    std::deque<std::string> order_{};  // keys of tallies_, oldest first
    std::deque<AtOnce> at_once_{};
};

}  // namespace mailban::reference

namespace mailban::reference {

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

}  // namespace mailban::reference
