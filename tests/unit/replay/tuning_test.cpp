#include "mailban/replay/tuning.h"

#include "mailban/config/load.h"

#include <gtest/gtest.h>

#include <chrono>
#include <random>
#include <vector>

#include "seed.h"
#include "unit/engine/an_engine.h"

namespace mailban::tuning_test {
namespace {

using ::mailban::test::failure;
using ::mailban::test::kStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::minutes;
using std::chrono::seconds;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

Event event_at(Timestamp at, const std::string& ip, const std::string& account, EventKind kind)
{
    Event event = failure(ip, at);
    event.account = account;
    event.kind = kind;
    return event;
}

// Whatever a parser may tell.
Event random_event(std::mt19937_64& chance, Timestamp at)
{
    const auto below = [&](std::uint64_t most) { return chance() % most; };
    Event event = event_at(at, "192.0.2." + std::to_string(below(5)), std::string(below(3), 'x'),
                           below(3) == 0 ? EventKind::auth_success : EventKind::auth_failure);
    if (below(4) == 0) event.account.reset();
    event.server = below(2) == 0 ? MailServer::exim : MailServer::dovecot;
    event.service = static_cast<Service>(below(4));
    event.reporter = static_cast<Reporter>(below(4));
    event.attempts = 1 + static_cast<std::uint32_t>(below(3));
    event.may_be_doubled = below(3) == 0;
    if (below(2) == 0) event.client_port = static_cast<std::uint16_t>(below(4));
    if (below(2) == 0) event.pid = static_cast<std::uint32_t>(below(3));
    if (below(2) == 0) event.reply = ReplyCode::parse(below(2) == 0 ? "535" : "454");
    if (below(2) == 0) event.session = std::string(1 + below(3), 's');
    if (below(3) == 0) event.lasted = seconds(below(5));
    if (below(3) == 0) event.password = static_cast<PasswordMark>(below(3));
    return event;
}

TEST(KeptEvents, CountForAsManyAttemptsAsTheyDidWhenTheyCame)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 chance(seed);
    KeptEvents kept(seed);
    Deduplicator then(Seed{1});
    Deduplicator again(Seed{1});
    std::vector<std::uint32_t> counted;
    for (int i = 0; i < 20000; ++i) {
        const Event event = random_event(chance, kStart + seconds(i / 4));
        const auto source = static_cast<std::uint32_t>(i % 3);
        counted.push_back(then.admit(event, source));
        kept.add(event, source);
    }
    std::vector<std::uint32_t> recounted;
    kept.each([&](const Event& event, std::uint32_t source) {
        recounted.push_back(again.admit(event, source));
    });
    EXPECT_EQ(counted, recounted);
}

// Judging reads all of them; what it does not read is left out on purpose.
TEST(KeptEvents, KeepEachFieldThatJudgingReads)
{
    std::mt19937_64 chance(7);
    KeptEvents kept(1);
    std::vector<Event> added;
    for (int i = 0; i < 2000; ++i) {
        Event event = random_event(chance, kStart + seconds(i));
        event.unanswered = chance() % 2 == 0;
        kept.add(event, 0);
        event.session.reset();  // a hash is kept in its place
        added.push_back(std::move(event));
    }
    std::vector<Event> handed_over;
    kept.each([&](Event event, std::uint32_t) {
        event.session.reset();
        handed_over.push_back(std::move(event));
    });
    EXPECT_EQ(handed_over, added);
}

TEST(KeptEvents, AreNoMoreThanTheirRoomAndAboutPasswords)
{
    KeptEvents kept(1, 10);
    for (int i = 0; i < 12; ++i)
        kept.add(event_at(kStart, "192.0.2.7", "bob", EventKind::auth_failure), 0);
    kept.add(event_at(kStart, "192.0.2.7", "bob", EventKind::relay_denied), 0);
    EXPECT_EQ(kept.size(), 10U);
    EXPECT_EQ(kept.left_out(), 2U);
}

class ATuning : public ::testing::Test {
protected:
    ATuning()
    {
        settings_.config.rules = {default_rules()[0]};
        settings_.hash_seed = 3;
    }
    void add(Duration since, const std::string& ip, const std::string& account, EventKind kind)
    {
        events_.add(event_at(kStart + since, ip, account, kind), 0);
    }
    // Each day every customer mistypes so many times, and logs in at last from a new address.
    void customers(int days_long, int each_day, int mistakes)
    {
        for (int day = 0; day < days_long; ++day) {
            for (int who = 0; who < each_day; ++who) {
                const std::string ip = "100.64." + std::to_string(day) + "." + std::to_string(who);
                const std::string account = "customer" + std::to_string(who + day * each_day);
                const auto at = days(day) + minutes(who * 20);
                for (int i = 0; i < mistakes; ++i)
                    add(at + seconds(i), ip, account, EventKind::auth_failure);
                add(at + seconds(60), ip, account, EventKind::auth_success);
            }
        }
    }
    void attackers(int count, int guesses)
    {
        for (int who = 0; who < count; ++who) {
            for (int i = 0; i < guesses; ++i)
                add(days(8) + hours(who) + seconds(i), "198.51.100." + std::to_string(who),
                    "name" + std::to_string(i), EventKind::auth_failure);
        }
    }
    Tuning tuned()
    {
        return tune(events_, settings_, [this](std::size_t done, std::size_t all) {
            EXPECT_GE(done, done_);
            EXPECT_LE(done, all);
            done_ = done;
            is_done_ = done == all;
        });
    }

