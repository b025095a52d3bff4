// Bans that only the firewall remembers.
#include "mailban/engine/engine.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::recover_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::SizeIs;

constexpr Timestamp kNow{std::chrono::hours(500'000)};

Config with_rule(std::optional<Duration> ban)
{
    Config config;
    Rule rule;
    rule.name = "password-guessing";
    rule.ban = ban;
    config.rules = {rule};
    return config;
}

std::vector<Held> held(std::initializer_list<std::pair<const char*, Until>> prefixes)
{
    std::vector<Held> all;
    for (const auto& [prefix, until] : prefixes)
        all.push_back({*Prefix::parse(prefix), until});
    return all;
}

TEST(ARecoveredBan, EndsWhenTheFirewallSays)
{
    Engine engine(with_rule(2h), PrefixSet{}, 1);
    engine.recover(held({{"192.0.2.7/32", kNow + 5min}}), KeepsTime::yes, kNow);
    const auto* ban = engine.ledger().find(*Prefix::parse("192.0.2.7/32"));
    ASSERT_NE(ban, nullptr);
    EXPECT_EQ(ban->until, kNow + 5min);
    EXPECT_EQ(ban->rule, "recovered");
    EXPECT_THAT(engine.ledger().bans(), SizeIs(1));
    engine.advance(kNow + 5min);
    EXPECT_THAT(engine.ledger().bans(), SizeIs(0));
}

TEST(ARecoveredBan, EndsAsTheLongestOfTheRulesWhereTheFirewallDoesNotSay)
{
    Engine engine(with_rule(3h), PrefixSet{}, 1);
    engine.recover(held({{"192.0.2.7/32", {}}}), KeepsTime::no, kNow);
    EXPECT_EQ(engine.ledger().find(*Prefix::parse("192.0.2.7/32"))->until, kNow + 3h);
}

TEST(ARecoveredBan, IsForEverWhereTheFirewallKeepsTimeAndHasNone)
{
    Engine engine(with_rule(3h), PrefixSet{}, 1);
    engine.recover(held({{"192.0.2.7/32", {}}}), KeepsTime::yes, kNow);
    EXPECT_EQ(engine.ledger().find(*Prefix::parse("192.0.2.7/32"))->until, std::nullopt);
}

TEST(ARecoveredBan, IsEnforcedRecordedAndTold)
{
    Engine engine(with_rule(1h), PrefixSet{}, 1);
    const auto effects =
        engine.recover(held({{"192.0.2.7/32", kNow + 5min}}), KeepsTime::yes, kNow);
    EXPECT_THAT(
        effects,
        ElementsAre(::testing::VariantWith<Enforce>(::testing::_),
                    ::testing::VariantWith<Record>(::testing::VariantWith<RecordBan>(::testing::_)),
                    ::testing::VariantWith<Notice>(::testing::_)));
}

TEST(ARecoveredBan, IsCountedAndToldWhereItHasToMakeRoom)
{
    Config config = with_rule(1h);
    config.limits.bans = 1;
    Engine engine(config, PrefixSet{}, 1);
    const auto effects = engine.recover(
        held({{"192.0.2.7/32", kNow + 5min}, {"192.0.2.8/32", kNow + 9min}}), KeepsTime::yes, kNow);
    EXPECT_EQ(engine.counters().displaced, 1U);
    EXPECT_THAT(effects, ::testing::Contains(
                             ::testing::VariantWith<Record>(::testing::VariantWith<RecordEnd>(
                                 ::testing::Field(&RecordEnd::why, BanEndReason::displaced)))));
    EXPECT_NE(engine.ledger().find(*Prefix::parse("192.0.2.8/32")), nullptr);
}

TEST(ARecoveredBan, ReplacesNoneThatIsKnownAndHitsNobodyTrusted)
{
    PrefixSet allow;
    allow.insert(*Prefix::parse("198.51.100.0/24"));
    Engine engine(with_rule(1h), allow, 1);
    const auto banned = engine.ban(*Prefix::parse("192.0.2.7/32"), 9h, "by hand", kNow);
    ASSERT_TRUE(banned.ok());
    engine.recover(held({{"192.0.2.7/32", kNow + 5min},
                         {"198.51.100.7/32", kNow + 5min},
                         {"127.0.0.1/32", kNow + 5min}}),
                   KeepsTime::yes, kNow);
    EXPECT_THAT(engine.ledger().bans(), SizeIs(1));
    EXPECT_EQ(engine.ledger().find(*Prefix::parse("192.0.2.7/32"))->until, kNow + 9h);
}

}  // namespace
}  // namespace mailban::recover_test
