// A client that logs in again and again: few records, and the same state after a restart.
#include <random>

#include "seed.h"
#include "unit/engine/an_engine.h"

namespace mailban::test::logins_test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

class LoggingIn : public AnEngine {
protected:
    std::vector<RecordEvent> log_in(const std::string& ip = "192.0.2.7",
                                    const std::string& account = "bob", std::uint32_t source = 0)
    {
        Event event = failure(ip, now_);
        event.kind = EventKind::auth_success;
        event.account = account;
        return all_of<RecordEvent>(engine_.observe(event, source, Arrival::live, now_));
    }
    std::vector<RecordEvent> fail_at(const std::string& ip, const std::string& account)
    {
        Event event = failure(ip, now_);
        event.account = account;
        return all_of<RecordEvent>(engine_.observe(event, 0, Arrival::live, now_));
    }
};

TEST_F(LoggingIn, AHundredTimesASecondIsRecordedEveryTenSecondsWithHowOften)
{
    std::size_t records = 0;
    std::uint64_t told = 0;
    for (int number = 0; number < 6000; ++number) {
        for (const auto& record : log_in()) {
            ++records;
            told += record.event.attempts;
            EXPECT_EQ(record.counted, record.event.attempts);
        }
        now_ += 10ms;
    }
    EXPECT_EQ(records, 6U);
    EXPECT_EQ(told, 5001U);  // those of the last ten seconds are not told yet
    const auto rest = all_of<RecordEvent>(engine_.settle());
    ASSERT_EQ(rest.size(), 1U);
    EXPECT_EQ(rest[0].counted, 999U);
    EXPECT_EQ(engine_.counters().events[static_cast<std::size_t>(EventKind::auth_success)], 6000U);
}

TEST_F(LoggingIn, IsRecordedForEachClientAccountAndLogOfItsOwn)
{
    EXPECT_EQ(log_in().size(), 1U);
    EXPECT_THAT(log_in(), IsEmpty());
    EXPECT_EQ(log_in("192.0.2.8").size(), 1U);
    EXPECT_EQ(log_in("192.0.2.7", "amy").size(), 1U);
    EXPECT_EQ(log_in("192.0.2.7", "bob", 1).size(), 1U);
    EXPECT_THAT(log_in(), IsEmpty());
}

TEST_F(LoggingIn, IsRecordedBehindWhateverItForgives)
{
    log_in();
    EXPECT_EQ(fail_at("192.0.2.7", "amy").size(), 1U);  // by the client
    EXPECT_EQ(log_in().size(), 1U);
    EXPECT_EQ(fail_at("198.51.100.1", "bob").size(), 1U);  // at the account
    EXPECT_EQ(log_in().size(), 1U);
    EXPECT_EQ(fail_at("198.51.100.1", "amy").size(), 1U);  // neither
    EXPECT_THAT(log_in(), IsEmpty());
}

TEST_F(LoggingIn, BesidesManyOthersIsRecordedOnceAnHourWithHowOften)
{
    // Ten a second, each of a hundred clients every ten seconds and more.
    std::uint64_t records = 0;
    std::uint64_t recorded = 0;
    const auto take = [&](const std::vector<RecordEvent>& some) {
        for (const auto& record : some) {
            ++records;
            recorded += record.counted;
        }
    };
    constexpr std::uint64_t kLogins = 2 * 36'000;
    for (std::uint64_t number = 0; number < kLogins; ++number) {
        take(log_in("192.0.2." + std::to_string(number % 101)));
        if (number % 10 == 0) take(all_of<RecordEvent>(engine_.advance(now_)));
        now_ += 100ms;
    }
    // Each in its hour, and one every two seconds.
    EXPECT_LT(records, 3 * 101U + kLogins / 20);
    take(all_of<RecordEvent>(engine_.settle()));
    EXPECT_EQ(recorded, kLogins);
    EXPECT_THAT(engine_.settle(), IsEmpty());
}

TEST_F(LoggingIn, IsToldAnHourAfterItsRecordThoughItsClientComesNoMore)
{
    log_in();
    now_ += 5s;
    EXPECT_THAT(log_in(), IsEmpty());
    EXPECT_THAT(all_of<RecordEvent>(engine_.advance(now_ + 50min)), IsEmpty());
    const auto told = all_of<RecordEvent>(engine_.advance(now_ + 60min));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_EQ(told[0].event.time, now_);
    EXPECT_EQ(told[0].event.account, "bob");
    EXPECT_EQ(told[0].counted, 1U);
}

