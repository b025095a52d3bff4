// LookAhead: old logs' events in their order, without the refusals that were no failures.
//
// A refusal that a login may yet withdraw (Chains) waits for it, and what follows waits behind it:
// for at most Chains::kSlowest by the stamps, at most kMost events, and no longer than its session
// lasts. The daemon cannot wait; it counts and takes back.
#pragma once

#include "mailban/detect/chains.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class LookAhead {
public:
    static constexpr std::size_t kMost = 65'536;

    // What line number `line` of log number `log` told.
    using Callback = std::function<void(const Event& event, std::uint32_t log, std::uint64_t line)>;

    LookAhead(Callback on_event, std::uint64_t hash_seed)
        : on_event_(std::move(on_event)),
          chains_(kMost, hash_seed),
          sessions_(0, SeededHash{hash_seed})
    {
    }

    void take(const Event& event, std::uint32_t log, std::uint64_t line);
    // There are no more events.
    void finish();

private:
    struct Waiting {
        Event event{};
        std::uint32_t log = 0;
        std::uint64_t line = 0;
        Timestamp until = Timestamp::min();
        bool is_withdrawn = false;
    };

    Timestamp wait_of(const Event& event, std::uint32_t log) const;
    void withdraw(const std::vector<std::uint64_t>& numbers);
    void end_session(const Event& event);
    void hand_over_first();

    Callback on_event_;
    Chains chains_;
    std::deque<Waiting> queue_{};
    std::uint64_t first_ = 0;  // number of the event at the front
    Timestamp now_ = Timestamp::min();
    // Numbers of the events that wait for the end of their session.
    boost::unordered_flat_map<std::string, std::vector<std::uint64_t>, SeededHash> sessions_;
};

}  // namespace mailban
