#include "mailban/detect/copies.h"

#include "event_key.h"

namespace mailban {

std::uint32_t Copies::admit(const Event& event, std::uint32_t source)
{
    std::string key = event_key(event);
    // Whole seconds: one log may be written with fractions and the other without.
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time).time_since_epoch();
    key += std::to_string(second.count());
    if (!tallies_.contains(key)) {
        if (order_.size() >= capacity_) {
            tallies_.erase(order_.front());
            order_.pop_front();
        }
        order_.push_back(key);
    }
    Tally& tally = tallies_[std::move(key)];
    std::uint32_t& seen = tally.by_source[source];
    seen += event.attempts;
    if (seen <= tally.admitted) return 0;
    const std::uint32_t fresh = seen - tally.admitted;
    tally.admitted = seen;
    return fresh;
}

}  // namespace mailban
