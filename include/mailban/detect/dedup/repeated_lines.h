// RepeatedLines: lines that a server writes twice into one log.
//
// Exim does so through syslog: what belongs into both its main and its reject log is sent twice,
// one right behind the other, unless `syslog_duplication = no`. No single line tells which of the
// two it is, but the log does: where lines are doubled none stands alone. A log is taken to double
// its lines until one has stood alone, and again after many pairs in a row.
#pragma once

#include "mailban/net/seed.h"
#include "mailban/parse/event.h"

#include <cstddef>
#include <cstdint>
#include <deque>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class RepeatedLines {
public:
    explicit RepeatedLines(Seed seed) : seed_(seed) {}

    // Whether `event` is the second writing of a line that log number `source` had just before.
    // `event.may_be_doubled` has to be set.
    bool is_second(const Event& event, std::uint32_t source);

private:
    struct First {
        std::uint64_t key = 0;
        Timestamp time{};
    };
    // One log.
    struct Log {
        boost::unordered_flat_map<std::uint64_t, Timestamp> firsts{};  // without a double yet
        std::deque<First> order{};                                     // the same, oldest first
        bool is_doubling = true;
        std::uint32_t pairs_in_a_row = 0;

        void give_up_before(Timestamp time);
        void note_pair();
    };

    Seed seed_;
    boost::unordered_flat_map<std::uint32_t, Log> logs_{};
};

}  // namespace mailban
