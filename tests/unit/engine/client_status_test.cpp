// What `mailban show` tells of an address.
#include "mailban/engine/client_status.h"

#include <nlohmann/json.hpp>

#include "unit/engine/an_engine.h"

namespace mailban::test::client_status_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

Config two_rules_and_one_by_account()
{
    Config config = five_in_ten_minutes();
    Rule block;
    block.name = "hopping";
    block.by = CountBy::subnet;
    block.limit = 8;
    block.within = 6h;
    block.ban = std::nullopt;
    block.distinct = Distinct::address;
    Rule account;
    account.name = "account-under-attack";
    account.by = CountBy::account;
    config.rules.push_back(block);
    config.rules.push_back(account);
    return config;
}

class AStanding : public AnEngine {
protected:
    AStanding() : AnEngine(two_rules_and_one_by_account()) {}

    ShowReport of(const std::string& address) const
    {
        return client_status(engine_, *IpAddress::parse(address), now_);
    }
    static std::vector<std::string> commands(const ShowReport& report)
    {
        std::vector<std::string> all;
        for (const auto& [command, effect] : report.remedies)
            all.push_back(command);
        return all;
    }
};

TEST_F(AStanding, TellsEveryRuleThatMayCountTheAddressAndHowLongItWouldBan)
{
    fail_times("192.0.2.7", 3);
    const auto report = of("192.0.2.7");
    ASSERT_EQ(report.rules.size(), 2U);
    EXPECT_EQ(report.rules[0].rule, "password-guessing");
    EXPECT_EQ(report.rules[0].count, 3U);
    EXPECT_EQ(report.rules[0].limit, 5U);
    EXPECT_EQ(report.rules[0].next_level, 1U);
    EXPECT_EQ(report.rules[0].next_ban, 1h);
    EXPECT_EQ(report.rules[1].rule, "hopping");
    EXPECT_EQ(report.rules[1].count, 1U);
    EXPECT_EQ(report.rules[1].next_ban, std::nullopt);
    EXPECT_FALSE(report.ban);
    EXPECT_THAT(commands(report), IsEmpty());
    const auto nobody = of("198.51.100.1");
    ASSERT_EQ(nobody.rules.size(), 2U);
    EXPECT_EQ(nobody.rules[0].count, 0U);
}

TEST_F(AStanding, TellsWhatTheNextBanWouldBe)
{
    fail_times("192.0.2.7", 5);
    EXPECT_EQ(of("192.0.2.7").next_level, 2U);
    EXPECT_EQ(of("192.0.2.7").rules[0].next_ban, 2h);
    now_ += 61min;
    engine_.advance(now_);
    fail_times("192.0.2.7", 5);
    EXPECT_EQ(of("192.0.2.7").next_level, 3U);
    EXPECT_EQ(of("192.0.2.7").rules[0].next_ban, 4h);
    now_ += 61 * 24h;
    EXPECT_EQ(of("192.0.2.7").next_level, 1U);
}

TEST_F(AStanding, TellsEveryBanThatReachesTheAddressAndWhatLiftsIt)
{
    fail_times("192.0.2.7", 5);
    EXPECT_THAT(commands(of("192.0.2.7")),
                ElementsAre("mailban unban 192.0.2.7/32", "mailban allow 192.0.2.7"));
    ASSERT_TRUE(engine_.ban(*Prefix::parse("192.0.2.0/24"), {}, "spam run", now_));
    const auto report = of("192.0.2.7");
    ASSERT_EQ(report.bans.size(), 2U);
    EXPECT_EQ(report.ban, report.bans[0]);
    EXPECT_EQ(report.bans[0].rule, "password-guessing");
    EXPECT_EQ(report.bans[1].reason, "spam run");
    EXPECT_THAT(commands(report),
                ElementsAre("mailban unban 192.0.2.7/32", "mailban unban 192.0.2.0/24",
                            "mailban allow 192.0.2.7"));
    EXPECT_THAT(commands(of("192.0.2.8")),
                ElementsAre("mailban unban 192.0.2.0/24", "mailban allow 192.0.2.8"));
    // And it does.
    ASSERT_TRUE(engine_.allow(*Prefix::parse("192.0.2.7"), {}, "", now_));
    EXPECT_THAT(of("192.0.2.7").bans, IsEmpty());
}

TEST_F(AStanding, TellsByWhoseWordTheAddressIsTrusted)
{
    engine_.set_gateways(PrefixSet({*Prefix::parse("192.0.2.1")}));
    ASSERT_TRUE(engine_.allow(*Prefix::parse("192.0.2.0/24"), 1h, "lan", now_));
    const auto report = of("192.0.2.1");
    EXPECT_EQ(report.trusted_as, "default gateway");
    ASSERT_EQ(report.trusted_by.size(), 2U);
    EXPECT_EQ(report.trusted_by[1].reason, "lan");
    EXPECT_THAT(of("198.51.100.1").trusted_by, IsEmpty());
}

TEST_F(AStanding, TellsOfAnOutageAndOfTheBanThatItHoldsBack)
{
    EXPECT_FALSE(of("192.0.2.7").outage);
    for (const auto* const client : {"198.51.100.1", "203.0.113.1", "100.64.0.1"}) {
        auto down = failure(client, now_);
        down.kind = EventKind::auth_unavailable;
        engine_.observe(down, 0, Arrival::live, now_);
    }
    fail_times("192.0.2.7", 5);
    const auto report = of("192.0.2.7");
    ASSERT_TRUE(report.outage);
    EXPECT_TRUE(report.is_held_back);
    EXPECT_FALSE(report.ban);
    EXPECT_FALSE(of("192.0.2.8").is_held_back);
}

TEST_F(AStanding, IsOneLineOfJsonWithAllOfIt)
{
    fail_times("192.0.2.7", 5);
    auto report = of("192.0.2.7");
    report.logins = {{*IpAddress::parse("192.0.2.7"), "b\xff\x1b", now_, now_}};
    const auto line = reply_with(report);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto shown = nlohmann::json::parse(line)["result"];
    EXPECT_EQ(shown["bans"].size(), 1U);
    EXPECT_EQ(shown["remedies"][0]["command"], "mailban unban 192.0.2.7/32");
    EXPECT_EQ(shown["rules"][0]["next_ban_seconds"], 7200);
    EXPECT_EQ(shown["rules"][1]["counts"], "addresses");
    EXPECT_EQ(shown["rules"][1]["by"], "subnet");
    EXPECT_TRUE(shown["rules"][1]["next_ban_seconds"].is_null());
    EXPECT_TRUE(shown["outage"].is_null());
    EXPECT_EQ(shown["ban_deferred"], false);
    EXPECT_TRUE(shown["logins"][0]["account"].is_string());
}

}  // namespace
}  // namespace mailban::test::client_status_test
