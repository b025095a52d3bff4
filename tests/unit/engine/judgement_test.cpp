// What the engine makes of the judge's verdicts: whom a ban covers, and when it is held back.
#include "unit/engine/an_engine.h"

namespace mailban::judgement_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using test::kStart;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

class AJudgingEngine : public test::AnEngine {};

std::string banned_by_subnet_rule(const PrefixSet& own)
{
    Config config = five_in_ten_minutes();
    config.rules[0].by = CountBy::subnet;
    config.rules[0].distinct = Distinct::address;
    config.rules[0].limit = 3;
    Engine engine(config, PrefixSet(), 1);
    engine.set_own_addresses(own);
    std::string banned;
    for (const auto* const ip : {"192.0.2.7", "192.0.2.9", "192.0.2.66"}) {
        const auto effects = engine.observe(failure(ip, kStart), 0, Arrival::live, kStart);
        for (const auto& change : all_of<Enforce>(effects))
            banned += change.change.prefix.to_string();
    }
    return banned;
}

TEST_F(AJudgingEngine, BansTheBlockThatARuleCountsBySubnet)
{
    EXPECT_EQ(banned_by_subnet_rule(PrefixSet()), "192.0.2.0/24");
}

TEST_F(AJudgingEngine, BansOnlyThePartOfABlockThatHoldsNobodyTrusted)
{
    EXPECT_EQ(banned_by_subnet_rule(PrefixSet({*Prefix::parse("192.0.2.200")})), "192.0.2.0/25");
    EXPECT_EQ(banned_by_subnet_rule(PrefixSet({*Prefix::parse("192.0.2.64")})), "192.0.2.66/31");
}

// Three clients are told that our back end is down.
void break_back_end(Engine& engine, Timestamp now)
{
    for (const auto* const ip : {"198.51.100.1", "203.0.113.1", "100.64.0.1"}) {
        Event event = failure(ip, now);
        event.kind = EventKind::auth_unavailable;
        engine.observe(event, 0, Arrival::live, now);
    }
}

TEST_F(AJudgingEngine, HoldsBansBackDuringAnOutageAndSaysSo)
{
    break_back_end(engine_, now_);
    EXPECT_THAT(fail_times("192.0.2.7", 5), IsEmpty());
    EXPECT_EQ(engine_.counters().deferred_bans, 1U);
    ASSERT_EQ(engine_.deferred_bans().size(), 1U);
    EXPECT_EQ(engine_.deferred_bans()[0].prefix.to_string(), "192.0.2.7/32");
    EXPECT_THAT(engine_.warnings(),
                ElementsAre(::testing::HasSubstr("outage since"),
                            ::testing::HasSubstr("192.0.2.7/32, rule password-guessing")));
}

TEST_F(AJudgingEngine, BansAgainWhenLoginsSucceed)
{
    break_back_end(engine_, now_);
    for (int i = 0; i < 3; ++i) {
        Event event = failure("198.51.100." + std::to_string(i), now_);
        event.kind = EventKind::auth_success;
        event.account = "bob";
        engine_.observe(event, 0, Arrival::live, now_);
    }
    EXPECT_EQ(fail_times("192.0.2.7", 5).size(), 1U);
    EXPECT_THAT(engine_.warnings(), IsEmpty());
}

void log_in_thrice(Engine& engine, const char* ip, Timestamp now)
{
    for (int i = 0; i < 3; ++i) {
        Event event = failure(ip, now);
        event.kind = EventKind::auth_success;
        event.account = "bob";
        engine.observe(event, 0, Arrival::live, now);
    }
}

TEST_F(AJudgingEngine, ImposesWhatAnOutageHeldBackSomeTimeAfterIt)
{
    break_back_end(engine_, now_);
    EXPECT_THAT(fail_times("192.0.2.7", 7), IsEmpty());
    EXPECT_THAT(fail_times("192.0.2.8", 5), IsEmpty());
    EXPECT_EQ(engine_.waiting(), 2U);
    log_in_thrice(engine_, "198.51.100.77", now_);
    log_in_thrice(engine_, "192.0.2.8", now_);
    ASSERT_EQ(engine_.judge().outage(), nullptr);
    EXPECT_EQ(engine_.waiting(), 1U);
    EXPECT_THAT(all_of<Enforce>(engine_.advance(now_ + 5min - 1us)), IsEmpty());
    const auto imposed = all_of<RecordBan>(engine_.advance(now_ + 6min));
    ASSERT_EQ(imposed.size(), 1U);
    EXPECT_EQ(imposed[0].ban.prefix.to_string(), "192.0.2.7/32");
    EXPECT_EQ(imposed[0].ban.since, now_ + 5min);
    EXPECT_THAT(engine_.advance(now_ + 7min), IsEmpty());
}

