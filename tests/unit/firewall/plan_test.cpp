#include "mailban/firewall/plan.h"

#include <gtest/gtest.h>

#include "unit/firewall/plan_support.h"

namespace mailban::test::plan_test {
namespace {

using namespace std::chrono_literals;

TEST(Ends, WithinTheToleranceAreTheSame)
{
    EXPECT_FALSE(differ(kNoon + 1h, kNoon + 1h - 2s));
    EXPECT_FALSE(differ(kNoon + 1h, kNoon + 1h + 2s));
    EXPECT_TRUE(differ(kNoon + 1h, kNoon + 1h + 2001ms));
    EXPECT_TRUE(differ(kNoon + 1h, kNoon + 1h - 2001ms));
}

TEST(Ends, AreNotForEver)
{
    EXPECT_FALSE(differ({}, {}));
    EXPECT_TRUE(differ({}, kNoon));
    EXPECT_TRUE(differ(kNoon, {}));
}

}  // namespace

}  // namespace mailban::test::plan_test
