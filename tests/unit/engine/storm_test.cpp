// What an engine makes of a storm of strangers.
#include <random>

#include "unit/engine/an_engine.h"

namespace mailban::storm_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::all_of;
using test::failure;
using test::kStart;

Config stormy()
{
    Config config = test::five_in_ten_minutes();
    StormSettings storm;
    storm.networks = 6;
    storm.accounts = 3;
    storm.within = 2h;
    storm.grace = 5min;
    storm.ban = days(1);
    config.judgement.storm = storm;
    return config;
}

IpAddress stranger_of(std::uint32_t number)
{
    return IpAddress::v4(100, static_cast<std::uint8_t>(number / 250),
                         static_cast<std::uint8_t>(number % 250), 7);
}

Event login_at(Timestamp at)
{
    Event event = failure("192.0.2.1", at);
    event.kind = EventKind::auth_success;
    event.account = "ann";
    return event;
}

class AnEngineInAStorm : public test::AnEngine {
protected:
    AnEngineInAStorm() : AnEngine(stormy())
    {
        for (int i = 0; i < 60; ++i, now_ += 30min)
            see(login_at(now_));
    }
    void see(const Event& event)
    {
        for (const auto& ban : all_of<RecordBan>(engine_.observe(event, 0, Arrival::live, now_)))
            bans_.push_back(ban.ban);
    }
    void fail_at(const IpAddress& ip, const std::string& account)
    {
        Event event = failure(ip.to_string(), now_);
        event.account = account;
        see(event);
    }
    void blow(std::uint32_t count)
    {
        for (std::uint32_t i = 0; i < count; ++i, now_ += 1min)
            fail_at(stranger_of(i), "user" + std::to_string(i));
        now_ += 6min;
        see(login_at(now_));
    }
    std::vector<Ban> bans_{};
};

TEST_F(AnEngineInAStorm, BansStrangersAtTheirFirstFailureAndSaysWhy)
{
    blow(10);
    ASSERT_EQ(bans_.size(), 10U);
    EXPECT_EQ(bans_[0].prefix, Prefix::host(stranger_of(0)));
    EXPECT_EQ(bans_[0].rule, "storm");
    EXPECT_THAT(bans_[0].reason, ::testing::HasSubstr("a storm of strangers: "));
    EXPECT_EQ(*bans_[0].until - bans_[0].since, Duration(days(1)));
    EXPECT_THAT(engine_.warnings(), ::testing::Contains(::testing::HasSubstr("a storm of")));
    EXPECT_EQ(engine_.counters().storms, 1U);
}

TEST_F(AnEngineInAStorm, DoesNotTouchUsers)
{
    blow(10);
    bans_.clear();
    fail_at(*IpAddress::parse("192.0.2.1"), "ann");
    fail_at(*IpAddress::parse("192.0.2.1"), "bob");
    fail_at(*IpAddress::parse("192.0.2.99"), "ann");  // a neighbour
    now_ += 1h;
    see(login_at(now_));
    EXPECT_TRUE(bans_.empty());
}

TEST_F(AnEngineInAStorm, BansNobodyWhoIsAllowed)
{
    ASSERT_TRUE(engine_.allow(Prefix::host(stranger_of(3)), std::nullopt, "", now_));
    blow(10);
    EXPECT_EQ(bans_.size(), 9U);
}

TEST_F(AnEngineInAStorm, BansNobodyAgainWhoWasPardoned)
{
    blow(10);
    bans_.clear();
    EXPECT_TRUE(engine_.unban(Prefix::host(stranger_of(3)), now_));
    now_ += 10min;
    see(login_at(now_));
    EXPECT_TRUE(bans_.empty());
}

TEST_F(AnEngineInAStorm, WaitsForTheEndOfAnOutage)
{
    for (std::uint32_t i = 0; i < 10; ++i, now_ += 1s)
        fail_at(stranger_of(i), "user" + std::to_string(i));
    for (const auto* const ip : {"198.51.100.1", "203.0.113.1", "100.64.0.1"}) {
        Event event = failure(ip, now_);
        event.kind = EventKind::auth_unavailable;
        see(event);
    }
    ASSERT_NE(engine_.judge().outage(), nullptr);
    now_ += 6min;
    see(login_at(now_));
    EXPECT_TRUE(bans_.empty());
    for (int i = 0; i < 4; ++i)
        see(login_at(now_ += 1s));
    EXPECT_EQ(engine_.judge().outage(), nullptr);
    EXPECT_EQ(bans_.size(), 10U);
}