TEST_F(AJudgingEngine, ImposesManyHeldBackBansInPortions)
{
    break_back_end(engine_, now_);
    for (int i = 0; i < 25; ++i)
        EXPECT_THAT(fail_times("10.0." + std::to_string(i) + ".1", 5), IsEmpty());
    log_in_thrice(engine_, "198.51.100.77", now_);
    now_ += 6min;
    std::vector<std::size_t> portions;
    for (; engine_.is_behind(now_) && portions.size() < 10;)
        portions.push_back(all_of<RecordBan>(engine_.advance(now_, 10)).size());
    EXPECT_THAT(portions, ElementsAre(10U, 10U, 5U));
}

TEST_F(AJudgingEngine, HoldsNoStrangerBackWithoutBound)
{
    break_back_end(engine_, now_);
    int failures = 0;
    while (fail_times("192.0.2.7", 1).empty() && failures < 1000)
        ++failures;
    EXPECT_LE(failures, 50);
    EXPECT_EQ(engine_.waiting(), 0U);
    EXPECT_NE(engine_.judge().outage(), nullptr);
}

TEST_F(AJudgingEngine, BansForOtherOffencesDuringAnOutage)
{
    Config config = five_in_ten_minutes();
    config.rules[0].on = {EventKind::relay_denied};
    Engine engine(config, PrefixSet(), 1);
    break_back_end(engine, now_);
    for (int i = 0; i < 5; ++i) {
        Event event = failure("192.0.2.7", now_ + i * 1s);
        event.kind = EventKind::relay_denied;
        engine.observe(event, 0, Arrival::live, event.time);
    }
    EXPECT_EQ(engine.ledger().bans().size(), 1U);
}

TEST_F(AJudgingEngine, BansNoBlockInWhichUsersLogIn)
{
    Config config = five_in_ten_minutes();
    config.rules[0].by = CountBy::subnet;
    config.rules[0].limit = 3;
    Engine engine(config, PrefixSet(), 1);
    Event login = failure("192.0.2.6", now_);
    login.kind = EventKind::auth_success;
    login.account = "bob";
    engine.observe(login, 0, Arrival::live, now_);
    const auto guess = [&](const char* ip) {
        Event event = failure(ip, now_);
        event.account = "ann";
        for (int i = 0; i < 3; ++i) {
            now_ += 1s;
            event.time = now_;
            engine.observe(event, 0, Arrival::live, now_);
        }
    };
    guess("192.0.2.7");  // nothing is wider than the offender and leaves bob out
    EXPECT_THAT(engine.ledger().bans(), IsEmpty());
    EXPECT_EQ(engine.counters().skipped_subnet_bans, 1U);
    guess("192.0.2.200");
    ASSERT_EQ(engine.ledger().bans().size(), 1U);
    EXPECT_EQ(engine.ledger().bans().begin()->first.prefix.to_string(), "192.0.2.128/25");
}

TEST_F(AJudgingEngine, BansAStrangerAtItsSecondFailureAtAnAccountUnderAttackAndNoUserOfIt)
{
    Config config = five_in_ten_minutes();
    config.rules = default_rules();
    config.judgement.trust->learning = Duration::zero();
    Engine engine(config, PrefixSet(), 1);
    const auto observe = [&](EventKind kind, const std::string& ip) {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.kind = kind;
        event.account = "bob";
        return all_of<Enforce>(engine.observe(event, 0, Arrival::live, now_)).size();
    };
    observe(EventKind::auth_success, "192.0.2.7");
    for (int i = 0; i < 9; ++i)
        EXPECT_EQ(observe(EventKind::auth_failure, "10." + std::to_string(i) + ".0.1"), 0U);
    for (int i = 9; i < 30; ++i) {
        EXPECT_EQ(observe(EventKind::auth_failure, "10." + std::to_string(i) + ".0.1"), 0U);
        EXPECT_EQ(observe(EventKind::auth_failure, "10." + std::to_string(i) + ".0.1"), 1U);
    }
    EXPECT_EQ(observe(EventKind::auth_failure, "10.0.0.1"), 1U);  // one of the first nine
    EXPECT_EQ(observe(EventKind::auth_failure, "192.0.2.7"), 0U);
}

