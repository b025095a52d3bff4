#include "mailban/detect/sliding_window.h"

#include <algorithm>

namespace mailban {

bool SlidingWindow::hit(Timestamp at, std::uint32_t limit, Duration within)
{
    latest_.insert(std::upper_bound(latest_.begin(), latest_.end(), at), at);
    if (latest_.size() > limit) latest_.erase(latest_.begin());
    return latest_.size() == limit && latest_.back() - latest_.front() <= within;
}

std::size_t SlidingWindow::count(Duration within) const noexcept
{
    if (latest_.empty()) return 0;
    const auto first = std::lower_bound(latest_.begin(), latest_.end(), latest_.back() - within);
    return static_cast<std::size_t>(latest_.end() - first);
}

}  // namespace mailban
