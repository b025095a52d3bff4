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
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <string>
#include <vector>

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

}  // namespace mailban