// An engine that took up what another one recorded; it has another seed.
std::unique_ptr<Engine> restarted(const Config& config, const std::vector<RecordEvent>& records)
{
    auto engine = std::make_unique<Engine>(config, PrefixSet(), 2);
    for (const auto& record : records)
        engine->restore(record);
    return engine;
}

TEST_F(AJudgingEngine, KnowsAfterARestartOfItsOutageAndWhatItHeldBack)
{
    std::vector<RecordEvent> records;
    const auto observe = [&](const std::string& ip, EventKind kind) {
        now_ += 1s;
        Event event = failure(ip, now_);
        event.kind = kind;
        if (kind == EventKind::auth_success) event.account = "bob";
        for (auto& record : all_of<RecordEvent>(engine_.observe(event, 0, Arrival::live, now_)))
            records.push_back(record);
        const auto next = restarted(five_in_ten_minutes(), records);
        EXPECT_EQ(next->waiting(), engine_.waiting());
        EXPECT_EQ(next->deferred_bans(), engine_.deferred_bans());
        EXPECT_EQ(next->warnings(), engine_.warnings());
        EXPECT_EQ(next->judge().outage() != nullptr, engine_.judge().outage() != nullptr);
    };
    for (int outage = 0; outage < 2; ++outage) {
        for (int i = 1; i <= 3; ++i)
            observe("198.51." + std::to_string(10 * outage + i) + ".1",
                    EventKind::auth_unavailable);
        for (int i = 0; i < 12; ++i)
            observe("192.0.2." + std::to_string(outage), EventKind::auth_failure);
        EXPECT_EQ(engine_.deferred_bans().size(), 2U);
        for (int i = 0; i < 4; ++i)
            observe("203.0.113.9", EventKind::auth_success);
        EXPECT_EQ(engine_.judge().outage(), nullptr);
        EXPECT_EQ(engine_.deferred_bans().size(), 2U);
    }
}

TEST_F(AJudgingEngine, BansNobodyAfterARestartInTheMidstOfAnOutageAndTellsOfItAgain)
{
    std::vector<RecordEvent> records;
    for (int i = 1; i <= 3; ++i) {
        Event event = failure("198.51." + std::to_string(i) + ".1", now_);
        event.kind = EventKind::auth_unavailable;
        for (auto& record : all_of<RecordEvent>(engine_.observe(event, 0, Arrival::live, now_)))
            records.push_back(record);
    }
    const auto next = restarted(five_in_ten_minutes(), records);
    const auto told = all_of<Notice>(next->advance(now_ + 1s));
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0].text, ::testing::HasSubstr("outage: "));
    for (int i = 0; i < 5; ++i) {
        now_ += 1s;
        next->observe(failure("192.0.2.7", now_), 0, Arrival::live, now_);
    }
    EXPECT_THAT(next->ledger().bans(), IsEmpty());
    EXPECT_EQ(next->deferred_bans().size(), 1U);
    // An hour later the outage is over, and what it held back follows.
    EXPECT_THAT(all_of<Notice>(next->advance(now_ + 1h)),
                ElementsAre(::testing::Field(&Notice::text, ::testing::HasSubstr("is over")),
                            ::testing::Field(&Notice::text, ::testing::HasSubstr("192.0.2.7"))));
    EXPECT_THAT(next->warnings(), IsEmpty());
}

TEST_F(AJudgingEngine, KnowsItsUsersAfterARestart)
{
    Event login = failure("192.0.2.7", now_);
    login.kind = EventKind::auth_success;
    login.account = "bob";
    const auto kept = all_of<RecordLogin>(engine_.observe(login, 0, Arrival::live, now_));
    ASSERT_EQ(kept.size(), 1U);
    Engine next(five_in_ten_minutes(), PrefixSet(), 2);
    next.restore(kept[0].login);
    for (int i = 0; i < 20; ++i) {
        now_ += 1s;
        Event event = failure("192.0.2.7", now_);
        event.account = "bob";
        EXPECT_THAT(all_of<Enforce>(next.observe(event, 0, Arrival::live, now_)), IsEmpty());
    }
}

}  // namespace
}  // namespace mailban::judgement_test
