// What a log of Stalwart's shows of the level at which it is written.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::stalwart_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

class AStalwartLog : public ::testing::Test {
protected:
    void say(const std::string& name)
    {
        const auto event = parser_.parse("2026-05-05T12:00:00Z INFO Words (" + name +
                                             ") listenerId = \"imaps\", remoteIp = 192.0.2.7, "
                                             "remotePort = 4711, details = \"x\"",
                                         kNow);
        EXPECT_TRUE(event) << name;
    }
    std::uint64_t lines_of_concern() const
    {
        return parser_.concerns().lines(MailServer::stalwart, Concern::unlogged_failures);
    }

    LogParser parser_{};
};

TEST_F(AStalwartLog, ThatTellsOfTooManyAttemptsButOfNoneBeforeLacksThem)
{
    say("auth.too-many-attempts");
    EXPECT_EQ(lines_of_concern(), 1U);
    say("auth.failed");
    EXPECT_EQ(lines_of_concern(), 0U);
    say("auth.too-many-attempts");
    EXPECT_EQ(lines_of_concern(), 0U);
}

TEST_F(AStalwartLog, WithoutAWrongPasswordInAHundredLoginsLacksThem)
{
    for (int count = 1; count < 100; ++count)
        say("auth.success");
    EXPECT_EQ(lines_of_concern(), 0U);
    say("auth.success");
    EXPECT_EQ(lines_of_concern(), 1U);
    say("auth.failed");
    EXPECT_EQ(lines_of_concern(), 0U);
}

TEST_F(AStalwartLog, OfClientsMistakesAloneLacksNothing)
{
    for (int count = 0; count < 200; ++count)
        say("auth.error");
    EXPECT_EQ(lines_of_concern(), 0U);
}

}  // namespace
}  // namespace mailban::stalwart_test
