#include "mailban/detect/dedup/repeated_lines.h"

#include "event_key.h"

namespace mailban {

namespace {

// The two are written within microseconds of each other; a second may begin in between.
constexpr Duration kApart = std::chrono::seconds(1);
// So many pairs in a row are no chance: somebody has changed the server's configuration.
constexpr std::uint32_t kConvincing = 16;
constexpr std::size_t kMostFirsts = 4096;

}  // namespace

bool RepeatedLines::is_second(const Event& event, std::uint32_t source)
{
    Log& log = logs_[source];
    log.give_up_before(event.time - kApart);
    const std::uint64_t key = event_key(event, seed_);
    const auto first = log.firsts.find(key);
    if (first != log.firsts.end()) {
        log.firsts.erase(first);
        log.note_pair();
        return log.is_doubling;
    }
    if (log.order.size() >= kMostFirsts) {
        log.firsts.erase(log.order.front().key);
        log.order.pop_front();
    }
    log.order.push_back({key, event.time});
    log.firsts.emplace(key, event.time);
    return false;
}

void RepeatedLines::Log::give_up_before(Timestamp time)
{
    while (!order.empty() && order.front().time < time) {
        const auto first = firsts.find(order.front().key);
        // Found with another time it is a later line that reads the same.
        if (first != firsts.end() && first->second == order.front().time) {
            firsts.erase(first);
            is_doubling = false;
            pairs_in_a_row = 0;
        }
        order.pop_front();
    }
}

void RepeatedLines::Log::note_pair()
{
    if (is_doubling) return;
    if (++pairs_in_a_row >= kConvincing) is_doubling = true;
}

}  // namespace mailban