TEST_F(AnEngineInAStorm, FollowsTheTimeOfEventsNotTheClock)
{
    // A day of a backlog, read in a moment.
    const Timestamp before = now_ - days(1);
    for (std::uint32_t i = 0; i < 24; ++i) {
        Event event = failure(stranger_of(i).to_string(), before + i * 1h);
        event.account = "user" + std::to_string(i);
        engine_.observe(event, 0, Arrival::backlog, now_);
        engine_.advance(now_);
    }
    EXPECT_EQ(engine_.judge().storm(), nullptr);
}

TEST_F(AnEngineInAStorm, BansManyInPortions)
{
    Config config = stormy();
    config.judgement.storm->networks = 400;
    engine_ = Engine(config, PrefixSet(), 1);
    now_ = kStart;
    for (int i = 0; i < 60; ++i, now_ += 30min)
        see(login_at(now_));
    for (std::uint32_t i = 0; i < 500; ++i, now_ += 1s)
        fail_at(stranger_of(i), "user" + std::to_string(i));
    EXPECT_TRUE(bans_.empty());
    now_ += 10min;
    see(login_at(now_));
    EXPECT_EQ(bans_.size(), 100U);
    for (int i = 0; i < 4; ++i)
        see(login_at(now_ += 1s));
    EXPECT_EQ(bans_.size(), 500U);
}

// What the database keeps of a run through a storm.
struct StormRecords {
    std::vector<RecordEvent> events{};
    std::vector<Offender> offenders{};
    std::vector<KnownLogin> logins{};
    std::vector<std::string> bans{};

    void add(const Effects& effects)
    {
        for (const auto& record : all_of<RecordEvent>(effects))
            events.push_back(record);
        for (const auto& record : all_of<RecordOffender>(effects))
            offenders.push_back(record.offender);
        for (const auto& record : all_of<RecordLogin>(effects))
            logins.push_back(record.login);
        for (const auto& record : all_of<RecordBan>(effects))
            bans.push_back(record.ban.prefix.to_string() + ' ' + record.ban.rule);
    }
};

std::unique_ptr<Engine> started_again(const Engine& engine, const StormRecords& kept)
{
    std::vector<Ban> standing;
    for (const auto& [prefix, ban] : engine.ledger().bans())
        standing.push_back(ban);
    auto next = std::make_unique<Engine>(stormy(), PrefixSet(), 2);
    next->restore(standing, kept.offenders);
    for (const auto& login : kept.logins)
        next->restore(login);
    for (const auto& event : kept.events)
        next->restore(event);
    return next;
}

std::vector<std::string> bans_in_storm(const std::vector<Event>& events, std::size_t restart_at)
{
    auto engine = std::make_unique<Engine>(stormy(), PrefixSet(), 1);
    StormRecords kept;
    for (std::size_t i = 0; i < events.size(); ++i) {
        if (i == restart_at) engine = started_again(*engine, kept);
        kept.add(engine->advance(events[i].time));
        kept.add(engine->observe(events[i], 0, Arrival::live, events[i].time));
    }
    return kept.bans;
}

TEST(ARestartedEngine, BansTheSameInAStorm)
{
    for (const std::uint32_t seed : {1U, 2U, 3U, 4U}) {
        std::mt19937 random(seed);
        std::vector<Event> events;
        Timestamp at = kStart;
        // Each login is of another hour: those of one hour are written once.
        for (int i = 0; i < 40; ++i, at += 61min)
            events.push_back(login_at(at));
        for (int i = 0; i < 150; ++i) {
            at += std::chrono::seconds(random() % 400);
            events.push_back(
                failure(stranger_of(static_cast<std::uint32_t>(random() % 60)).to_string(), at));
            events.back().account = "user" + std::to_string(random() % 40);
            if (random() % 8 == 0) events.back().kind = EventKind::auth_success;
        }
        const auto unbroken = bans_in_storm(events, events.size());
        EXPECT_THAT(unbroken, ::testing::Contains(::testing::HasSubstr("storm")));
        for (int round = 0; round < 10; ++round) {
            const std::size_t restart_at = random() % events.size();
            EXPECT_EQ(bans_in_storm(events, restart_at), unbroken)
                << "seed " << seed << ", restarted at event " << restart_at;
        }
    }
}

}  // namespace
}  // namespace mailban::storm_test
