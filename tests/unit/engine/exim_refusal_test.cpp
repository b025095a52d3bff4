// What Exim was told to refuse, which it does not report: it counts as no failure, but an attack
// that is refused goes on.
#include "mailban/policy/exim.h"

#include <map>
#include <random>
#include <set>

#include "seed.h"
#include "unit/engine/an_engine.h"

namespace mailban::exim_refusal_test {
namespace {

using namespace std::chrono_literals;
using test::all_of;
using test::AnEngine;
using test::failure;
using test::kStart;

constexpr int kClients = 10;  // that make an attack on an account
constexpr auto kSpan = 24h;   // of that rule

Config door_config()
{
    Config config;
    config.rules = default_rules();
    config.policy.mode = PolicyMode::enforce;
    config.policy.strangers = Strangers::deny;
    return config;
}

// A door at which Exim asks, and the log that it writes.
class Door {
public:
    explicit Door(Engine& engine) : engine_(engine) {}

    Effects tell(const std::string& ip, const std::string& account, EventKind kind, Timestamp now)
    {
        Event event = failure(ip, now);
        event.kind = kind;
        event.account = account;
        event.server = MailServer::exim;
        event.service = Service::submission;
        event.reporter = Reporter::front_end;
        return engine_.observe(std::move(event), 0, Arrival::live, now);
    }
    PolicyAnswer ask(const std::string& ip, const std::string& account, Timestamp now) const
    {
        return engine_.answer(attempt_of(ip, account), now);
    }
    // A wrong password: the question, and the line of Exim, which has the same of a refused one.
    PolicyVerdict guess(const std::string& ip, const std::string& account, Timestamp now)
    {
        const PolicyAnswer answer = ask(ip, account, now);
        if (auto refusal = exim_refusal(attempt_of(ip, account), answer, now))
            engine_.observe(std::move(*refusal), 1, Arrival::live, now);
        tell(ip, account, EventKind::auth_failure, now);
        return answer.verdict;
    }

private:
    static Attempt attempt_of(const std::string& ip, const std::string& account)
    {
        const auto attempt = read_exim_question(ip + " 587 " + account);
        EXPECT_TRUE(attempt);
        return *attempt;
    }

    Engine& engine_;
};

std::string client(int number)
{
    return "10." + std::to_string(number % 250) + "." + std::to_string(number / 250) + ".1";
}

class AnAttackThatEximRefuses : public AnEngine {
protected:
    AnAttackThatEximRefuses() : AnEngine(door_config())
    {
        door_.tell("198.51.100.1", "bob", EventKind::auth_success, now_);
        now_ += 48h;
        for (int number = 0; number < kClients; ++number, now_ += 1min)
            EXPECT_EQ(door_.guess(client(number), "bob", now_), PolicyVerdict::allow);
        EXPECT_EQ(verdict_on("203.0.113.9"), PolicyVerdict::deny);
    }
    PolicyVerdict verdict_on(const std::string& ip) const
    {
        return door_.ask(ip, "bob", now_).verdict;
    }

