#include "mailban/detect/account.h"

#include "unit/engine/an_engine.h"

namespace mailban::engine_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using test::kStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AnEngine : public test::AnEngine {};

TEST_F(AnEngine, BansOnTheFifthFailureForAnHour)
{
    EXPECT_THAT(fail_times("192.0.2.7", 4), IsEmpty());
    const auto changes = fail_times("192.0.2.7", 1);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change,
              (Change{Change::Kind::add, *Prefix::parse("192.0.2.7"), now_ + 1h}));
}

TEST_F(AnEngine, PutsTheFirewallFirst)
{
    fail_times("192.0.2.7", 4);
    const auto effects = fail("192.0.2.7");
    const auto position = [&](auto matches) {
        return std::find_if(effects.begin(), effects.end(), matches) - effects.begin();
    };
    EXPECT_LT(position([](const Effect& e) { return effect_as<Enforce>(e) != nullptr; }),
              position([](const Effect& e) { return effect_as<RecordBan>(e) != nullptr; }));
}

// 65,536 events are remembered to know doubles by: with all of a line's 64 KiB they would take 4
// GB.
TEST_F(AnEngine, KeepsNoMoreOfANameThanItCompares)
{
    Event event = failure("192.0.2.7", now_);
    event.account = std::string(60'000, 'x');
    event.session = event.account;
    const auto kept = all_of<RecordEvent>(engine_.observe(event, 0, Arrival::live, now_));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].event.account, std::string(kLongestAccount, 'x'));
    EXPECT_EQ(kept[0].event.session, std::string(kLongestAccount, 'x'));
    EXPECT_EQ(folded_account(*event.account).size(), kLongestAccount);
}

TEST_F(AnEngine, DoesNotBanTwiceWhileABanStands)
{
    EXPECT_EQ(fail_times("192.0.2.7", 50).size(), 1U);
}

TEST_F(AnEngine, BansTheWholeBlockOfAnIpv6Offender)
{
    const auto changes = fail_times("2001:db8::1", 5);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.prefix.to_string(), "2001:db8::/64");
}

TEST_F(AnEngine, LetsInAgainWhenTheTimeIsServed)
{
    fail_times("192.0.2.7", 5);
    now_ += 1h - 1us;
    EXPECT_THAT(engine_.advance(now_), IsEmpty());
    now_ += 1us;
    const auto changes = all_of<Enforce>(engine_.advance(now_));
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.kind, Change::Kind::remove);
}

TEST_F(AnEngine, BansARepeatOffenderForLonger)
{
    fail_times("192.0.2.7", 5);
    now_ += 2h;
    engine_.advance(now_);
    const auto changes = fail_times("192.0.2.7", 5);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.until, now_ + 2h);
}

TEST_F(AnEngine, NeverBansLoopbackItselfOrTheAllowlist)
{
    engine_.set_own_addresses(PrefixSet({*Prefix::parse("198.51.100.1")}));
    EXPECT_THAT(fail_times("127.0.0.1", 20), IsEmpty());
    EXPECT_THAT(fail_times("::1", 20), IsEmpty());
    EXPECT_THAT(fail_times("198.51.100.1", 20), IsEmpty());
    Engine trusting(five_in_ten_minutes(), PrefixSet({*Prefix::parse("192.0.2.0/24")}), 1);
    for (int i = 0; i < 20; ++i) {
        const auto effects = trusting.observe(failure("192.0.2.7", now_), 0, Arrival::live, now_);
        EXPECT_THAT(all_of<Enforce>(effects), IsEmpty());
    }
}

TEST_F(AnEngine, NarrowsABanThatWouldHoldATrustedNeighbour)
{
    engine_.set_own_addresses(PrefixSet({*Prefix::parse("2001:db8::25")}));
    const auto changes = fail_times("2001:db8::bad", 5);
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.prefix.to_string(), "2001:db8::bad/128");
}

TEST_F(AnEngine, NeverCountsABackEndThatIsDown)
{
    for (int i = 0; i < 50; ++i) {
        Event event = failure("192.0.2.7", now_);
        event.kind = EventKind::auth_unavailable;
        EXPECT_THAT(all_of<Enforce>(engine_.observe(event, 0, Arrival::live, now_)), IsEmpty());
    }
}

TEST_F(AnEngine, CountsALineOfTwoLogsOnce)
{
    for (int i = 0; i < 4; ++i) {
        now_ += 1s;
        fail("192.0.2.7");
        engine_.observe(failure("192.0.2.7", now_), 1, Arrival::live, now_);
    }
    EXPECT_THAT(engine_.ledger().bans(), IsEmpty());
}

