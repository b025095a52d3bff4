// Where a ban holds: in the firewall, at the door, or in both.
#include "unit/engine/an_engine.h"

namespace mailban::places_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;

Config config_for(BanPlace where, Backend backend = Backend::nftables)
{
    Config config = test::five_in_ten_minutes();
    config.rules[0].where = where;
    config.policy.mode = PolicyMode::enforce;
    config.firewall.backend = backend;
    return config;
}

Effects ban_by_rule(Engine& engine, Timestamp now, const std::string& ip = "192.0.2.7")
{
    Effects all;
    for (int i = 0; i < 5; ++i)
        for (auto& effect : engine.observe(failure(ip, now + i * 1s), 0, Arrival::live, now + 5s))
            all.push_back(std::move(effect));
    return all;
}

bool is_denied(const Engine& engine, Timestamp now, const std::string& ip = "192.0.2.7")
{
    Attempt attempt;
    attempt.ip = *IpAddress::parse(ip);
    attempt.account = "bob";
    return engine.answer(attempt, now + 6s).verdict == PolicyVerdict::deny;
}

TEST(APlaceOfABan, IsBothUnlessARuleSaysOtherwise)
{
    Engine engine(config_for(BanPlace::both), PrefixSet(), 1);
    const Effects effects = ban_by_rule(engine, test::kStart);
    EXPECT_EQ(all_of<Enforce>(effects).size(), 1U);
    EXPECT_TRUE(is_denied(engine, test::kStart));
    EXPECT_EQ(engine.wanted().size(), 1U);
}

TEST(APlaceOfABan, MayBeTheDoorAlone)
{
    Engine engine(config_for(BanPlace::door), PrefixSet(), 1);
    const Effects effects = ban_by_rule(engine, test::kStart);
    EXPECT_TRUE(all_of<Enforce>(effects).empty());
    ASSERT_EQ(all_of<RecordBan>(effects).size(), 1U);
    EXPECT_EQ(all_of<RecordBan>(effects)[0].ban.where, BanPlace::door);
    EXPECT_THAT(all_of<Notice>(effects)[0].text, ::testing::HasSubstr("only at the door"));
    EXPECT_TRUE(is_denied(engine, test::kStart));
    EXPECT_TRUE(engine.wanted().empty());
    EXPECT_FALSE(engine.is_shut_out(failure("192.0.2.7", test::kStart)));
    EXPECT_TRUE(all_of<Enforce>(engine.advance(test::kStart + 2h)).empty());
    EXPECT_FALSE(is_denied(engine, test::kStart + 2h));
}

TEST(APlaceOfABan, MayBeTheFirewallAlone)
{
    Engine engine(config_for(BanPlace::firewall), PrefixSet(), 1);
    EXPECT_EQ(all_of<Enforce>(ban_by_rule(engine, test::kStart)).size(), 1U);
    EXPECT_FALSE(is_denied(engine, test::kStart));
}

TEST(APlaceOfABan, BecomesBothWhereAnotherRuleWantsTheOther)
{
    Config config = config_for(BanPlace::door);
    Rule slow;
    slow.name = "slow";
    slow.limit = 6;
    slow.within = 1h;
    slow.ban = 30min;
    slow.where = BanPlace::firewall;
    config.rules.push_back(slow);
    Engine engine(config, PrefixSet(), 1);
    ban_by_rule(engine, test::kStart);
    const Timestamp now = test::kStart + 20s;
    const auto effects = engine.observe(failure("192.0.2.7", now), 0, Arrival::live, now);
    ASSERT_EQ(all_of<Enforce>(effects).size(), 1U);
    EXPECT_EQ(all_of<RecordBan>(effects)[0].ban.where, BanPlace::both);
    EXPECT_TRUE(is_denied(engine, now));
    EXPECT_EQ(all_of<Enforce>(engine.advance(now + 3h))[0].change.kind, Change::Kind::remove);
}

const Prefix kByHand = *Prefix::parse("192.0.2.7/32");

Result<Effects> ban_by_hand(Engine& engine, BanPlace where, Timestamp now = test::kStart)
{
    return engine.ban(kByHand, 1h, "", now, "uid 0", {}, where);
}

