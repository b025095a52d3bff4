#include "io/store/pruner.h"

#include <algorithm>

namespace mailban::io {

namespace {

// Between two looks at the clock: some milliseconds on a slow disk.
constexpr std::size_t kRows = 50;
constexpr auto kAgeEvery = std::chrono::minutes(10);

}  // namespace

bool Pruner::is_due(Timestamp now) const noexcept
{
    return !looked_at_age_ || now - *looked_at_age_ >= kAgeEvery || now < *looked_at_age_;
}

Result<bool> Pruner::run(Store& store, const PruneLimits& limits, Timestamp now)
{
    auto worked = work(store, limits, now);
    // Free pages are given back only where nothing is in the midst of being dropped.
    if (!worked || *worked) return worked;
    return store.give_back_space();
}

// True: it stopped for want of time.
Result<bool> Pruner::work(Store& store, const PruneLimits& limits, Timestamp now)
{
    const bool looks_at_age = is_due(now);
    const auto size = store.size();
    if (!size) return size.error();
    if (!looks_at_age && size->used <= limits.most_bytes) return false;

    const auto end = std::chrono::steady_clock::now() + portion_;
    if (auto begun = store.begin(); !begun) return begun.error();
    bool goes_on = true;
    do {
        const auto dropped =
            looks_at_age ? store.drop_old(limits.events, limits.offenders, limits.logins, kRows)
                         : drop_for_size(store, limits, now);
        if (!dropped) {
            store.rollback();
            return dropped.error();
        }
        goes_on = *dropped > 0;
    } while (goes_on && std::chrono::steady_clock::now() < end);
    if (auto committed = store.commit(); !committed) {
        store.rollback();
        return committed.error();
    }
    if (looks_at_age && !goes_on) looked_at_age_ = now;
    return looks_at_age || goes_on;
}

Result<std::size_t> Pruner::drop_for_size(Store& store, const PruneLimits& limits, Timestamp now)
{
    const auto size = store.size();
    if (!size) return size.error();
    if (size->used <= limits.most_bytes) return std::size_t{0};
    auto events = store.drop_events(limits.needed, kRows);
    if (!events) return events.error();
    std::size_t bans = 0;
    if (events->rows == 0) {
        const auto dropped = store.drop_ended_bans(kRows);
        if (!dropped) return dropped.error();
        bans = *dropped;
    }
    if (events->rows == 0 && bans == 0) {
        events = store.drop_events(Timestamp::max(), kRows);
        if (!events) return events.error();
        report_.needed += events->rows;
    }
    if (events->rows + bans == 0) return std::size_t{0};
    report_.events += events->rows;
    report_.bans += bans;
    report_.at = now;
    if (events->newest) report_.reached = std::max(report_.reached, events->newest);
    return events->rows + bans;
}

}  // namespace mailban::io
