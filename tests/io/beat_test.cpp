#include "io/beat.h"

#include <gtest/gtest.h>

namespace mailban::io {
namespace {

using Instant = std::chrono::steady_clock::time_point;
using std::chrono::milliseconds;
using std::chrono::seconds;

TEST(ABeat, IsTheNextOfItsPeriodForWhoeverAsks)
{
    for (const auto asked : {seconds(7) + milliseconds(1), milliseconds(7500), milliseconds(7999)})
        EXPECT_EQ(next_beat(Instant(asked), seconds(1)), Instant(seconds(8)));
    EXPECT_EQ(next_beat(Instant(seconds(8)), seconds(1)), Instant(seconds(9)));
    EXPECT_EQ(next_beat(Instant(seconds(8)), milliseconds(30)), Instant(milliseconds(8010)));
}

}  // namespace
}  // namespace mailban::io
