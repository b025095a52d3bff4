#include "mailban/detect/learning.h"

#include <gtest/gtest.h>

namespace mailban::learning_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Timestamp kBegin{std::chrono::seconds(1'800'000'000)};

// An event each `pause` until the end.
void see_events(Learning& learning, Timestamp from, Timestamp to, Duration pause)
{
    for (Timestamp at = from; at <= to; at += pause)
        learning.note(at);
}

TEST(Learning, IsOverAfterADayOfLogins)
{
    Learning learning(days(1));
    learning.note_login(kBegin);
    see_events(learning, kBegin, kBegin + 24h - 10min, 10min);
    EXPECT_FALSE(learning.is_over(kBegin + 24h - 10min));
    learning.note(kBegin + 24h);
    EXPECT_TRUE(learning.is_over(kBegin + 24h));
    // Of an event that comes late it is said what was true at its time.
    EXPECT_FALSE(learning.is_over(kBegin + 24h - 1min));
}

TEST(Learning, BeginsWithTheFirstLogin)
{
    Learning learning(days(1));
    see_events(learning, kBegin, kBegin + days(5), 10min);
    EXPECT_EQ(learning.seen(), Duration::zero());
    learning.note_login(kBegin + days(5));
    see_events(learning, kBegin + days(5), kBegin + days(5) + 1h, 10min);
    EXPECT_EQ(learning.seen(), Duration(1h));
}

TEST(Learning, CountsAPauseForAnHourAtMost)
{
    Learning learning(days(1));
    for (int day = 0; day < 24; ++day) {
        EXPECT_FALSE(learning.is_over(kBegin + days(day)));
        learning.note_login(kBegin + days(day));
    }
    learning.note_login(kBegin + days(24));
    EXPECT_TRUE(learning.is_over(kBegin + days(24)));
}

TEST(Learning, KnowsWhatAnEarlierRunHasSeen)
{
    Learning young(days(1));
    young.restore(kBegin, kBegin + 20h);
    young.restore(kBegin + 1h, kBegin + 2h);
    EXPECT_EQ(young.seen(), Duration(20h));
    see_events(young, kBegin, kBegin + 20h, 10min);  // the events of that run
    EXPECT_EQ(young.seen(), Duration(20h));
    see_events(young, kBegin + 20h, kBegin + 24h, 10min);
    EXPECT_TRUE(young.is_over(kBegin + 24h));

    Learning old(days(1));
    old.restore(kBegin, kBegin + days(9));
    EXPECT_FALSE(old.is_over(kBegin + 23h));
    EXPECT_TRUE(old.is_over(kBegin + 24h));
}

TEST(Learning, MayBeSwitchedOff)
{
    EXPECT_TRUE(Learning(Duration::zero()).is_over(kBegin));
}

TEST(Learning, GoesOnUnderAnotherConfiguration)
{
    Learning before(days(1));
    before.note_login(kBegin);
    see_events(before, kBegin, kBegin + 20h, 10min);
    Learning longer(days(2));
    longer.inherit(before);
    EXPECT_EQ(longer.seen(), Duration(20h));
    Learning shorter(12h);
    shorter.inherit(before);
    EXPECT_TRUE(shorter.is_over(kBegin + 20h));
}

}  // namespace
}  // namespace mailban::learning_test
