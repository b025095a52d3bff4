// SlowClock: a time that all of the newest events have reached.
//
// Events of one log come in order of time, but hosts whose clocks or zones differ may write to one
// log by turns. What is to be forgotten because it is long past is so for the slowest of them.
#pragma once

#include "mailban/time/time.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace mailban {

class SlowClock {
public:
    static constexpr std::size_t kNewest = 2048;

    // The earliest of the times that were noted last, this one among them: of so many at least, and
    // of twice as many at most. Before there were so many: the beginning of 1970.
    Timestamp note(Timestamp at) noexcept
    {
        earliest_ = std::min(earliest_, at);
        if (++noted_ == kNewest) {
            before_ = std::exchange(earliest_, Timestamp::max());
            noted_ = 0;
        }
        return std::min(before_, earliest_);
    }

private:
    Timestamp before_{};
    Timestamp earliest_ = Timestamp::max();
    std::size_t noted_ = 0;
};

}  // namespace mailban