TEST_F(AnEngine, CountsALiveLineWithAnAbsurdStampAtItsArrival)
{
    for (int i = 0; i < 5; ++i) {
        const Timestamp stamp = i % 2 == 0 ? now_ + 24h : now_ - 24h - i * 1h;
        engine_.observe(failure("192.0.2.7", stamp), 0, Arrival::live, now_);
    }
    EXPECT_EQ(engine_.ledger().bans().size(), 1U);
}

TEST_F(AnEngine, CountsABacklogAtItsStampsAndNeverOutOfReach)
{
    for (int i = 0; i < 50; ++i) {
        engine_.observe(failure("192.0.2.7", now_ - 24h - i * 1s), 0, Arrival::backlog, now_);
        engine_.observe(failure("192.0.2.8", now_ + 2h + i * 1s), 0, Arrival::backlog, now_);
    }
    EXPECT_THAT(engine_.ledger().bans(), IsEmpty());
    EXPECT_EQ(engine_.counters().implausible_timestamps, 100U);
}

TEST_F(AnEngine, DoesNotEnforceABanOfTheBacklogThatIsOverAlready)
{
    Config config = five_in_ten_minutes();
    config.rules[0].ban = 1min;
    Engine engine(config, PrefixSet(), 1);
    Effects effects;
    for (int i = 0; i < 5; ++i) {
        effects =
            engine.observe(failure("192.0.2.7", now_ - 5min + i * 1s), 0, Arrival::backlog, now_);
    }
    EXPECT_THAT(all_of<Enforce>(effects), IsEmpty());
    EXPECT_EQ(all_of<RecordBan>(effects).size(), 1U);
}

TEST_F(AnEngine, SeesTheWideBanBehindANarrowOneThatIsOverByTheTimeOfABacklog)
{
    Config config = five_in_ten_minutes();
    config.rules[0].ban = 1min;
    Engine engine(config, PrefixSet(), 1);
    const auto fail_five_times = [&](Timestamp at) {
        std::vector<RecordBan> bans;
        for (int i = 0; i < 5; ++i) {
            const auto event = failure("192.0.2.7", at + i * 1s);
            for (auto& ban : all_of<RecordBan>(engine.observe(event, 0, Arrival::backlog, now_)))
                bans.push_back(std::move(ban));
        }
        return bans;
    };
    EXPECT_EQ(fail_five_times(now_ - 9min).size(), 1U);
    Ban wide;
    wide.prefix = *Prefix::parse("192.0.2.0/24");
    wide.since = now_ - 7min;
    wide.until = now_ + 24h;
    wide.rule = "block";
    engine.restore(std::vector<Ban>{wide}, std::vector<Offender>{});
    EXPECT_THAT(fail_five_times(now_ - 6min), IsEmpty());
}

TEST_F(AnEngine, GoesOnCountingAfterARestartWhereItStood)
{
    std::vector<RecordEvent> recorded;
    for (int i = 0; i < 4; ++i) {
        now_ += 1s;
        for (auto& record : all_of<RecordEvent>(fail("192.0.2.7")))
            recorded.push_back(record);
    }
    Engine next(five_in_ten_minutes(), PrefixSet(), 2);
    for (const auto& record : recorded)
        next.restore(record);
    now_ += 1s;
    const auto effects = next.observe(failure("192.0.2.7", now_), 0, Arrival::live, now_);
    EXPECT_EQ(all_of<Enforce>(effects).size(), 1U);
}

TEST_F(AnEngine, KnowsAfterARestartWhatAnotherLineHasTold)
{
    Event back = failure("192.0.2.7", now_);
    back.reporter = Reporter::back_end;
    const auto effects = engine_.observe(back, 0, Arrival::live, now_);
    Engine next(five_in_ten_minutes(), PrefixSet(), 2);
    for (const auto& record : all_of<RecordEvent>(effects))
        next.restore(record);
    now_ += 2s;
    const auto told = next.observe(failure("192.0.2.7", now_), 1, Arrival::live, now_);
    ASSERT_EQ(all_of<RecordEvent>(told).size(), 1U);
    EXPECT_EQ(all_of<RecordEvent>(told)[0].counted, 0U);
    EXPECT_EQ(next.counters().repeated, 1U);
}

