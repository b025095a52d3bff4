// CrossLog: one line that several logs hold.
//
// Exim writes a wrong password into its main log and its reject log; the journal may hold what a
// file has. Two logs that report the same facts report the same attempts, so of equal events only
// as many count as the log that has most of them holds; in whatever order the logs are read.
//
// A syslog daemon stamps a line when it gets it, the journal when it was written: a second may
// begin in between. And where the daemon leaves out what is repeated, its one line stands for
// several of the journal's. So what one process or session told may have been told in the second
// beside, and what is told at once in the minute before.
//
// An event takes 48 bytes: events are compared by hashes (event_key.h has the odds of a mistake).
#pragma once

#include "mailban/keyed_pool.h"
#include "mailban/net/seed.h"
#include "mailban/parse/event.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class CrossLog {
public:
    // Remembers the newest `capacity` distinct events, at least one.
    CrossLog(Seed seed, std::size_t capacity);

    // There is one log and never another: nothing has to be remembered.
    void expect_one_log() noexcept { is_single_ = true; }
    // How many of `event`'s attempts no other log has told, given that log `source` reports it.
    std::uint32_t admit(const Event& event, std::uint32_t source);

private:
    using Second = std::chrono::sys_seconds;

    struct Told {
        std::uint32_t source = 0;
        std::uint32_t attempts = 0;  // 0: no log's
    };
    // The attempts that were told with one key in one second.
    struct Tally {
        std::uint64_t key = 0;
        std::uint32_t admitted = 0;
        std::array<Told, 2> told{};
        std::uint32_t pid = 0;        // of whoever told them first
        std::uint8_t pids = 0;        // how many were noted
        bool has_other_pids = false;  // than `pid`: in others_
    };
    // What few tallies have.
    struct Others {
        std::vector<Told> told{};
        std::vector<std::uint32_t> pids{};
    };
    // Several attempts that one line told.
    struct AtOnce {
        std::uint64_t key = 0;  // without its second
        Second second{};
    };

    Tally* find(std::uint64_t key, Second second);
    Tally& make(std::uint64_t key, Second second);
    Others& others_of(const Tally& tally) { return others_[tally.key]; }
    Told& told_by(Tally& tally, std::uint32_t source);
    void note_pid(Tally& tally, const Event& event);
    bool is_by_process_of(const Tally& tally, const Event& event);
    // Counts for `source` up to `wanted` attempts that others told there; how many there were.
    std::uint32_t take_from(Tally& tally, std::uint32_t source, std::uint32_t wanted);
    std::uint32_t take_told(std::uint64_t key, const Event& event, std::uint32_t source);
    bool is_only_log(std::uint32_t source);

    Seed seed_;
    std::size_t capacity_;
    KeyedPool<Tally, AsItIs> tallies_{};                         // a ring
    Slot oldest_ = 0;                                            // of a full ring
    boost::unordered_flat_map<std::uint64_t, Others> others_{};  // by the tally's key
    std::deque<AtOnce> at_once_{};
    std::optional<std::uint32_t> only_log_{};  // so far
    bool has_several_logs_ = false;
    bool is_single_ = false;
};

}  // namespace mailban
