// Copies: one line that several logs hold.
//
// Exim writes a wrong password into its main log and its reject log; the journal may hold what a
// file has. Two logs that report the same facts report the same attempts, so of equal events only
// as many count as the log that has most of them holds; in whatever order the logs are read.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

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
    struct Tally {
        std::uint32_t admitted = 0;
        boost::unordered_flat_map<std::uint32_t, std::uint32_t> by_source{};
    };

    std::size_t capacity_;
    boost::unordered_flat_map<std::string, Tally, SeededHash> tallies_;
    std::deque<std::string> order_{};  // keys of tallies_, oldest first
};

}  // namespace mailban
