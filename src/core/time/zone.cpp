#include "mailban/time/zone.h"

#include <algorithm>

namespace mailban {

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
        // In the hour that comes twice and in the one that never is, the offset before the change
        // is wanted: a change counts from where both offsets agree that it is over.
        const auto both = std::max(changes_[index].offset, changes_[index - 1].offset);
        if (local >= changes_[index].from + both) return local - changes_[index].offset;
    }
    return local - changes_.front().offset;
}

}  // namespace mailban
