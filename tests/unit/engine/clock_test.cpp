// The clock is set, by hours, while there are bans and failures.
#include "mailban/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;
using testing::SizeIs;

constexpr Timestamp kNoon{std::chrono::hours(500'004)};

class AClockThatIsSet : public testing::Test {
protected:
    static Config config()
    {
        Config config;
        Rule rule;
        rule.name = "password-guessing";
        rule.limit = 5;
        rule.within = 10min;
        rule.ban = 1h;
        config.rules = {rule};
        return config;
    }
    void fail(const char* client, int times)
    {
        for (; times > 0; --times) {
            Event event;
            event.time = now_;
            event.ip = *IpAddress::parse(client);
            event.account = "user" + std::to_string(++number_);
            engine_.observe(std::move(event), 0, Arrival::live, now_);
            now_ += 1s;
        }
        engine_.advance(now_);
    }
    bool is_out(const char* client) const
    {
        return engine_.ledger().covering(*IpAddress::parse(client)) != nullptr;
    }

    Engine engine_{config(), PrefixSet{}, 1};
    Timestamp now_ = kNoon;
    int number_ = 0;
};

TEST_F(AClockThatIsSet, BackKeepsWhoeverIsOutAndStillBans)
{
    fail("192.0.2.7", 5);
    ASSERT_TRUE(is_out("192.0.2.7"));
    now_ -= 5h;
    engine_.advance(now_);
    EXPECT_TRUE(is_out("192.0.2.7"));
    fail("192.0.2.8", 4);
    EXPECT_FALSE(is_out("192.0.2.8"));
    fail("192.0.2.8", 1);
    EXPECT_TRUE(is_out("192.0.2.8"));
}

TEST_F(AClockThatIsSet, ForwardEndsBansAndForgetsNothingElse)
{
    fail("192.0.2.7", 5);
    fail("192.0.2.8", 4);
    now_ += 5h;
    engine_.advance(now_);
    EXPECT_FALSE(is_out("192.0.2.7"));
    fail("192.0.2.8", 1);
    EXPECT_FALSE(is_out("192.0.2.8"));
    fail("192.0.2.8", 4);
    EXPECT_TRUE(is_out("192.0.2.8"));
}

}  // namespace
}  // namespace mailban
