#include "mailban/time/slow_clock.h"

#include <gtest/gtest.h>

namespace mailban::slow_clock_test {
namespace {

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
using std::chrono::hours;
using std::chrono::seconds;

TEST(ASlowClock, ShowsATimeThatAllOfTheNewestEventsHaveReached)
{
    SlowClock clock;
    for (std::size_t event = 1; event < SlowClock::kNewest; ++event)
        EXPECT_EQ(clock.note(kStart), Timestamp{});  // too few to tell
    EXPECT_EQ(clock.note(kStart), kStart);
    // Two hosts by turns.
    for (std::size_t event = 1; event < 4 * SlowClock::kNewest; ++event) {
        const auto slow = kStart + seconds(event);
        EXPECT_LE(clock.note(slow + hours(9)), slow);
        EXPECT_LE(clock.note(slow), slow);
    }
    // The slow one has gone.
    for (std::size_t event = 0; event < 2 * SlowClock::kNewest; ++event)
        clock.note(kStart + hours(20));
    EXPECT_EQ(clock.note(kStart + hours(20)), kStart + hours(20));
}

}  // namespace
}  // namespace mailban::slow_clock_test
