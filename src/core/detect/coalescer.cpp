#include "mailban/detect/coalescer.h"

namespace mailban {

namespace {

template <class Value>
void append_raw(std::string& key, const Value& value)
{
    const auto bytes = reinterpret_cast<const char*>(&value);
    key.append(bytes, sizeof value);
}

// Two lines that agree in all of this tell of the same attempt, or of attempts that nobody could
// tell apart. Whole seconds: one log may be written with fractions and the other without.
std::string key_of(const Event& event)
{
    std::string key;
    const auto second = std::chrono::floor<std::chrono::seconds>(event.time).time_since_epoch();
    append_raw(key, second.count());
    append_raw(key, event.ip.bytes());
    append_raw(key, event.kind);
    append_raw(key, event.server);
    append_raw(key, event.reply ? event.reply->value() : std::uint16_t{0});
    append_raw(key, event.client_port.value_or(0));
    key += event.account.value_or(std::string());
    return key;
}

}  // namespace

std::uint32_t Coalescer::admit(const Event& event, std::uint32_t source)
{
    std::string key = key_of(event);
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
