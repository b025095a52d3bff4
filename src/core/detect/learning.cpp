#include "mailban/detect/learning.h"

#include <algorithm>

namespace mailban {

void Learning::note(Timestamp at)
{
    if (!latest_ || at <= *latest_) return;
    if (seen_ < needed_) {
        seen_ = std::min(needed_, seen_ + std::min(Duration(at - *latest_), kLongestPause));
        if (seen_ == needed_) learned_ = at;
    }
    latest_ = at;
}

void Learning::note_login(Timestamp at)
{
    if (!latest_) latest_ = at;
    note(at);
}

void Learning::restore(Timestamp since, Timestamp last)
{
    first_ = std::min(first_.value_or(since), since);
    latest_ = std::max(latest_.value_or(last), last);
    seen_ = std::max(seen_, std::min(Duration(*latest_ - *first_), needed_));
    if (seen_ == needed_) learned_ = std::min(learned_.value_or(*latest_), *first_ + needed_);
}

void Learning::set_back(Timestamp at)
{
    for (auto* const time : {&first_, &latest_, &learned_})
        if (*time) *time = std::min(**time, at);
}

void Learning::inherit(const Learning& before)
{
    first_ = before.first_;
    latest_ = before.latest_;
    seen_ = std::min(before.seen_, needed_);
    learned_.reset();
    if (seen_ == needed_) learned_ = before.learned_ ? before.learned_ : before.latest_;
}

bool Learning::is_over(Timestamp at) const
{
    return needed_ <= Duration::zero() || (learned_ && *learned_ <= at);
}

}  // namespace mailban
