#include "mailban/control/line_queue.h"

#include "mailban/control/activity.h"

#include <utility>

namespace mailban {

void LineQueue::add(std::string_view line)
{
    // Once one is lost, all are until the next take(): the gap is in one place.
    if (lost_ > 0 || waiting_.size() + line.size() + 1 > most_bytes_) {
        ++lost_;
        return;
    }
    waiting_ += line;
    waiting_ += '\n';
}

std::string LineQueue::take()
{
    auto text = std::exchange(waiting_, {});
    const auto lost = std::exchange(lost_, 0);
    if (lost > 0) text += lost_lines_json(lost) + '\n';
    return text;
}

}  // namespace mailban
