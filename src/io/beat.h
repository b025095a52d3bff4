// What an idle daemon looks at each second, it looks at together: one wake-up for all of it.
#pragma once

#include <chrono>

namespace mailban::io {

// The first multiple of `period` on the steady clock that comes after `now`.
inline std::chrono::steady_clock::time_point next_beat(std::chrono::steady_clock::time_point now,
                                                       std::chrono::steady_clock::duration period)
{
    const auto since_last = now.time_since_epoch() % period;
    return now - since_last + period;
}

}  // namespace mailban::io
