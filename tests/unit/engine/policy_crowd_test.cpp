// What the door says where many look alike: strangers in a storm, and those behind one address.
#include "unit/engine/an_engine.h"

namespace mailban::policy_crowd_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::all_of;
using test::failure;

Config crowd_config()
{
    Config config;
    config.rules = default_rules();
    config.policy.mode = PolicyMode::enforce;
    StormSettings storm;
    storm.networks = 6;
    storm.accounts = 3;
    storm.within = 2h;
    storm.grace = 5min;
    config.judgement.storm = storm;
    return config;
}

std::string far_network(int number)
{
    return "100." + std::to_string(number / 200) + "." + std::to_string(number % 200) + ".7";
}

class ADoorInACrowd : public test::AnEngine {
protected:
    ADoorInACrowd() : AnEngine(crowd_config())
    {
        for (int i = 0; i < 200; ++i, now_ += 30min)
            log_in("198.51.100.1", "ann");
        for (int user = 0; user < 20; ++user)
            log_in("198.51.100." + std::to_string(20 + user), name(user));
    }
    static std::string name(int user) { return "user" + std::to_string(user); }

    void see(const std::string& ip, const std::string& account, EventKind kind,
             Reporter reporter = Reporter::front_end)
    {
        Event event = failure(ip, now_);
        event.account = account;
        event.kind = kind;
        event.service = Service::imap;
        event.reporter = reporter;
        for (const auto& record :
             all_of<RecordEvent>(engine_.observe(event, 0, Arrival::live, now_)))
            recorded_.push_back(record);
    }
    void log_in(const std::string& ip, const std::string& account)
    {
        see(ip, account, EventKind::auth_success);
    }
    void fail_at(const std::string& ip, const std::string& account)
    {
        see(ip, account, EventKind::auth_failure);
    }
    void refuse(const std::string& ip, const std::string& account)
    {
        see(ip, account, EventKind::rejected, Reporter::report);
    }
    PolicyAnswer ask(const std::string& ip, const std::string& account,
                     Service service = Service::imap) const
    {
        return ask(engine_, ip, account, service);
    }
    PolicyAnswer ask(const Engine& engine, const std::string& ip, const std::string& account,
                     Service service = Service::imap) const
    {
        Attempt attempt;
        attempt.ip = *IpAddress::parse(ip);
        attempt.account = account;
        attempt.service = service;
        return engine.answer(attempt, now_);
    }
    // Strangers, each of whom fails once at an account of its own.
    void blow()
    {
        for (int i = 0; i < 10; ++i, now_ += 1min)
            fail_at(far_network(i), name(i));
        now_ += 6min;
        log_in("198.51.100.1", "ann");
        ASSERT_NE(engine_.judge().storm(), nullptr);
    }
    // Three users share an address.
    void share()
    {
        for (const auto* const user : {"dora", "emil", "finn"})
            log_in("203.0.113.5", user);
    }
    void guess_at_others(int accounts)
    {
        for (int i = 0; i < accounts; ++i, now_ += 1min)
            fail_at("203.0.113.5", "nobody" + std::to_string(i));
    }
    std::vector<RecordEvent> recorded_{};
};

TEST_F(ADoorInACrowd, DeniesStrangersInAStormWhereOthersTry)
{
    EXPECT_EQ(ask("192.0.2.7", name(3)).verdict, PolicyVerdict::allow);
    blow();
    const PolicyAnswer answer = ask("192.0.2.7", name(3));
    EXPECT_EQ(answer.verdict, PolicyVerdict::deny);
    EXPECT_EQ(answer.ground, PolicyGround::storm);
}

