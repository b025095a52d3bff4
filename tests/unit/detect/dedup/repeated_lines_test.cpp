#include "mailban/detect/dedup/repeated_lines.h"

#include <gtest/gtest.h>

namespace mailban::repeated_lines_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'800'000'000)};

Event failure(std::string account, Duration after)
{
    Event event;
    event.time = kStart + after;
    event.ip = IpAddress::v4(192, 0, 2, 1);
    event.account = std::move(account);
    event.may_be_doubled = true;
    return event;
}

// How many of the events a log tells, each `times` times, are not seconds.
int counted(RepeatedLines& doubles, int events, int times, Duration begin)
{
    int firsts = 0;
    for (int i = 0; i < events; ++i) {
        for (int n = 0; n < times; ++n)
            firsts += doubles.is_second(failure("bob", begin + seconds(3 * i)), 0) ? 0 : 1;
    }
    return firsts;
}

TEST(RepeatedLines, AreSeenInALogThatWritesEachLineTwice)
{
    RepeatedLines doubles(Seed{1});
    EXPECT_EQ(counted(doubles, 100, 2, Duration()), 100);
}

TEST(RepeatedLines, OfSeveralProcessesMayBeWovenIntoEachOther)
{
    RepeatedLines doubles(Seed{1});
    EXPECT_FALSE(doubles.is_second(failure("alice", milliseconds(0)), 0));
    EXPECT_FALSE(doubles.is_second(failure("bob", milliseconds(1)), 0));
    EXPECT_TRUE(doubles.is_second(failure("alice", milliseconds(2)), 0));
    EXPECT_TRUE(doubles.is_second(failure("bob", milliseconds(999)), 0));
}

TEST(RepeatedLines, AreTwoAttemptsOnceALineHasStoodAlone)
{
    RepeatedLines doubles(Seed{1});
    EXPECT_EQ(counted(doubles, 2, 1, Duration()), 2);
    EXPECT_EQ(counted(doubles, 5, 2, seconds(60)), 10);
}

TEST(RepeatedLines, AreBelievedAgainAfterManyPairsInARow)
{
    RepeatedLines doubles(Seed{1});
    counted(doubles, 2, 1, Duration());
    counted(doubles, 16, 2, seconds(60));
    EXPECT_EQ(counted(doubles, 10, 2, seconds(600)), 10);
}

TEST(RepeatedLines, OfOneLogSayNothingOfAnother)
{
    RepeatedLines doubles(Seed{1});
    counted(doubles, 2, 1, Duration());  // log 0 does not double
    EXPECT_FALSE(doubles.is_second(failure("bob", seconds(60)), 7));
    EXPECT_TRUE(doubles.is_second(failure("bob", seconds(60)), 7));
}

}  // namespace
}  // namespace mailban::repeated_lines_test