    Door door_{engine_};
};

TEST_F(AnAttackThatEximRefuses, GoesOnAsLongAsItIsRefusedAndNoLonger)
{
    for (int number = 0; number < 5 * kClients; ++number, now_ += 2h)
        ASSERT_EQ(door_.guess(client(number), "bob", now_), PolicyVerdict::deny) << number;
    EXPECT_EQ(verdict_on("198.51.100.1"), PolicyVerdict::allow) << "the owner";
    EXPECT_EQ(verdict_on("198.51.100.77"), PolicyVerdict::allow) << "the owner's network";
    now_ += kSpan + 1s;
    EXPECT_EQ(verdict_on("203.0.113.9"), PolicyVerdict::allow);
}

TEST_F(AnAttackThatEximRefuses, EndsWhereOneClientAloneGoesOn)
{
    const auto since = now_;
    bool is_over = false;
    for (; now_ < since + 2 * kSpan; now_ += 1h)
        is_over |= door_.guess("203.0.113.9", "bob", now_) == PolicyVerdict::allow;
    EXPECT_TRUE(is_over);
}

TEST_F(AnAttackThatEximRefuses, BansNobodyForWhatWasRefused)
{
    for (int attempt = 0; attempt < 30; ++attempt, now_ += 1min)
        ASSERT_EQ(door_.guess("203.0.113.9", "bob", now_), PolicyVerdict::deny);
    EXPECT_EQ(engine_.ledger().covering(*IpAddress::parse("203.0.113.9")), nullptr);
}

TEST_F(AnAttackThatEximRefuses, IsStoredSoThatARestartKnowsIt)
{
    const auto attempt = read_exim_question("203.0.113.9 587 bob");
    auto refusal = exim_refusal(*attempt, engine_.answer(*attempt, now_), now_);
    ASSERT_TRUE(refusal);
    const auto effects = engine_.observe(*refusal, 1, Arrival::live, now_);
    const auto records = all_of<RecordEvent>(effects);
    ASSERT_EQ(records.size(), 1U);
    EXPECT_EQ(records[0].event, *refusal);
    EXPECT_EQ(records[0].counted, 0U);
}

TEST_F(AnAttackThatEximRefuses, IsNoRefusalWithoutADenialAndAnAccount)
{
    const auto at_connect = read_exim_question("203.0.113.9 587");
    PolicyAnswer denied;
    denied.verdict = PolicyVerdict::deny;
    EXPECT_FALSE(exim_refusal(*at_connect, denied, now_));
    const auto attempt = read_exim_question("203.0.113.9 587 bob");
    for (const auto verdict : {PolicyVerdict::allow, PolicyVerdict::delay}) {
        PolicyAnswer answer;
        answer.verdict = verdict;
        answer.judged = PolicyVerdict::deny;  // only told
        EXPECT_FALSE(exim_refusal(*attempt, answer, now_));
    }
}

// Whatever attackers do: users, their networks and the allowlist are never refused; nothing begins
// with refusals, which ban nobody.
TEST(RefusalsOfExim, KeepNobodyOutButStrangers)
{
    std::mt19937 random(test::property_seed());
    const auto amount = test::property_amount(30'000);
    constexpr int kAccounts = 3;
    Engine engine(door_config(), PrefixSet({*Prefix::parse("192.0.2.0/24")}), 1);
    Door door(engine);
    Timestamp now = kStart;
    const auto account = [](int number) { return "user" + std::to_string(number); };
    const auto home = [](int number, const char* host) {
        return "198.51." + std::to_string(100 + number) + host;
    };
    for (int number = 0; number < kAccounts; ++number)
        door.tell(home(number, ".1"), account(number), EventKind::auth_success, now);
    now += 48h;
    std::map<int, std::set<std::string>> failed;  // real failures
    std::map<std::string, int> failures;          // of a client
    int denied = 0;
    for (std::size_t step = 0; step < amount; ++step) {
        now += std::chrono::seconds(random() % 4'000);
        if (random() % 400 == 0) now += kSpan;
        const int at = static_cast<int>(random() % kAccounts);
        const int number = static_cast<int>(random() % (random() % 3 == 0 ? 4 : 400));
        const auto before = door.ask(client(number), account(at), now);
        const auto verdict = door.guess(client(number), account(at), now);
        ASSERT_EQ(verdict, before.verdict) << "asking changes nothing";
        if (verdict == PolicyVerdict::deny) {
            ++denied;
            ASSERT_TRUE(before.ground == PolicyGround::banned || failed[at].size() >= kClients ||
                        before.ground == PolicyGround::storm)
                << step;
        } else {
            failed[at].insert(client(number));
            ++failures[client(number)];
        }
        const auto* const ban = engine.ledger().find(
            {Prefix::host(*IpAddress::parse(client(number))), BanOrigin::rule});
        if (ban != nullptr) {
            ASSERT_GT(failures[client(number)], 0) << "banned for refusals alone";
        }
        if (random() % 50 == 0)
            door.tell(home(at, ".1"), account(at), EventKind::auth_success, now);
        for (const auto* const host : {".1", ".77"})
            ASSERT_EQ(door.ask(home(at, host), account(at), now).verdict, PolicyVerdict::allow);
        ASSERT_EQ(door.ask("192.0.2.9", account(at), now).verdict, PolicyVerdict::allow);
        engine.advance(now);
    }
    EXPECT_GT(denied, 100);
}

}  // namespace
}  // namespace mailban::exim_refusal_test