    ReplaySettings settings_{};
    KeptEvents events_{3};
    std::size_t done_ = 0;
    bool is_done_ = false;
};

TEST_F(ATuning, ProposesTheStrictestLimitThatSparesEveryCustomerAndAMargin)
{
    customers(8, 5, 7);
    attackers(10, 60);
    const auto tuning = tuned();
    EXPECT_TRUE(is_done_);
    EXPECT_EQ(tuning.basis, Basis::enough);
    EXPECT_EQ(tuning.customers, 40U);
    ASSERT_THAT(tuning.rules, SizeIs(1));
    for (const auto& point : tuning.rules[0].limits)
        EXPECT_EQ(point.customers, point.limit <= 7 ? 40U : 0U) << point.limit;
    ASSERT_TRUE(tuning.rules[0].proposal);
    EXPECT_EQ(tuning.rules[0].proposal->limit, 10U);  // 8 spares them; a quarter of it more
    EXPECT_EQ(tuning.proposed[0].limit, 10U);
    EXPECT_EQ(tuning.now.customers, 40U);
    EXPECT_EQ(tuning.then.customers, 0U);
    EXPECT_EQ(tuning.then.through, 40U * 7U + 10U * 10U);
    EXPECT_EQ(tuning.guesses, 40U * 7U + 10U * 60U);
}

TEST_F(ATuning, TriesEachLimitAroundTheStrictestHarmlessOne)
{
    customers(9, 5, 12);
    const auto tuning = tuned();
    std::vector<std::uint32_t> around;
    for (const auto& point : tuning.rules[0].limits)
        if (point.limit >= 10 && point.limit <= 15) around.push_back(point.limit);
    EXPECT_THAT(around, ElementsAre(10, 12, 13, 15));
    EXPECT_EQ(tuning.proposed[0].limit, 16U);
}

TEST_F(ATuning, IsStricterWhereNobodyMistypesOften)
{
    customers(9, 5, 2);
    attackers(10, 60);
    const auto tuning = tuned();
    EXPECT_EQ(tuning.proposed[0].limit, 4U);
    EXPECT_LT(tuning.then.through, tuning.now.through);
}

TEST_F(ATuning, MakesNothingStricterForLittleEvidence)
{
    customers(1, 5, 1);
    attackers(2, 60);
    const auto tuning = tuned();
    EXPECT_EQ(tuning.basis, Basis::little);
    EXPECT_EQ(tuning.proposed, settings_.config.rules);
}

TEST_F(ATuning, ProposesNothingWhereNoLoginIsSeen)
{
    attackers(10, 60);
    const auto tuning = tuned();
    EXPECT_EQ(tuning.basis, Basis::no_logins);
    EXPECT_EQ(tuning.rules[0].proposal, std::nullopt);
    EXPECT_EQ(tuning.proposed, settings_.config.rules);
}

TEST_F(ATuning, OfNothingSaysSo)
{
    const auto tuning = tuned();
    EXPECT_EQ(tuning.basis, Basis::no_events);
    EXPECT_EQ(tuning.first, std::nullopt);
}

TEST_F(ATuning, ProposesNothingWhereEveryLimitBansACustomer)
{
    customers(9, 5, 60);
    const auto tuning = tuned();
    EXPECT_EQ(tuning.rules[0].limits.back().customers, 45U);
    EXPECT_EQ(tuning.rules[0].proposal, std::nullopt);
    EXPECT_EQ(tuning.proposed, settings_.config.rules);
}

TEST_F(ATuning, TakesAGuesserThatGotInForNoCustomer)
{
    customers(9, 5, 2);
    attackers(1, 60);
    add(days(8) + minutes(5), "198.51.100.0", "name7", EventKind::auth_success);
    const auto tuning = tuned();
    EXPECT_THAT(tuning.suspects, ElementsAre(*IpAddress::parse("198.51.100.0")));
    EXPECT_EQ(tuning.customers, 45U);
    EXPECT_EQ(tuning.proposed[0].limit, 4U);
}

TEST_F(ATuning, LeavesRulesAloneThatCountOtherwise)
{
    settings_.config.rules = default_rules();
    customers(9, 5, 2);
    const auto tuning = tuned();
    std::vector<std::string> names;
    for (const auto& rule : tuning.rules)
        names.push_back(rule.rule.name);
    EXPECT_THAT(names, ElementsAre("password-guessing", "slow-guessing", "persistent-guessing",
                                   "spraying"));
    EXPECT_EQ(tuning.proposed.size(), settings_.config.rules.size());
    EXPECT_EQ(tuning.proposed.back(), settings_.config.rules.back());
}

// A limit that was not replayed, for a stricter one bans nobody, is as it would have been.
TEST_F(ATuning, TellsOfEachLimitWhatAReplayOfItDoes)
{
    customers(9, 5, 3);
    attackers(10, 11);
    const auto tuning = tuned();
    for (const auto& point : tuning.rules[0].limits) {
        ReplaySettings settings = settings_;
        settings.config.rules[0].limit = point.limit;
        Replay replay(settings);
        events_.each([&](const Event& event, std::uint32_t log) { replay.observe(event, log); });
        const auto outcome = replay.outcome(0);
        EXPECT_EQ(point.through, outcome.through);
        EXPECT_EQ(point.prevented, outcome.prevented);
        EXPECT_EQ(point.bans, outcome.bans.size());
        EXPECT_EQ(point.customers, outcome.customers_hit);
    }
    EXPECT_THAT(tuning.suspects, IsEmpty());
}

std::vector<Rule> without_places(std::vector<Rule> rules)
{
    for (auto& rule : rules)
        rule.place = {};
    return rules;
}

TEST(RulesAsYaml, AreReadBackAsTheyWere)
{
    auto rules = default_rules();
    rules[0].name = "true";
    rules[1].name = "a, {b}: #c";
    rules[2].ban.reset();
    rules[3].on = {EventKind::abuse, EventKind::rejected};
    rules[5].subnet = {20, 40};
    rules[6].ports = PortSet{false, {25, 143}};
    rules[7].ports = PortSet{true, {}};
    rules[0].on = {EventKind::auth_failure, EventKind::abuse, EventKind::rejected};
    rules[0].weights.set(EventKind::abuse, 3);
    rules[0].weights.set(EventKind::auth_failure, 2);
    rules[4].distinct = Distinct::password;
    const auto loaded = load_config(to_yaml(rules), "rules.yaml");
    const auto* config = std::get_if<Config>(&loaded);
    ASSERT_NE(config, nullptr) << to_string(std::get<1>(loaded)[0]);
    EXPECT_EQ(without_places(config->rules), rules);
}

}  // namespace
}  // namespace mailban::tuning_test
