#include "mailban/replay/replay.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

#include "seed.h"
#include "unit/engine/an_engine.h"

namespace mailban::replay_test {
namespace {

using ::mailban::test::all_of;
using ::mailban::test::failure;
using ::mailban::test::kStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::IsEmpty;
using ::testing::SizeIs;

ReplaySettings shipped()
{
    ReplaySettings settings;
    settings.config.rules = default_rules();
    settings.hash_seed = 7;
    return settings;
}

ReplaySettings one_rule()
{
    ReplaySettings settings = shipped();
    settings.config = ::mailban::test::five_in_ten_minutes();
    return settings;
}

Event guess(const std::string& ip, Timestamp at, const std::string& account = "bob")
{
    Event event = failure(ip, at);
    event.account = account;
    return event;
}

Event login(const std::string& ip, Timestamp at, const std::string& account = "anna")
{
    Event event = guess(ip, at, account);
    event.kind = EventKind::auth_success;
    return event;
}

class AReplay : public ::testing::Test {
protected:
    void guesses(const std::string& ip, int count, Duration step = seconds(1))
    {
        for (int i = 0; i < count; ++i)
            replay_.observe(guess(ip, now_ += step), 0);
    }

    Replay replay_{one_rule()};
    Timestamp now_ = kStart;
};

TEST_F(AReplay, OfNothingFindsNothing)
{
    const auto outcome = replay_.outcome(10);
    EXPECT_THAT(outcome.bans, IsEmpty());
    EXPECT_THAT(outcome.clients, IsEmpty());
    EXPECT_EQ(outcome.first, std::nullopt);
}

// Most logins are only added up (LoginTally), and recorded before the next failure.
TEST_F(AReplay, CountsNoLoginAsAGuess)
{
    for (int i = 0; i < 5; ++i)
        replay_.observe(login("192.0.2.7", now_ += seconds(1)), 0);
    replay_.observe(guess("192.0.2.7", now_ += seconds(20), "anna"), 0);
    const auto outcome = replay_.outcome(10);
    EXPECT_EQ(outcome.guesses, 1U);
    ASSERT_THAT(outcome.clients, SizeIs(1));
    EXPECT_EQ(outcome.clients[0].before, 1U);
}

TEST_F(AReplay, BansAtTheStampThatTripsTheRule)
{
    guesses("192.0.2.7", 5);
    const auto outcome = replay_.outcome(10);
    ASSERT_THAT(outcome.bans, SizeIs(1));
    const auto& [ban, decided, lengthens, earlier, later] = outcome.bans[0];
    EXPECT_EQ(ban.prefix.to_string(), "192.0.2.7/32");
    EXPECT_EQ(ban.rule, "password-guessing");
    EXPECT_EQ(ban.count, 5U);
    EXPECT_EQ(ban.since, kStart + seconds(5));
    EXPECT_EQ(ban.until, kStart + seconds(5) + hours(1));
    EXPECT_EQ(decided, ban.since);
    EXPECT_FALSE(lengthens || earlier || later);
}

TEST_F(AReplay, EndsABanBetweenEventsAndTheNextIsLonger)
{
    guesses("192.0.2.7", 5);
    now_ += hours(1);
    guesses("192.0.2.7", 5);
    const auto bans = replay_.outcome(10).bans;
    ASSERT_THAT(bans, SizeIs(2));
    EXPECT_EQ(bans[1].ban.level, 2U);
    EXPECT_EQ(*bans[1].ban.until - bans[1].ban.since, hours(2));
}

TEST_F(AReplay, GoesOnAfterAStampOutOfAFarYear)
{
    replay_.observe(guess("192.0.2.9", kStart + days(3650)), 0);
    guesses("192.0.2.7", 5);
    now_ += hours(1);
    guesses("192.0.2.7", 5);
    const auto outcome = replay_.outcome(10);
    EXPECT_THAT(outcome.bans, SizeIs(2));
    EXPECT_EQ(outcome.prevented, 0U);
}

TEST_F(AReplay, TellsWhatGotThroughAndWhatABanPrevented)
{
    guesses("192.0.2.7", 8);
    now_ += hours(1);
    guesses("192.0.2.7", 2);
    guesses("192.0.2.8", 1);
    const auto outcome = replay_.outcome(1);
    ASSERT_THAT(outcome.clients, SizeIs(1));
    EXPECT_EQ(outcome.clients[0], (ClientToll{*IpAddress::parse("192.0.2.7"), 5, 2, 3, 0, 1}));
    EXPECT_EQ(outcome.guesses, 11U);
    EXPECT_EQ(outcome.through, 8U);
    EXPECT_EQ(outcome.prevented, 3U);
    EXPECT_EQ(outcome.guessing_clients, 2U);
}

TEST_F(AReplay, TellsLoginsBeforeAndAfterABanApart)
{
    replay_.observe(login("192.0.2.7", now_ += seconds(1)), 0);
    guesses("192.0.2.7", 5);
    guesses("192.0.2.8", 5);
    replay_.observe(login("192.0.2.8", now_ += seconds(1)), 0);
    replay_.observe(login("192.0.2.9", now_ += seconds(1)), 0);
    const auto outcome = replay_.outcome(10);
    ASSERT_THAT(outcome.bans, SizeIs(2));
    EXPECT_TRUE(outcome.bans[0].earlier_success && !outcome.bans[0].later_success);
    EXPECT_TRUE(!outcome.bans[1].earlier_success && outcome.bans[1].later_success);
    EXPECT_EQ(outcome.customers, 3U);
    EXPECT_EQ(outcome.customers_hit, 2U);
    EXPECT_EQ(outcome.logins_barred, 1U);
    ASSERT_THAT(outcome.rules, SizeIs(1));
    EXPECT_EQ(outcome.rules[0], (RuleToll{"password-guessing", 2, 0, 2, 2}));
}

TEST(AReplayOfAnObservedRule, ListsItsBansApartAndCountsThemInNoTotal)
{
    auto settings = one_rule();
    settings.config.rules.front().mode = RuleMode::observe;
    Replay replay(settings);
    Timestamp now = kStart;
    for (int i = 0; i < 8; ++i)
        replay.observe(guess("192.0.2.7", now += seconds(1)), 0);
    replay.observe(login("192.0.2.7", now += seconds(1)), 0);
    const auto outcome = replay.outcome(10);
    EXPECT_THAT(outcome.bans, IsEmpty());
    EXPECT_EQ(outcome.prefixes, 0U);
    EXPECT_EQ(outcome.through, 8U) << "nobody was shut out";
    EXPECT_EQ(outcome.customers_hit, 0U);
    EXPECT_EQ(outcome.logins_barred, 0U);
    EXPECT_EQ(outcome.clients[0].bans, 0U);
    ASSERT_THAT(outcome.observed, SizeIs(1));
    EXPECT_FALSE(outcome.observed[0].lengthens);
    EXPECT_TRUE(outcome.observed[0].later_success);
    ASSERT_THAT(outcome.rules, SizeIs(1));
    EXPECT_EQ(outcome.rules[0], (RuleToll{"password-guessing", 1, 0, 1, 1, true}));
}

TEST_F(AReplay, FindsTheCustomerAnywhereInABannedBlock)
{
    guesses("2001:db8::1", 5);
    replay_.observe(login("2001:db8::ffff", now_ += days(1)), 0);
    replay_.observe(login("2001:db8:0:1::", now_), 0);
    const auto outcome = replay_.outcome(10);
    ASSERT_THAT(outcome.bans, SizeIs(1));
    EXPECT_EQ(outcome.bans[0].ban.prefix.to_string(), "2001:db8::/64");
    EXPECT_TRUE(outcome.bans[0].later_success);
    EXPECT_EQ(outcome.customers_hit, 1U);
}

TEST_F(AReplay, ListsAStricterRulesLengtheningWithTheBansOwnBeginning)
{
    auto settings = one_rule();
    settings.config.rules = {default_rules()[0], default_rules()[1]};
    replay_ = Replay(settings);
    guesses("192.0.2.7", 10, minutes(1));
    const auto bans = replay_.outcome(10).bans;
    ASSERT_THAT(bans, SizeIs(2));
    EXPECT_FALSE(bans[0].lengthens);
    EXPECT_TRUE(bans[1].lengthens);
    EXPECT_EQ(bans[1].ban.rule, "slow-guessing");
    EXPECT_EQ(bans[1].ban.since, bans[0].ban.since);
    EXPECT_EQ(bans[1].decided, kStart + minutes(10));
    EXPECT_EQ(bans[1].ban.until, kStart + minutes(10) + days(1));
}

TEST_F(AReplay, CountsNoGuessesOfTheAllowlist)
{
    auto settings = one_rule();
    settings.allow = PrefixSet({*Prefix::parse("192.0.2.0/24")});
    replay_ = Replay(settings);
    guesses("192.0.2.7", 50);
    guesses("127.0.0.1", 50);
    const auto outcome = replay_.outcome(10);
    EXPECT_THAT(outcome.bans, IsEmpty());
    EXPECT_EQ(outcome.guesses, 0U);
}

TEST_F(AReplay, ForgetsTheLeastGuiltyThatNeverLoggedInAndKeepsItsTotals)
{
    Replay small(one_rule(), 8);
    small.observe(login("198.51.100.1", now_), 0);
    for (int i = 0; i < 5; ++i)
        small.observe(guess("192.0.2.7", now_ += seconds(1)), 0);
    for (int i = 0; i < 100; ++i)
        small.observe(guess("203.0.113." + std::to_string(i), now_ += seconds(1)), 0);
    const auto outcome = small.outcome(100);
    EXPECT_EQ(outcome.guesses, 105U);
    EXPECT_EQ(outcome.customers, 1U);
    EXPECT_GT(outcome.forgotten_clients, 90U);
    ASSERT_FALSE(outcome.clients.empty());
    EXPECT_EQ(outcome.clients[0].ip.to_string(), "192.0.2.7");
    EXPECT_LE(outcome.clients.size(), 8U);
}

TEST(AReplayedBan, IsOneLineOfJson)
{
    ReplayedBan one;
    one.ban.prefix = *Prefix::parse("192.0.2.7");
    one.ban.since = kStart;
    one.ban.rule = "raw \xff";
    one.ban.count = 5;
    one.decided = kStart + minutes(1);
    one.lengthens = true;
    one.later_success = true;
    EXPECT_EQ(to_json_line(one),
              "{\"time\":\"2027-01-15T08:00:00Z\",\"prefix\":\"192.0.2.7/32\",\"rule\":\"raw "
              "\\ufffd\",\"count\":5,\"until\":null,\"later_success\":true,\"earlier_success\":"
              "false,\"level\":1,\"decided\":\"2027-01-15T08:01:00Z\",\"lengthens\":true,"
              "\"observed\":false}\n");
}

TEST(Outcomes, AreComparedByWhomTheyBan)
{
    const auto banning = [](std::initializer_list<const char*> prefixes) {
        ReplayResult outcome;
        for (const char* prefix : prefixes) {
            ReplayedBan one;
            one.ban.prefix = *Prefix::parse(prefix);
            outcome.bans.push_back(one);
        }
        return outcome;
    };
    const auto found =
        compare(banning({"192.0.2.7", "192.0.2.8", "192.0.2.7"}), banning({"192.0.2.8", "::2"}));
    EXPECT_EQ(found.only_first, std::vector{*Prefix::parse("192.0.2.7")});
    EXPECT_EQ(found.only_second, std::vector{*Prefix::parse("::2")});
    EXPECT_EQ(found.both, std::vector{*Prefix::parse("192.0.2.8")});
}

// A mail server's weeks in short: few clients and accounts, so that they meet often.
std::vector<Event> random_events(std::mt19937_64& chance)
{
    const auto below = [&](std::uint64_t most) { return chance() % most; };
    std::vector<Event> events;
    Timestamp at = kStart;
    for (int i = 0; i < 3000; ++i) {
        at += seconds(below(4) == 0 ? below(4000) : below(30));
        const auto client = below(12);
        const std::string ip = client < 9 ? "192.0.2." + std::to_string(client)
                                          : "2001:db8::" + std::to_string(client);
        Event event =
            guess(ip, at - seconds(below(10) == 0 ? 2 : 0), "user" + std::to_string(below(6)));
        event.client_port = static_cast<std::uint16_t>(below(60000));
        const auto kind = below(20);
        if (kind == 0) event.kind = EventKind::auth_success;
        if (kind == 1) event.kind = EventKind::relay_denied;
        if (kind == 2) event.kind = EventKind::unknown_recipient;
        if (kind == 3 && below(4) == 0) event.kind = EventKind::auth_unavailable;
        if (kind == 4) event.attempts = 3;
        events.push_back(event);
    }
    return events;
}

// The bans of an engine that wakes up every few seconds, as the daemon does, and at each end.
std::vector<Ban> bans_by_hand(const ReplaySettings& settings, const std::vector<Event>& events,
                              Duration step)
{
    Engine engine(settings.config, settings.allow, settings.hash_seed);
    engine.set_own_addresses(settings.own);
    std::vector<Ban> bans;
    Timestamp now = events.front().time;
    for (const auto& event : events) {
        while (now + step < event.time) {
            now += step;
            while (engine.next_due() && *engine.next_due() <= now)
                engine.advance(*engine.next_due());
            engine.advance(now);
        }
        now = std::max(now, event.time);
        engine.advance(now);
        for (auto& record :
             all_of<RecordBan>(engine.observe(event, 0, Arrival::backlog, event.time)))
            bans.push_back(record.ban);
    }
    return bans;
}

TEST(AReplayOfAnything, BansAsAnEngineThatIsDrivenByHand)
{
    const auto seed = test::property_seed();
    std::mt19937_64 chance(seed);
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::size_t bans = 0;
    std::size_t lengthened = 0;
    for (int round = 0; round < 8; ++round) {
        const auto settings = shipped();
        const auto events = random_events(chance);
        Replay replay(settings);
        for (const auto& event : events)
            replay.observe(event, 0);
        std::vector<Ban> replayed;
        for (const auto& one : replay.outcome(0).bans) {
            replayed.push_back(one.ban);
            lengthened += one.lengthens ? 1 : 0;
            EXPECT_TRUE(one.lengthens || one.ban.since == one.decided);
        }
        ASSERT_EQ(replayed, bans_by_hand(settings, events, seconds(7)));
        bans += replayed.size();
    }
    EXPECT_GT(bans, 20U);
    EXPECT_GT(lengthened, 0U);
}

}  // namespace
}  // namespace mailban::replay_test
