#include "mailban/time/local_text.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kEvening{std::chrono::seconds(1'795'893'548) + 42ms};

TEST(ATimeForPeople, HasItsOffsetAndWholeSeconds)
{
    EXPECT_EQ(local_text(kEvening, Zone::fixed(1h)), "2026-11-28 20:19:08 +0100");
    EXPECT_EQ(local_text(kEvening, Zone::fixed(-3h - 30min)), "2026-11-28 15:49:08 -0330");
    EXPECT_EQ(local_text(kEvening, Zone()), "2026-11-28 19:19:08 +0000");
    EXPECT_EQ(local_text(Timestamp(-1us), Zone()), "1969-12-31 23:59:59 +0000");
}

TEST(ATimeForPeople, HasTheOffsetOfItsOwnDay)
{
    const Zone berlin({{Timestamp{}, 2h}, {kEvening, 1h}});
    EXPECT_EQ(local_text(kEvening - 1s, berlin), "2026-11-28 21:19:07 +0200");
    EXPECT_EQ(local_text(kEvening, berlin), "2026-11-28 20:19:08 +0100");
}

TEST(ATimeForPeople, CanBeNever)
{
    EXPECT_EQ(until_text({}, Zone()), "forever");
    EXPECT_EQ(until_text(kEvening, Zone::fixed(1h)), "until 2026-11-28 20:19:08 +0100");
}

}  // namespace
}  // namespace mailban
