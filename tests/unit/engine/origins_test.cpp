// Bans of one prefix that a rule and an administrator impose.
#include "an_engine.h"

namespace mailban::origins_test {
namespace {

using namespace mailban::test;
using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class BansOfOnePrefix : public AnEngine {
protected:
    BansOfOnePrefix() { fail_times("192.0.2.7", 5); }

    Effects by_hand(std::optional<Duration> length)
    {
        return *engine_.ban(kPrefix, length, "spam", now_);
    }
    WantedBan wanted() const { return engine_.wanted().at(kPrefix); }

    const Prefix kPrefix = *Prefix::parse("192.0.2.7");
    const Timestamp end_of_rule_ = now_ + 5s + 1h;
};

TEST_F(BansOfOnePrefix, StandSideBySideAndTheLatestEndIsEnforced)
{
    ASSERT_EQ(engine_.ledger().bans().size(), 1U);
    const auto changes = all_of<Enforce>(by_hand(24h));
    EXPECT_EQ(engine_.ledger().bans().size(), 2U);
    EXPECT_EQ(wanted().until, now_ + 24h);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.kind, Change::Kind::extend);
    EXPECT_EQ(changes[0].change.until, now_ + 24h);
}

TEST_F(BansOfOnePrefix, AreNotShortenedByAShorterOneByHand)
{
    const auto end_of_rule = wanted().until;
    by_hand(10min);
    EXPECT_EQ(wanted().until, end_of_rule);
    now_ += 10min;
    const auto effects = engine_.advance(now_);
    ASSERT_EQ(all_of<RecordEnd>(effects).size(), 1U);
    EXPECT_EQ(all_of<RecordEnd>(effects)[0].origin, BanOrigin::manual);
    EXPECT_EQ(all_of<Enforce>(effects)[0].change.kind, Change::Kind::extend);
    EXPECT_EQ(wanted().until, end_of_rule);
    EXPECT_TRUE(engine_.is_shut_out(failure("192.0.2.7", now_)));
}

TEST_F(BansOfOnePrefix, ThatWereImportedStandBesideThemAndSayWhereTheyAreFrom)
{
    const auto effects = *engine_.ban(kPrefix, 24h, "", now_, "root", "fail2ban:dovecot");
    ASSERT_EQ(all_of<RecordBan>(effects).size(), 1U);
    const Ban imported = all_of<RecordBan>(effects)[0].ban;
    EXPECT_EQ(imported.origin, BanOrigin::imported);
    EXPECT_EQ(imported.rule, "fail2ban:dovecot");
    EXPECT_EQ(wanted().until, now_ + 24h);
    EXPECT_THAT(all_of<Notice>(effects)[0].text,
                ::testing::HasSubstr("imported from fail2ban:dovecot (root)"));
    by_hand(48h);
    EXPECT_EQ(engine_.ledger().bans().size(), 3U);
    EXPECT_EQ(engine_.unban(kPrefix, now_)->lifted.size(), 3U);
    EXPECT_THAT(engine_.wanted(), IsEmpty());
}

TEST_F(BansOfOnePrefix, EndEachForItself)
{
    by_hand(24h);
    now_ = *engine_.ledger().next_expiry();
    const auto effects = engine_.advance(now_);
    EXPECT_EQ(all_of<RecordEnd>(effects)[0].origin, BanOrigin::rule);
    EXPECT_EQ(engine_.ledger().bans().size(), 1U);
    now_ += 24h;
    EXPECT_EQ(all_of<Enforce>(engine_.advance(now_))[0].change.kind, Change::Kind::remove);
    EXPECT_THAT(engine_.wanted(), IsEmpty());
}

TEST_F(BansOfOnePrefix, AreBothThereAfterARestart)
{
    by_hand(24h);
    std::vector<Ban> bans;
    for (const auto& [key, ban] : engine_.ledger().bans())
        bans.push_back(ban);
    Engine next(five_in_ten_minutes(), PrefixSet(), 2);
    next.restore(bans, {});
    EXPECT_EQ(next.wanted(), engine_.wanted());
    EXPECT_EQ(next.ledger().bans(), engine_.ledger().bans());
}

TEST_F(BansOfOnePrefix, AreMadeByARuleThoughOneByHandStands)
{
    ASSERT_TRUE(engine_.ban(*Prefix::parse("192.0.2.8"), 10min, "", now_).ok());
    fail_times("192.0.2.8", 5);
    const auto prefix = *Prefix::parse("192.0.2.8");
    ASSERT_EQ(engine_.ledger().bans_of(prefix).size(), 2U);
    EXPECT_EQ(engine_.ledger().find(prefix)->rule, "password-guessing");
}

}  // namespace
}  // namespace mailban::origins_test
