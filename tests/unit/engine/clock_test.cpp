// The clock is set, by hours, while there are bans and failures.
#include "mailban/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::clock_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::StartsWith;

constexpr Timestamp kNoon{std::chrono::hours(500'004)};

class AClockThatIsSet : public ::testing::Test {
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
            note(engine_.observe(std::move(event), 0, Arrival::live, now_));
            now_ += 1s;
        }
        engine_.advance(now_);
    }
    // As the store does.
    void note(const Effects& effects)
    {
        for (const Effect& effect : effects) {
            if (const auto* record = effect_as<RecordEvent>(effect)) recorded_.push_back(*record);
            if (const auto* set_back = effect_as<RecordSetBack>(effect)) {
                for (RecordEvent& record : recorded_)
                    record.event.time = std::min(record.event.time, set_back->at);
            }
            const auto* tell = effect_as<Notice>(effect);
            if (tell != nullptr && tell->severity == Notice::Severity::warning)
                told_.push_back(tell->text);
        }
    }
    bool is_out(const char* client) const
    {
        return engine_.ledger().covering(*IpAddress::parse(client)) != nullptr;
    }

    Engine engine_{config(), PrefixSet{}, 1};
    Timestamp now_ = kNoon;
    int number_ = 0;
    std::vector<RecordEvent> recorded_{};
    std::vector<std::string> told_{};
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

TEST_F(AClockThatIsSet, BackForgetsNoFailureOfBefore)
{
    fail("192.0.2.7", 4);
    now_ -= 5h;
    fail("192.0.2.7", 1);
    EXPECT_TRUE(is_out("192.0.2.7"));
    fail("192.0.2.8", 3);
    now_ -= 5h;
    fail("192.0.2.8", 1);
    EXPECT_FALSE(is_out("192.0.2.8"));
    now_ += 11min;
    fail("192.0.2.8", 4);
    EXPECT_FALSE(is_out("192.0.2.8"));
    fail("192.0.2.8", 1);
    EXPECT_TRUE(is_out("192.0.2.8"));
}

TEST_F(AClockThatIsSet, BackIsToldOnce)
{
    fail("192.0.2.7", 1);
    ASSERT_THAT(told_, IsEmpty());
    now_ -= 5h;
    fail("192.0.2.7", 1);
    fail("192.0.2.7", 1);
    EXPECT_THAT(told_, ElementsAre(StartsWith("the clock was set back")));
    now_ -= 30s;  // as time servers do
    fail("192.0.2.8", 1);
    EXPECT_THAT(told_, SizeIs(1));
}

// What the windows hold is a function of what was recorded.
TEST_F(AClockThatIsSet, BackLeavesARestartWhereTheRunStood)
{
    fail("192.0.2.7", 4);
    fail("192.0.2.8", 2);
    now_ -= 5h;
    fail("192.0.2.7", 1);  // out, and counted anew
    fail("192.0.2.8", 1);
    fail("192.0.2.7", 2);
    Engine again{config(), PrefixSet{}, 1};
    for (const RecordEvent& record : recorded_)
        again.restore(record);
    for (const char* client : {"192.0.2.7", "192.0.2.8"}) {
        const auto ip = *IpAddress::parse(client);
        const auto before = engine_.detector().counts(ip);
        const auto after = again.detector().counts(ip);
        ASSERT_THAT(after, SizeIs(before.size())) << client;
        EXPECT_EQ(after.at(0).count, before.at(0).count) << client;
    }
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
}  // namespace mailban::clock_test
