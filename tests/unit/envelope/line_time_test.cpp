#include "mailban/envelope/line_time.h"

#include <gtest/gtest.h>

namespace mailban::line_time_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);
const Timestamp kStamp = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) +
                         std::chrono::hours(22) + std::chrono::minutes(30) +
                         std::chrono::seconds(58);

TEST(LineTime, IsReadFromEveryHeader)
{
    EXPECT_EQ(line_time("2026-11-23 22:30:58 no host name found", Zone(), kNow), kStamp);
    EXPECT_EQ(line_time("Nov 23 22:30:58 mail exim[60]: 2026-11-23 22:30:58 x", Zone(), kNow),
              kStamp);
    EXPECT_EQ(line_time("2026-11-23T22:30:58+00:00 mail exim[66]: [66] x", Zone(), kNow), kStamp);
}

TEST(LineTime, IsNotSearchedFor)
{
    EXPECT_EQ(line_time("535 said 2026-11-23 22:30:58", Zone(), kNow), std::nullopt);
    EXPECT_EQ(line_time("", Zone(), kNow), std::nullopt);
}

}  // namespace
}  // namespace mailban::line_time_test
