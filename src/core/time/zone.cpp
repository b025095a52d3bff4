#include "mailban/time/zone.h"

#include <algorithm>

namespace mailban {

namespace {

// Clocks of a server and its log writer differ by less than this.
constexpr Duration kSkew = std::chrono::minutes(1);
// A live line arrives this soon.
constexpr Duration kPunctual = std::chrono::minutes(10);
// The processes that write one log are this much out of order.
constexpr Duration kDisorder = std::chrono::minutes(5);

}  // namespace

std::chrono::seconds Zone::offset_at(Timestamp at) const noexcept
{
    if (changes_.empty()) return std::chrono::seconds(0);
    for (auto index = changes_.size(); index-- > 1;)
        if (changes_[index].from <= at) return changes_[index].offset;
    return changes_.front().offset;
}

Timestamp Zone::to_utc(Timestamp local) const noexcept
{
    if (changes_.empty()) return local;
    for (auto index = changes_.size(); index-- > 1;) {
        // Between these two ends of a change, local time has both offsets, or neither.
        const auto [lower, upper] = std::minmax(changes_[index].offset, changes_[index - 1].offset);
        if (local >= changes_[index].from + upper) return local - changes_[index].offset;
        if (local < changes_[index].from + lower) continue;
        const Timestamp first = local - changes_[index - 1].offset;
        const bool comes_twice = changes_[index].offset < changes_[index - 1].offset;
        const Timestamp second = local - changes_[index].offset;
        return comes_twice && is_second(first, second) ? second : first;
    }
    return local - changes_.front().offset;
}

bool Zone::is_second(Timestamp first, Timestamp second) const noexcept
{
    const auto& [read_at, previous, is_live] = vantage_;
    if (read_at && second > *read_at + kSkew) return false;
    if (read_at && is_live && second + kPunctual >= *read_at) return true;
    return previous && first + kDisorder < *previous;
}

}  // namespace mailban