TEST_F(ADoorInACrowd, LetsStrangersInAStormLogInWhereNobodyElseTries)
{
    blow();
    EXPECT_EQ(ask("192.0.2.7", name(15)).verdict, PolicyVerdict::allow);
    // A traveller who has mistyped is the only one there.
    fail_at("192.0.2.7", name(15));
    EXPECT_EQ(ask("192.0.2.7", name(15)).verdict, PolicyVerdict::allow);
    EXPECT_EQ(ask("192.0.2.99", name(15)).verdict, PolicyVerdict::allow) << "the same network";
    EXPECT_EQ(ask("192.0.3.7", name(15)).verdict, PolicyVerdict::deny);
    log_in("192.0.2.7", name(15));
    EXPECT_EQ(ask("192.0.3.7", name(15)).verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, LetsUsersAndTheirNetworksInDuringAStorm)
{
    blow();
    EXPECT_EQ(ask("198.51.100.23", name(3)).ground, PolicyGround::known_user);
    EXPECT_EQ(ask("198.51.100.99", name(3)).verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, KeepsOtherServicesOpenInAStorm)
{
    blow();
    EXPECT_EQ(ask("192.0.2.7", name(3), Service::submission).verdict, PolicyVerdict::allow);
}

// Otherwise each pause of some hours would let a guess at every account through.
TEST_F(ADoorInACrowd, KeepsAStormUpWhileStrangersAreRefused)
{
    blow();
    for (int i = 0; i < 600; ++i, now_ += 5min)
        refuse(far_network(100 + i % 40), name(i % 10));
    EXPECT_NE(engine_.judge().storm(), nullptr);
    EXPECT_EQ(ask("192.0.2.7", name(3)).ground, PolicyGround::storm);
    // A refused stranger could not log in, and is not banned for that.
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse(far_network(120))), nullptr);
    now_ += 5h;
    log_in("198.51.100.1", "ann");
    EXPECT_EQ(engine_.judge().storm(), nullptr);
    EXPECT_EQ(ask("192.0.2.7", name(3)).verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, BeginsNoStormWithRefusals)
{
    for (int i = 0; i < 100; ++i, now_ += 1s)
        refuse(far_network(i), name(i % 10));
    now_ += 10min;
    log_in("198.51.100.1", "ann");
    EXPECT_EQ(engine_.judge().storm(), nullptr);
}

TEST_F(ADoorInACrowd, KeepsAnAttackUpWhileStrangersAreRefused)
{
    for (int i = 0; i < 10; ++i, now_ += 1s)
        fail_at(far_network(i), name(3));
    for (int i = 0; i < 300; ++i, now_ += 10min)
        refuse(far_network(100 + i % 40), name(3));
    EXPECT_EQ(ask("192.0.2.7", name(3)).ground, PolicyGround::account_under_attack);
    // A single one that goes on is none.
    for (int i = 0; i < 150; ++i, now_ += 10min)
        refuse("192.0.2.7", name(3));
    EXPECT_EQ(ask("192.0.2.7", name(3)).verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, DeniesAtAnAccountWithoutAnOwnerAfterSomeDays)
{
    for (int i = 0; i < 10; ++i, now_ += 1s)
        fail_at(far_network(i), "invented");
    EXPECT_EQ(ask("192.0.2.7", "invented").verdict, PolicyVerdict::deny);
}

TEST_F(ADoorInACrowd, DeniesGuessesBehindASharedAddressThatIsNotBanned)
{
    share();
    guess_at_others(5);
    EXPECT_EQ(ask("203.0.113.5", "nobody77").verdict, PolicyVerdict::allow);
    guess_at_others(6);
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("203.0.113.5")), nullptr);
    const PolicyAnswer answer = ask("203.0.113.5", "nobody77");
    EXPECT_EQ(answer.verdict, PolicyVerdict::deny);
    EXPECT_EQ(answer.ground, PolicyGround::shared_address);
    EXPECT_EQ(ask("203.0.113.5", "dora").ground, PolicyGround::known_user);
    now_ += 25h;
    EXPECT_EQ(ask("203.0.113.5", "nobody77").verdict, PolicyVerdict::allow);
}

// Who logs in elsewhere may come to this office for the first time.
TEST_F(ADoorInACrowd, OnlyDelaysAUserWhoIsNewBehindASharedAddress)
{
    share();
    guess_at_others(6);
    const PolicyAnswer answer = ask("203.0.113.5", name(3));
    EXPECT_EQ(answer.verdict, PolicyVerdict::delay);
    EXPECT_EQ(answer.delay, 5s);
    for (int i = 0; i < 3; ++i)
        fail_at("203.0.113.5", name(3));
    EXPECT_EQ(ask("203.0.113.5", name(3)).verdict, PolicyVerdict::deny);
    log_in("203.0.113.5", name(3));
    EXPECT_EQ(ask("203.0.113.5", name(3)).ground, PolicyGround::known_user);
}

TEST_F(ADoorInACrowd, CountsByPairBehindASharedAddress)
{
    share();
    for (int i = 0; i < 4; ++i, now_ += 1h)
        fail_at("203.0.113.5", name(3));
    EXPECT_EQ(ask("203.0.113.5", name(3)).verdict, PolicyVerdict::allow);
    fail_at("203.0.113.5", name(3));
    EXPECT_EQ(ask("203.0.113.5", name(3)).verdict, PolicyVerdict::deny);
    EXPECT_EQ(ask("203.0.113.5", name(4)).verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, DelaysANeighbourWhoFailsAgainAndAgainBehindASharedAddress)
{
    share();
    log_in("203.0.113.9", "gina");
    for (int i = 0; i < 10; ++i, now_ += 1h)
        fail_at("203.0.113.5", "gina");
    const PolicyAnswer answer = ask("203.0.113.5", "gina");
    EXPECT_EQ(answer.verdict, PolicyVerdict::delay);
    EXPECT_EQ(answer.ground, PolicyGround::shared_address);
}

TEST_F(ADoorInACrowd, SaysNothingOfAnAddressThatNobodyShares)
{
    guess_at_others(3);
    EXPECT_EQ(ask("203.0.113.5", "nobody77").verdict, PolicyVerdict::allow);
}

TEST_F(ADoorInACrowd, DeniesWhatWasImported)
{
    ASSERT_TRUE(engine_.ban(*Prefix::parse("192.0.2.7"), 1h, "", now_, "root", "fail2ban:dovecot"));
    EXPECT_EQ(ask("192.0.2.7", "bob").verdict, PolicyVerdict::deny);
}

TEST_F(ADoorInACrowd, SaysTheSameAfterARestart)
{
    share();
    guess_at_others(6);
    blow();
    for (int i = 0; i < 20; ++i, now_ += 1min)
        refuse(far_network(50 + i), name(i % 10));
    Engine again(crowd_config(), PrefixSet(), 1);
    for (const auto& record : recorded_)
        again.restore(record);
    for (const auto* const ip : {"192.0.2.7", "203.0.113.5", "198.51.100.23"})
        for (const std::string& account : {name(3), name(15), std::string("nobody77")})
            EXPECT_EQ(ask(again, ip, account), ask(ip, account)) << ip << ' ' << account;
}

}  // namespace
}  // namespace mailban::policy_crowd_test
