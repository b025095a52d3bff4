#include "mailban/parse/aftermath.h"

#include <gtest/gtest.h>

namespace mailban::aftermath_test {
namespace {

using std::chrono::seconds;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
const auto kOne = IpAddress::v4(192, 0, 2, 7);
const auto kOther = IpAddress::v4(192, 0, 2, 9);

TEST(AnAftermath, BelievesAClientAfterItself)
{
    Aftermath aftermath;
    for (int count = 0; count < 5; ++count)
        EXPECT_TRUE(aftermath.is_believed(kOne, 100, kNow));
}

TEST(AnAftermath, BelievesNobodyElseInTheSameBreath)
{
    Aftermath aftermath;
    EXPECT_TRUE(aftermath.is_believed(kOne, 100, kNow));
    EXPECT_FALSE(aftermath.is_believed(kOther, 100, kNow + seconds(1)));
    // The line of the other may hold text of the other's.
    EXPECT_FALSE(aftermath.is_believed(kOne, 100, kNow + seconds(1)));
    EXPECT_TRUE(aftermath.is_believed(kOther, 100, kNow + seconds(5)));
}

TEST(AnAftermath, EndsWithTheBytesOfTheLongestRecord)
{
    Aftermath aftermath(300);
    EXPECT_TRUE(aftermath.is_believed(kOne, 100, kNow));
    EXPECT_FALSE(aftermath.is_believed(kOther, 100, kNow));
    EXPECT_FALSE(aftermath.is_believed(kOther, 100, kNow));
    EXPECT_TRUE(aftermath.is_believed(kOther, 100, kNow));
}

TEST(AnAftermath, OfAnUnknownClientIsBelievedOfNobody)
{
    Aftermath aftermath;
    EXPECT_FALSE(aftermath.is_believed(std::nullopt, 100, kNow));
    EXPECT_FALSE(aftermath.is_believed(kOne, 100, kNow));
    EXPECT_FALSE(aftermath.is_believed(std::nullopt, 100, kNow + seconds(9)));
    EXPECT_TRUE(aftermath.is_believed(kOne, 100, kNow + seconds(12)));
}

TEST(AnAftermath, BelievesNobodyAmongManyClients)
{
    Aftermath aftermath;
    aftermath.is_believed(kOne, 100, kNow);
    for (int count = 0; count < 500; ++count) {
        const auto client = IpAddress::v4(198, 51, 100, static_cast<std::uint8_t>(count % 250));
        EXPECT_FALSE(aftermath.is_believed(client, 100, kNow));
    }
}

}  // namespace
}  // namespace mailban::aftermath_test