TEST_F(LoggingIn, IsRecordedBeforeAFailureThatFollowsIt)
{
    log_in();
    now_ += 1s;
    EXPECT_THAT(log_in(), IsEmpty());
    now_ += 1s;
    const auto records = fail_at("198.51.100.1", "bob");
    ASSERT_EQ(records.size(), 2U);
    EXPECT_EQ(records[0].event.kind, EventKind::auth_success);
    EXPECT_EQ(records[0].event.time, now_ - 1s);
    EXPECT_EQ(records[1].event.kind, EventKind::auth_failure);
}

TEST_F(LoggingIn, OfMorePairsThanAreKeptIsRecordedInFull)
{
    std::uint64_t recorded = 0;
    const auto take = [&](const std::vector<RecordEvent>& some) {
        for (const auto& record : some)
            recorded += record.counted;
    };
    constexpr std::uint64_t kPairs = LoginTally::kMostPairs + 1000;
    for (std::uint64_t number = 0; number < 2 * kPairs; ++number)
        take(log_in("192.0.2.7", "user" + std::to_string(number / 2)));
    take(all_of<RecordEvent>(engine_.settle()));
    EXPECT_EQ(recorded, 2 * kPairs);
}

TEST_F(LoggingIn, IsRecordedEachTimeWhereAClockWasSetBack)
{
    log_in();
    now_ -= 1h;
    EXPECT_EQ(log_in().size(), 1U);
}

TEST(LoggingInWhereARuleCountsIt, IsRecordedEachTime)
{
    Config config = five_in_ten_minutes();
    config.rules[0].on = EventKinds{EventKind::auth_success};
    Engine engine(config, PrefixSet(), 1);
    for (int number = 0; number < 3; ++number) {
        Event event = failure("192.0.2.7", kStart);
        event.kind = EventKind::auth_success;
        event.account = "bob";
        EXPECT_EQ(all_of<RecordEvent>(engine.observe(event, 0, Arrival::live, kStart)).size(), 1U);
    }
}

TEST_F(LoggingIn, InAnOutageIsRecordedEachTimeForItEndsByLogins)
{
    for (const auto* client : {"198.51.100.1", "203.0.113.1", "192.0.2.1"}) {
        Event event = failure(client, now_);
        event.kind = EventKind::auth_unavailable;
        engine_.observe(event, 0, Arrival::live, now_);
    }
    ASSERT_NE(engine_.judge().outage(), nullptr);
    EXPECT_EQ(log_in().size(), 1U);
    EXPECT_EQ(log_in().size(), 1U);
}

// Bans, and what is told of outages, whatever the engine is restarted at.
TEST(LoggingInAgainAndAgain, LeavesARestartInTheSameState)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    std::vector<Event> lines;
    Timestamp at = kStart;
    for (int i = 0; i < 3000; ++i) {
        at += std::chrono::milliseconds(random() % 2000);
        const bool logs_in = random() % 3 != 0;
        lines.push_back(failure("10.0." + std::to_string(random() % 8) + ".1", at));
        lines.back().account = "user" + std::to_string(random() % 3);
        if (logs_in) {
            lines.back().kind = EventKind::auth_success;
            lines.back().account = "user0";
        }
    }
    std::size_t recorded = 0;
    const auto run = [&](std::size_t restart_at) {
        Config config = five_in_ten_minutes();
        auto engine = std::make_unique<Engine>(config, PrefixSet(), 1);
        std::vector<RecordEvent> events;
        std::vector<Offender> offenders;
        std::vector<KnownLogin> logins;
        std::vector<std::string> bans;
        for (std::size_t i = 0; i < lines.size(); ++i) {
            const Timestamp now = lines[i].time;
            if (i == restart_at) {
                std::vector<Ban> standing;
                for (const auto& [prefix, ban] : engine->ledger().bans())
                    standing.push_back(ban);
                engine = std::make_unique<Engine>(config, PrefixSet(), 2);
                engine->restore(standing, offenders);
                for (const auto& login : logins)
                    engine->restore(login);
                for (const auto& event : events)
                    engine->restore(event);
            }
            engine->advance(now);
            const auto effects = engine->observe(lines[i], 0, Arrival::live, now);
            for (auto& record : all_of<RecordEvent>(effects))
                events.push_back(record);
            for (auto& record : all_of<RecordOffender>(effects))
                offenders.push_back(record.offender);
            for (auto& record : all_of<RecordLogin>(effects))
                logins.push_back(record.login);
            for (auto& record : all_of<RecordBan>(effects))
                bans.push_back(record.ban.prefix.to_string() + format_timestamp(*record.ban.until));
        }
        recorded = events.size();
        return bans;
    };
    const auto uninterrupted = run(lines.size());
    EXPECT_FALSE(uninterrupted.empty());
    EXPECT_LT(recorded, lines.size());
    for (int round = 0; round < 20; ++round)
        EXPECT_EQ(run(random() % lines.size()), uninterrupted);
}

}  // namespace
}  // namespace mailban::test::logins_test
