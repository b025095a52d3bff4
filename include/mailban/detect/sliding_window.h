// SlidingWindow: "N within W", exactly, in the least memory that can answer it.
//
// Only the N newest times matter: the rule trips when the oldest of them is at most W older than
// the newest. Times may arrive in any order (lines of one second do); an old line that arrives
// late is put where it belongs.
#pragma once

#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <vector>

namespace mailban {

class SlidingWindow {
public:
    // Notes one event; true if with it `limit` events lie within `within` of the newest. The same
    // limit must be given each time; limit >= 1.
    bool hit(Timestamp at, std::uint32_t limit, Duration within);

    // Events whose age against the newest is at most `within`.
    std::size_t count(Duration within) const noexcept;
    void clear() noexcept { latest_.clear(); }
    bool empty() const noexcept { return latest_.empty(); }

private:
    std::vector<Timestamp> latest_{};  // sorted, at most `limit`
};

}  // namespace mailban
