// Coalescer: attempts are counted, not lines (invariant 4).
//
// One wrong password can be logged more than once: in Exim's main log and its reject log, say.
// Two logs that report the same facts report the same attempts, so of equal events only as many
// count as the log that has most of them holds; in whatever order the logs are read.
#pragma once

#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class Coalescer {
public:
    // Remembers the newest `capacity` distinct events.
    explicit Coalescer(std::size_t capacity = 65536) : capacity_(capacity) {}

    // How many of `event`'s attempts are new, given that log number `source` reports it.
    std::uint32_t admit(const Event& event, std::uint32_t source);

private:
    struct Tally {
        std::uint32_t admitted = 0;
        boost::unordered_flat_map<std::uint32_t, std::uint32_t> by_source{};
    };

    std::size_t capacity_;
    boost::unordered_flat_map<std::string, Tally> tallies_{};
    std::deque<std::string> order_{};  // keys of tallies_, oldest first
};

}  // namespace mailban
