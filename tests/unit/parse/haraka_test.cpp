// What the Haraka parser remembers of connections, and that it forgets.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::haraka_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

class AHarakaLog : public ::testing::Test {
protected:
    std::optional<Event> say(const std::string& uuid, const std::string& rest)
    {
        return parser_.parse("2026-11-23T22:54:01.115Z [NOTICE] [" + uuid + "] " + rest, kNow);
    }
    void connect(const std::string& uuid)
    {
        EXPECT_FALSE(say(uuid, "[core] connect ip=192.0.2.7 port=4711 local_ip=192.0.2.1"));
    }
    void refuse(const std::string& uuid)
    {
        EXPECT_FALSE(say(uuid, "[auth/flat_file] delaying for 1 seconds"));
    }
    std::optional<Event> disconnect(const std::string& uuid)
    {
        return say(uuid, "[core] disconnect ip=192.0.2.7 lr=\"535 5.7.8 no\" time=7.5");
    }

    LogParser parser_{};
};

TEST_F(AHarakaLog, TellsAllOfAConnectionAtItsEnd)
{
    connect("A");
    refuse("A");
    refuse("A.1");
    const auto event = disconnect("A.1");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->attempts, 2);
    EXPECT_EQ(event->client_port, 4711);
    EXPECT_EQ(event->session, "A");
    EXPECT_EQ(event->lasted, Duration(std::chrono::seconds(7)));
    EXPECT_EQ(event->enhanced, EnhancedStatus::parse("5.7.8"));
}

TEST_F(AHarakaLog, ForgetsAConnectionThatHasEnded)
{
    connect("A");
    refuse("A");
    refuse("A");
    ASSERT_TRUE(disconnect("A"));
    const auto again = disconnect("A");
    ASSERT_TRUE(again);
    EXPECT_EQ(again->attempts, 1);
    EXPECT_FALSE(again->client_port);
}

TEST_F(AHarakaLog, KeepsAThousandConnectionsApart)
{
    for (int count = 0; count < 1000; ++count) {
        connect(std::to_string(count));
        refuse(std::to_string(count));
        refuse(std::to_string(count));
    }
    int whole = 0;
    for (int count = 0; count < 1000; ++count) {
        const auto event = disconnect(std::to_string(count));
        ASSERT_TRUE(event);
        if (event->attempts == 2 && event->client_port == 4711) ++whole;
    }
    EXPECT_GT(whole, 990);
}

TEST_F(AHarakaLog, CountsWhatCameBehindTheEndOfAConnection)
{
    connect("A");
    ASSERT_TRUE(disconnect("A"));
    for (int count = 0; count < 2; ++count) {
        const auto late = say("A", "[auth/flat_file] delaying for 1 seconds");
        ASSERT_TRUE(late);
        EXPECT_EQ(late->ip, IpAddress::parse("192.0.2.7"));
        EXPECT_EQ(late->attempts, 1);
        EXPECT_EQ(late->reporter, Reporter::front_end);
    }
    connect("A");
    refuse("A");
}

TEST_F(AHarakaLog, KeepsFailuresWhileConnectionsWithoutAnyComeAndGo)
{
    connect("A");
    refuse("A");
    refuse("A");
    for (int count = 0; count < 100'000; ++count) {
        connect(std::to_string(count));
        const bool ended = count % 2 == 0 && disconnect(std::to_string(count)).has_value();
        EXPECT_EQ(ended, count % 2 == 0);
    }
    const auto event = disconnect("A");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->attempts, 2);
}

TEST_F(AHarakaLog, CountsOneWhereTooManyConnectionsCameBetween)
{
    connect("A");
    refuse("A");
    refuse("A");
    for (int count = 0; count < 100'000; ++count)
        refuse(std::to_string(count));
    const auto event = disconnect("A");
    ASSERT_TRUE(event);
    EXPECT_EQ(event->attempts, 1);
}

}  // namespace
}  // namespace mailban::haraka_test
