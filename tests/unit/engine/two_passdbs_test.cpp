// Two password databases, of which the second accepts: nobody has guessed.
#include "mailban/parse/log_parser.h"
#include "mailban/replay/replay.h"

#include "unit/engine/an_engine.h"

namespace mailban::two_passdbs_test {
namespace {

using ::mailban::test::all_of;
using ::mailban::test::AnEngine;
using ::testing::IsEmpty;
using ::testing::SizeIs;

struct APairOfDatabases : AnEngine {
    APairOfDatabases() : AnEngine(shipped()) {}

    static Config shipped()
    {
        Config config;
        config.rules = default_rules();
        return config;
    }
    Event refusal(const std::string& session, const std::string& account = "bob") const
    {
        Event event = ::mailban::test::failure("203.0.113.55", now_);
        event.server = MailServer::dovecot;
        event.reporter = Reporter::back_end;
        event.account = account;
        event.session = session;
        event.database = name_mark("passwd-file");
        event.is_unknown_user = true;
        return event;
    }
    Event login(const std::string& session, const std::string& account = "bob") const
    {
        Event event = refusal(session, account);
        event.kind = EventKind::auth_success;
        event.reporter = Reporter::front_end;
        event.database.reset();
        event.is_unknown_user = false;
        return event;
    }
    void see(const Event& event)
    {
        for (auto& effect : engine_.observe(event, 0, Arrival::live, now_))
            effects_.push_back(std::move(effect));
    }
    std::size_t counted(const char* rule) const
    {
        for (const auto& count : engine_.detector().counts(*IpAddress::parse("203.0.113.55")))
            if (count.rule->name == rule) return count.count;
        return 0;
    }

    Effects effects_{};
};

TEST_F(APairOfDatabases, BansNobodyAndTellsOfNoStalePassword)
{
    for (int pair = 0; pair < 1300; ++pair) {
        const auto session = "S" + std::to_string(pair);
        see(refusal(session));
        see(login(session));
        EXPECT_EQ(counted("password-guessing"), 0U);
        now_ += std::chrono::seconds(20);
    }
    EXPECT_THAT(all_of<Notice>(effects_), IsEmpty());
    EXPECT_THAT(engine_.ledger().bans(), IsEmpty());
    EXPECT_EQ(engine_.judge().outage(), nullptr);
}

// A mail program opens several connections at once.
TEST_F(APairOfDatabases, TellsOfNoneWhereManyConnectionsLogInAtOnce)
{
    see(refusal("first"));
    see(login("first"));
    for (int time = 0; time < 20; ++time) {
        now_ += std::chrono::minutes(1);
        for (int i = 0; i < 10; ++i)
            see(refusal(std::to_string(time) + "-" + std::to_string(i)));
        for (int i = 0; i < 10; ++i)
            see(login(std::to_string(time) + "-" + std::to_string(i)));
    }
    EXPECT_THAT(all_of<Notice>(effects_), IsEmpty());
}

TEST_F(APairOfDatabases, TellsOfNoOutageWhereManyUsersLogIn)
{
    for (int round = 0; round < 3; ++round) {
        for (int user = 0; user < 50; ++user) {
            const auto name = "user" + std::to_string(user);
            const auto session = name + "-" + std::to_string(round);
            auto failed = refusal(session, name);
            auto logged_in = login(session, name);
            failed.ip = logged_in.ip = IpAddress::v4(10, static_cast<std::uint8_t>(user), 0, 1);
            see(failed);
            see(logged_in);
            now_ += std::chrono::seconds(25);
        }
    }
    EXPECT_THAT(all_of<Notice>(effects_), IsEmpty());
}

// Guesses at an account of somebody else's are hidden by no login to one's own.
TEST_F(APairOfDatabases, BansWhoGuessesBetweenLogins)
{
    for (int guess = 0; guess < 5; ++guess) {
        const auto session = "G" + std::to_string(guess);
        see(refusal(session, "victim"));
        see(login(session, "mallory"));
        now_ += std::chrono::seconds(3);
    }
    EXPECT_EQ(counted("password-guessing") + engine_.ledger().bans().size(), 1U);
    EXPECT_THAT(engine_.ledger().bans(), SizeIs(1));
}

// What the database has of the events: neither mechanisms nor databases, and no attempt that was
// withdrawn.
std::vector<RecordEvent> as_stored(const Effects& effects)
{
    std::vector<RecordEvent> stored;
    for (const Effect& effect : effects) {
        if (const auto* const event = effect_as<RecordEvent>(effect)) {
            stored.push_back(*event);
            stored.back().event.mechanism.reset();
            stored.back().event.database.reset();
            stored.back().event.is_unknown_user = false;
        }
        const auto* const withdrawal = effect_as<RecordWithdrawal>(effect);
        if (withdrawal == nullptr) continue;
        const auto withdrawn = std::find_if(stored.rbegin(), stored.rend(), [&](const auto& one) {
            return one.event.ip == withdrawal->ip && one.event.time == withdrawal->time &&
                   one.event.account == withdrawal->account && one.counted > 0;
        });
        EXPECT_NE(withdrawn, stored.rend());
        --withdrawn->counted;
    }
    return stored;
}

// Without the login that showed it, which would forgive a failure.
TEST_F(APairOfDatabases, IsKnownToHaveWithdrawnAfterARestart)
{
    see(refusal("S"));
    see(login("S"));
    EXPECT_THAT(all_of<RecordWithdrawal>(effects_), SizeIs(1));
    Engine next(shipped(), PrefixSet(), 2);
    for (const auto& record : as_stored(effects_))
        if (record.event.kind == EventKind::auth_failure) next.restore(record);
    EXPECT_THAT(next.detector().counts(*IpAddress::parse("203.0.113.55")), IsEmpty());
}

TEST_F(APairOfDatabases, KnowsTheSameAfterARestart)
{
    for (int pair = 0; pair < 8; ++pair) {
        const auto session = "S" + std::to_string(pair);
        see(refusal(session));
        see(login(session));
        now_ += std::chrono::seconds(20);
    }
    Engine next(shipped(), PrefixSet(), 2);
    for (const auto& record : all_of<RecordEvent>(effects_))
        next.restore(record);
    EXPECT_THAT(next.detector().counts(*IpAddress::parse("203.0.113.55")), IsEmpty());
}

}  // namespace
}  // namespace mailban::two_passdbs_test
