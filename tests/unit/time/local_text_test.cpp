#include "mailban/time/local_text.h"

#include <gtest/gtest.h>

namespace mailban::local_text_test {
namespace {

using std::chrono::hours;
using std::chrono::microseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// 2026-11-28 19:19:08 UTC
const Timestamp kEvening(seconds(1795893548));

TEST(LocalText, OfNoZoneIsUtc)
{
    EXPECT_EQ(local_text(kEvening, Zone()), "2026-11-28 19:19:08 +0000");
}

TEST(LocalText, SaysTheOffsetOfItsTime)
{
    EXPECT_EQ(local_text(kEvening, Zone::fixed(hours(1))), "2026-11-28 20:19:08 +0100");
    EXPECT_EQ(local_text(kEvening, Zone::fixed(minutes(-210))), "2026-11-28 15:49:08 -0330");
    EXPECT_EQ(local_text(kEvening, Zone::fixed(minutes(345))), "2026-11-29 01:04:08 +0545");
}

TEST(LocalText, TellsTheTwoPassesOfAnHourApart)
{
    const Timestamp change = kEvening;
    const Zone zone({{Timestamp{}, hours(2)}, {change, hours(1)}});
    EXPECT_EQ(local_text(change - seconds(1), zone), "2026-11-28 21:19:07 +0200");
    EXPECT_EQ(local_text(change, zone), "2026-11-28 20:19:08 +0100");
}

TEST(LocalText, CutsFractionsOff)
{
    EXPECT_EQ(local_text(kEvening + microseconds(999'999), Zone()), "2026-11-28 19:19:08 +0000");
    EXPECT_EQ(local_text(Timestamp(microseconds(-1)), Zone()), "1969-12-31 23:59:59 +0000");
}

TEST(LocalText, LeavesOddSecondsOfAnOffsetOut)
{
    EXPECT_EQ(local_text(kEvening, Zone::fixed(seconds(-3599))), "2026-11-28 18:19:09 -0059");
}

TEST(LocalText, OfABanWithoutAnEndIsForEver)
{
    EXPECT_EQ(until_text({}, Zone()), "forever");
    EXPECT_EQ(until_text(kEvening, Zone::fixed(hours(1))), "until 2026-11-28 20:19:08 +0100");
}

}  // namespace
}  // namespace mailban::local_text_test
