// Rules with `mode: observe`, beside others that ban.
#include "mailban/engine/client_status.h"

#include "unit/engine/an_engine.h"

namespace mailban::observe_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

constexpr const char* kGuesser = "192.0.2.7";

// Three failures are observed, five are banned.
Config observed_three_and_enforced_five()
{
    Config config = test::five_in_ten_minutes();
    Rule observed = config.rules.front();
    observed.name = "strict";
    observed.limit = 3;
    observed.ban = 2h;
    observed.mode = RuleMode::observe;
    config.rules.insert(config.rules.begin(), observed);
    return config;
}

class AnObservedRule : public test::AnEngine {
protected:
    AnObservedRule() : AnEngine(observed_three_and_enforced_five()) {}

    Effects fail_for_notices(int times)
    {
        Effects all;
        for (int i = 0; i < times; ++i) {
            now_ += 1s;
            for (auto& effect : fail(kGuesser))
                all.push_back(std::move(effect));
        }
        return all;
    }
};

TEST_F(AnObservedRule, IsNotedAndNeverEnforced)
{
    const auto effects = fail_for_notices(3);
    EXPECT_THAT(all_of<Enforce>(effects), IsEmpty());
    EXPECT_THAT(engine_.wanted(), IsEmpty());
    EXPECT_THAT(engine_.ledger().bans(), IsEmpty());
    EXPECT_EQ(engine_.counters().bans, 0U);
    EXPECT_EQ(engine_.counters().observed_bans, 1U);
    const auto notices = all_of<Notice>(effects);
    ASSERT_THAT(notices, SizeIs(1));
    EXPECT_THAT(notices[0].text, HasSubstr("would ban 192.0.2.7/32 until"));
    EXPECT_THAT(notices[0].text, HasSubstr("rule strict (mode observe)"));
    ASSERT_TRUE(notices[0].hook_event);
    EXPECT_EQ(notices[0].hook_event->kind, HookEvent::Kind::would_ban);
    const auto records = all_of<RecordBan>(effects);
    ASSERT_THAT(records, SizeIs(1));
    EXPECT_EQ(records[0].ban.origin, BanOrigin::observed);
    EXPECT_EQ(*records[0].ban.until - records[0].ban.since, 2h);
    ASSERT_THAT(engine_.observed().bans(), SizeIs(1));
}

TEST_F(AnObservedRule, ChangesNothingOfARealBan)
{
    fail_for_notices(3);
    const auto effects = fail_for_notices(2);
    const auto changes = all_of<Enforce>(effects);
    ASSERT_THAT(changes, SizeIs(1));
    EXPECT_EQ(changes[0].change.kind, Change::Kind::add);
    const auto* ban = engine_.ledger().find(*Prefix::parse(kGuesser));
    ASSERT_NE(ban, nullptr);
    EXPECT_EQ(ban->level, 1U) << "a ban that was only observed is no first one";
    EXPECT_EQ(*ban->until - ban->since, 1h);
}

TEST_F(AnObservedRule, EndsWhenItsBanWouldHaveAndMayTripAgain)
{
    fail_for_notices(3);
    EXPECT_EQ(engine_.next_due(), now_ + 2h);
    engine_.advance(now_);
    EXPECT_FALSE(engine_.is_behind(now_));
    now_ += 2h;
    EXPECT_TRUE(engine_.is_behind(now_));
    const auto ended = engine_.advance(now_);
    EXPECT_THAT(all_of<Enforce>(ended), IsEmpty());
    const auto ends = all_of<RecordEnd>(ended);
    ASSERT_THAT(ends, SizeIs(1));
    EXPECT_EQ(ends[0].origin, BanOrigin::observed);
    EXPECT_EQ(ends[0].why, BanEndReason::expired);
    const auto again = all_of<RecordBan>(fail_for_notices(3));
    ASSERT_THAT(again, SizeIs(1));
    EXPECT_EQ(again[0].ban.level, 2U);
    EXPECT_EQ(*again[0].ban.until - again[0].ban.since, 4h);
}

TEST_F(AnObservedRule, IsNotedOnceWhileItsBanWouldStand)
{
    fail_for_notices(3);
    const auto effects = fail_for_notices(20);
    for (const auto& record : all_of<RecordBan>(effects))
        EXPECT_NE(record.ban.origin, BanOrigin::observed);
}

TEST_F(AnObservedRule, IsKnownAfterARestart)
{
    const auto recorded = all_of<RecordBan>(fail_for_notices(3));
    Engine next(observed_three_and_enforced_five(), PrefixSet(), 1);
    next.restore({recorded[0].ban}, {});
    EXPECT_THAT(next.observed().bans(), SizeIs(1));
    EXPECT_THAT(next.ledger().bans(), IsEmpty());
    EXPECT_THAT(next.wanted(), IsEmpty());
    EXPECT_EQ(next.next_due(), recorded[0].ban.until);
}

TEST_F(AnObservedRule, IsForgottenForWhoeverIsAllowed)
{
    fail_for_notices(3);
    const auto allowed = engine_.allow(*Prefix::parse("192.0.2.0/24"), 1h, "", now_);
    ASSERT_TRUE(allowed.ok());
    EXPECT_THAT(engine_.observed().bans(), IsEmpty());
    EXPECT_THAT(all_of<RecordEnd>(*allowed), SizeIs(1));
    EXPECT_THAT(all_of<Enforce>(*allowed), IsEmpty());
}

TEST_F(AnObservedRule, IsForgottenWithTheRecordOfAnUnban)
{
    fail_for_notices(5);
    ASSERT_THAT(engine_.ledger().bans(), SizeIs(1));
    ASSERT_TRUE(engine_.unban(*Prefix::parse(kGuesser), now_).ok());
    EXPECT_THAT(engine_.observed().bans(), IsEmpty());
}

TEST_F(AnObservedRule, OfALaterReloadBans)
{
    fail_for_notices(3);
    Config config = observed_three_and_enforced_five();
    config.rules.front().mode = RuleMode::enforce;
    auto next = engine_.successor(config);
    EXPECT_FALSE(engine_.needs_history(*next)) << "it counts as before";
    engine_.reconfigure(std::move(next));
    EXPECT_THAT(engine_.wanted(), IsEmpty()) << "what was only observed is not made up for";
    fail_for_notices(3);
    const auto* ban = engine_.ledger().find(*Prefix::parse(kGuesser));
    ASSERT_NE(ban, nullptr);
    EXPECT_EQ(ban->rule, "strict");
    EXPECT_EQ(ban->origin, BanOrigin::rule);
}

}  // namespace
}  // namespace mailban::observe_test