TEST_F(AnEngine, BansAndUnbansByHand)
{
    const auto prefix = *Prefix::parse("203.0.113.0/24");
    const auto banned = engine_.ban(prefix, 2h, "spam", now_);
    ASSERT_TRUE(banned);
    EXPECT_EQ(all_of<Enforce>(*banned)[0].change.until, now_ + 2h);
    EXPECT_FALSE(engine_.unban(*Prefix::parse("198.51.100.1"), now_));
    const auto unbanned = engine_.unban(prefix, now_);
    ASSERT_TRUE(unbanned);
    EXPECT_THAT(engine_.ledger().bans(), IsEmpty());
}

TEST_F(AnEngine, LiftsARestoredBanOfWhoeverWasAllowlistedSince)
{
    Ban customer;
    customer.prefix = *Prefix::parse("203.0.113.9");
    customer.until = now_ + 1h;
    Ban block = customer;
    block.prefix = *Prefix::parse("203.0.112.0/23");
    Ban stranger = customer;
    stranger.prefix = *Prefix::parse("198.51.100.2");
    Engine engine(five_in_ten_minutes(), PrefixSet({*Prefix::parse("203.0.113.0/24")}), 1);
    engine.restore({customer, block, stranger}, {});
    const auto changes = all_of<Enforce>(engine.advance(now_));
    ASSERT_EQ(changes.size(), 2U);
    for (const auto& [change] : changes)
        EXPECT_EQ(change.kind, Change::Kind::remove);
    ASSERT_EQ(engine.wanted().size(), 1U);
    EXPECT_EQ(engine.wanted().begin()->first, stranger.prefix);
}

TEST_F(AnEngine, LiftsABanOfAnAddressThatThisMachineIsGiven)
{
    fail_times("192.0.2.7", 5);
    EXPECT_THAT(all_of<Enforce>(engine_.advance(now_)), IsEmpty());
    engine_.set_own_addresses(PrefixSet({*Prefix::parse("192.0.2.7")}));
    const auto ended = all_of<RecordEnd>(engine_.advance(now_));
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].why, BanEndReason::trusted);
    EXPECT_THAT(engine_.wanted(), IsEmpty());
}

TEST_F(AnEngine, RefusesToBanByHandWhatIsTrusted)
{
    const auto refused = engine_.ban(*Prefix::parse("0.0.0.0/0"), 1h, "", now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, ::testing::HasSubstr("loopback"));
}

TEST_F(AnEngine, RefusesToBanByHandWhateverOverlapsAFriend)
{
    Engine engine(five_in_ten_minutes(), PrefixSet({*Prefix::parse("203.0.113.0/24")}), 1);
    engine.set_own_addresses(PrefixSet({*Prefix::parse("198.51.100.1")}));
    for (const auto* const text : {"203.0.113.9", "203.0.113.0/24", "203.0.112.0/23",
                                   "203.0.113.128/25", "198.51.100.1", "198.51.100.0/24"})
        EXPECT_FALSE(engine.ban(*Prefix::parse(text), 1h, "", now_)) << text;
    for (const auto* const text : {"203.0.112.0/24", "198.51.100.2", "198.51.100.2/31"})
        EXPECT_TRUE(engine.ban(*Prefix::parse(text), 1h, "", now_)) << text;
}

TEST_F(AnEngine, AStricterRuleMakesAStandingBanLastLonger)
{
    Config config = five_in_ten_minutes();
    Rule slow;
    slow.name = "slow-guessing";
    slow.limit = 15;
    slow.within = 24h;
    slow.ban = 24h;
    config.rules.push_back(slow);
    Engine engine(config, PrefixSet(), 1);
    std::vector<Change::Kind> kinds;
    for (int i = 0; i < 15; ++i) {
        now_ += 1s;
        for (const auto& effect :
             all_of<Enforce>(engine.observe(failure("192.0.2.7", now_), 0, Arrival::live, now_))) {
            kinds.push_back(effect.change.kind);
        }
    }
    EXPECT_THAT(kinds, ElementsAre(Change::Kind::add, Change::Kind::extend));
    EXPECT_EQ(engine.ledger().bans().begin()->second.until, now_ + 24h);
    EXPECT_EQ(engine.ledger().bans().begin()->second.level, 1U);
}

TEST_F(AnEngine, TellsNothingThatAClientChose)
{
    now_ += 1s;
    for (int i = 0; i < 5; ++i) {
        Event event = failure("192.0.2.7", now_);
        event.account = "\x1b[31mevil";
        event.client_port = static_cast<std::uint16_t>(i);
        for (const auto& tell : all_of<Notice>(engine_.observe(event, 0, Arrival::live, now_))) {
            EXPECT_THAT(tell.text, ::testing::Not(::testing::HasSubstr("evil")));
        }
    }
}

}  // namespace
}  // namespace mailban::engine_test