TEST(APlaceOfABan, IsWhatAnAdministratorSays)
{
    Engine engine(config_for(BanPlace::both), PrefixSet(), 1);
    const auto at_door = ban_by_hand(engine, BanPlace::door);
    ASSERT_TRUE(at_door);
    EXPECT_TRUE(all_of<Enforce>(*at_door).empty());
    EXPECT_TRUE(is_denied(engine, test::kStart));
    EXPECT_THAT(all_of<Notice>(*at_door)[0].text,
                ::testing::HasSubstr(", only at the door by hand"));
    const auto in_firewall = ban_by_hand(engine, BanPlace::firewall);
    ASSERT_EQ(all_of<Enforce>(*in_firewall).size(), 1U);
    EXPECT_EQ(all_of<Enforce>(*in_firewall)[0].change.kind, Change::Kind::add);
    EXPECT_FALSE(is_denied(engine, test::kStart));
    EXPECT_THAT(all_of<Notice>(*in_firewall)[0].text,
                ::testing::HasSubstr(", only in the firewall by hand"));
    EXPECT_EQ(engine.wanted().size(), 1U);
}

TEST(APlaceOfABan, TakesABanByHandOutOfTheFirewallForOneAtTheDoor)
{
    Engine engine(config_for(BanPlace::both), PrefixSet(), 1);
    ASSERT_TRUE(ban_by_hand(engine, BanPlace::both));
    const auto effects = ban_by_hand(engine, BanPlace::door);
    ASSERT_EQ(all_of<Enforce>(*effects).size(), 1U);
    EXPECT_EQ(all_of<Enforce>(*effects)[0].change.kind, Change::Kind::remove);
    EXPECT_TRUE(engine.wanted().empty());
    EXPECT_TRUE(is_denied(engine, test::kStart));
}

TEST(APlaceOfABan, LeavesInTheFirewallWhatARuleHasBanned)
{
    Engine engine(config_for(BanPlace::both), PrefixSet(), 1);
    ban_by_rule(engine, test::kStart);
    const auto effects = ban_by_hand(engine, BanPlace::door, test::kStart + 5s);
    for (const auto& one : all_of<Enforce>(*effects))
        EXPECT_NE(one.change.kind, Change::Kind::remove);
    EXPECT_EQ(engine.wanted().size(), 1U);
}

TEST(APlaceOfABan, IsRefusedByHandWhereItWouldHoldNowhere)
{
    Config no_door = config_for(BanPlace::both);
    no_door.policy.mode = PolicyMode::off;
    Engine without_door(no_door, PrefixSet(), 1);
    const auto nowhere = ban_by_hand(without_door, BanPlace::door);
    ASSERT_FALSE(nowhere);
    EXPECT_THAT(nowhere.error().message, ::testing::HasSubstr("policy.mode is 'off'"));
    EXPECT_TRUE(ban_by_hand(without_door, BanPlace::firewall));
    Engine without_firewall(config_for(BanPlace::both, Backend::door), PrefixSet(), 1);
    EXPECT_FALSE(ban_by_hand(without_firewall, BanPlace::firewall));
    EXPECT_TRUE(ban_by_hand(without_firewall, BanPlace::door));
}

TEST(APlaceOfABan, DoesNotHideAWiderOneElsewhere)
{
    Engine engine(config_for(BanPlace::door), PrefixSet(), 1);
    ban_by_rule(engine, test::kStart);
    ASSERT_TRUE(engine.ban(*Prefix::parse("192.0.2.0/24"), 1h, "", test::kStart + 6s));
    EXPECT_TRUE(engine.is_shut_out(failure("192.0.2.7", test::kStart + 7s)));
}

TEST(TheDoorAlone, HoldsEveryBanWithoutAFirewall)
{
    Engine engine(config_for(BanPlace::both, Backend::door), PrefixSet(), 1);
    EXPECT_TRUE(all_of<Enforce>(ban_by_rule(engine, test::kStart)).empty());
    EXPECT_TRUE(is_denied(engine, test::kStart));
    EXPECT_TRUE(engine.wanted().empty());
    const auto lifted = engine.unban(*Prefix::parse("192.0.2.7"), test::kStart + 7s);
    ASSERT_TRUE(lifted);
    EXPECT_TRUE(all_of<Enforce>(lifted->effects).empty());
    EXPECT_FALSE(is_denied(engine, test::kStart + 1s));
}

TEST(TheDoorAlone, GivesItsBansToAFirewallThatIsConfiguredLater)
{
    Engine engine(config_for(BanPlace::both, Backend::door), PrefixSet(), 1);
    ban_by_rule(engine, test::kStart);
    engine.reconfigure(engine.successor(config_for(BanPlace::both)));
    EXPECT_EQ(engine.wanted().size(), 1U);
    engine.reconfigure(engine.successor(config_for(BanPlace::both, Backend::door)));
    EXPECT_TRUE(engine.wanted().empty());
    EXPECT_TRUE(is_denied(engine, test::kStart));
}

}  // namespace
}  // namespace mailban::places_test
