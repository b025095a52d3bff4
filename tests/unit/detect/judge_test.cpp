#include "mailban/detect/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::judge_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

Rule five_in_ten_minutes()
{
    Rule rule;
    rule.name = "guessing";
    return rule;
}

// The subject, with a clock that goes on a second an event.
class AJudge : public ::testing::Test {
protected:
    Verdict observe(EventKind kind, const std::string& ip, std::optional<std::string> account)
    {
        now_ += 1s;
        Event event;
        event.kind = kind;
        event.ip = *IpAddress::parse(ip);
        event.account = std::move(account);
        return judge_.observe(event, 1, now_);
    }
    Verdict unanswered(const std::string& ip, const std::string& account)
    {
        Event event;
        event.kind = EventKind::auth_unavailable;
        event.ip = *IpAddress::parse(ip);
        event.account = account;
        event.unanswered = true;
        return judge_.observe(event, 1, now_ += 1s);
    }
    void log_in(const std::string& ip, const std::string& account)
    {
        observe(EventKind::auth_success, ip, account);
    }
    // The names of the rules that were broken in so many failures, and the incidents.
    std::vector<std::string> fail(const std::string& ip, std::optional<std::string> account,
                                  int times)
    {
        std::vector<std::string> found;
        for (int i = 0; i < times; ++i) {
            const Verdict verdict = observe(EventKind::auth_failure, ip, account);
            for (const Offence& offence : verdict.offences)
                found.push_back(offence.rule->name);
            if (verdict.incident) found.push_back(to_string(*verdict.incident));
        }
        return found;
    }

    Judge judge_{{five_in_ten_minutes()}, JudgeSettings{}, 1000, PrefixLengths{}, 1};
    Timestamp now_ = kStart;
};

TEST_F(AJudge, LeavesStrangersToTheRules)
{
    EXPECT_THAT(fail("192.0.2.7", "bob", 5), ElementsAre("guessing"));
}

TEST_F(AJudge, TellsAStalePasswordOnceAndDoesNotHoldItAgainstTheClient)
{
    log_in("192.0.2.7", "bob@example.com");
    EXPECT_THAT(fail("192.0.2.7", "bob@example.com", 900),
                ElementsAre(HasSubstr("stale password: bob@example.com from 192.0.2.7")));
    ASSERT_EQ(judge_.incidents().size(), 1U);
    EXPECT_EQ(judge_.incidents()[0].events, 900U);
}

TEST_F(AJudge, LosesPatienceWithAStalePasswordAtLast)
{
    log_in("192.0.2.7", "bob");
    EXPECT_THAT(fail("192.0.2.7", "bob", 1000), ::testing::Contains("stale-password"));
}

TEST_F(AJudge, SuspectsAKnownUserThatFailsElsewhereToo)
{
    log_in("192.0.2.7", "bob");
    EXPECT_THAT(fail("192.0.2.7", "ann", 1), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "bob", 30), ElementsAre("known-user"));
}

TEST_F(AJudge, TakesOneWrongPasswordOfANeighbourForOneGuess)
{
    log_in("192.0.2.7", "bob");
    Event event;
    event.ip = *IpAddress::parse("192.0.2.99");
    event.account = "bob";
    event.password = password_mark("old");
    std::size_t offences = 0;
    for (int i = 0; i < 500; ++i)
        offences += judge_.observe(event, 1, now_ += 1s).offences.size();
    EXPECT_EQ(offences, 0U);
    for (int i = 0; i < 39; ++i) {
        event.password = password_mark(std::to_string(i));
        offences += judge_.observe(event, 1, now_ += 1s).offences.size();
    }
    EXPECT_EQ(offences, 1U);
}

TEST_F(AJudge, ForgivesTheWrongPasswordsOfAUserThatLogsIn)
{
    log_in("192.0.2.7", "bob");
    Event event;
    event.ip = *IpAddress::parse("192.0.2.99");
    event.account = "bob";
    for (int i = 0; i < 58; ++i) {
        event.password = password_mark(std::to_string(i));
        EXPECT_THAT(judge_.observe(event, 1, now_ += 1s).offences, IsEmpty());
        if (i == 19) log_in("192.0.2.99", "bob");
    }
}

TEST_F(AJudge, ForgivesTwentyFailuresADayAndNoMore)
{
    log_in("192.0.2.7", "bob");
    int failures = 0;
    std::vector<std::string> found;
    // Somebody behind the owner's address guesses while the owner logs in all the time.
    while (found.empty() && failures < 100'000) {
        found = fail("192.0.2.7", "ann", failures == 0 ? 1 : 0);
        const auto more = fail("192.0.2.7", "bob", 4);
        found.insert(found.end(), more.begin(), more.end());
        std::erase_if(found, [](const std::string& one) { return one.starts_with("stale"); });
        failures += 4;
        log_in("192.0.2.7", "bob");
    }
    EXPECT_THAT(found, ::testing::Contains("known-user"));
    EXPECT_LE(failures, 20 + 32);
}

TEST_F(AJudge, GivesTheOwnerOfOneAccountNoCreditOnOthers)
{
    log_in("192.0.2.7", "mine");
    EXPECT_THAT(fail("192.0.2.7", "ann", 4), IsEmpty());
    log_in("192.0.2.7", "mine");
    EXPECT_THAT(fail("192.0.2.7", "joe", 1), ElementsAre("guessing"));
}

TEST_F(AJudge, TakesAwayTheFailuresBeforeALogin)
{
    for (int day = 0; day < 9; ++day) {
        EXPECT_THAT(fail("192.0.2.7", "bob" + std::to_string(day), 4), IsEmpty());
        log_in("192.0.2.7", "bob" + std::to_string(day));
    }
}

TEST_F(AJudge, GivesANeighbourAHigherLimitADayAndNotTheHighest)
{
    log_in("192.0.2.7", "bob");
    int failures = 1;
    for (; fail("192.0.2.99", "bob", 1).empty() && failures < 1000; ++failures)
        now_ += 10min;
    EXPECT_EQ(failures, 40);
    EXPECT_THAT(fail("192.0.2.99", "bob", 1), ElementsAre("known-user"));  // until it stops
}

TEST_F(AJudge, GivesOneNeighbourNotTheAccountsOfAll)
{
    for (int i = 0; i < 4; ++i)
        log_in("192.0.2.7", "user" + std::to_string(i));
    EXPECT_THAT(fail("192.0.2.99", "user0", 1), IsEmpty());
    EXPECT_THAT(fail("192.0.2.99", "user1", 1), IsEmpty());
    EXPECT_THAT(fail("192.0.2.99", "user2", 1), IsEmpty());
    EXPECT_THAT(fail("192.0.2.99", "user3", 1), ElementsAre("known-user"));
}

TEST_F(AJudge, BoundsWhatTheNeighboursOfANetworkGuessTogether)
{
    log_in("192.0.2.7", "bob");
    int failures = 0;
    for (int i = 0; i < 200; ++i)
        failures += fail("192.0.2." + std::to_string(10 + i), "bob", 1).empty() ? 1 : 0;
    EXPECT_EQ(failures, 159);
    log_in("192.0.2.250", "ann");  // an address that somebody uses
    EXPECT_THAT(fail("192.0.2.250", "bob", 1), IsEmpty());
}

TEST_F(AJudge, CountsAFailureThatNamesNoAccountTwice)
{
    log_in("192.0.2.7", "bob");
    int failures = 1;
    for (; fail("192.0.2.7", std::nullopt, 1).empty() && failures < 1000; ++failures) {
        now_ += 10min;
        if (failures % 3 == 0) log_in("192.0.2.7", "bob");  // forgives nothing that it did not name
    }
    EXPECT_EQ(failures, 20);
    EXPECT_THAT(fail("192.0.2.8", std::nullopt, 5), ElementsAre("guessing"));
}

TEST_F(AJudge, GivesWhatASummaryDoesNotNameFourTimesTheLimit)
{
    log_in("192.0.2.7", "bob");
    Event event;
    event.ip = *IpAddress::parse("192.0.2.7");
    event.reporter = Reporter::summary;
    int connections = 1;
    for (; judge_.observe(event, 1, now_ += 1min).offences.empty() && connections < 1000;)
        ++connections;
    EXPECT_EQ(connections, 160);
}

TEST_F(AJudge, RaisesTheLimitsOfAnAddressWithItsUsers)
{
    for (int i = 0; i < 2; ++i)
        log_in("192.0.2.7", "user" + std::to_string(i));
    EXPECT_THAT(fail("192.0.2.7", "new", 9), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "new", 1), ElementsAre("guessing"));
}

TEST_F(AJudge, GivesOneUserWithOneAccountNoHigherLimit)
{
    for (int i = 0; i < 50; ++i)
        log_in("192.0.2.7", "mine");
    EXPECT_THAT(fail("192.0.2.7", "bob", 5), ElementsAre("guessing"));
}

// Some who guess so fast that their server stops to wait for the answer.
TEST_F(AJudge, TakesAnUnansweredAttemptOfWhoHasFailedForAGuess)
{
    EXPECT_THAT(fail("192.0.2.7", "bob", 1), IsEmpty());
    std::size_t offences = 0;
    for (int i = 0; i < 4; ++i)
        offences += unanswered("192.0.2.7", "bob").offences.size();
    EXPECT_EQ(offences, 1U);
    EXPECT_EQ(judge_.outage(), nullptr);
}

TEST_F(AJudge, TakesAnUnansweredAttemptOfAnybodyElseForASignOfAnOutage)
{
    for (int i = 0; i < 50; ++i)
        EXPECT_THAT(unanswered("192.0.2.7", "bob").offences, IsEmpty());
    unanswered("198.51.100.7", "ann");
    unanswered("203.0.113.7", "joe");
    EXPECT_NE(judge_.outage(), nullptr);
}

TEST_F(AJudge, BelievesNoOutageOfThoseWhoGuess)
{
    for (int i = 0; i < 100; ++i) {
        const std::string ip = "10." + std::to_string(i) + ".0.1";
        fail(ip, "bob", 1);
        unanswered(ip, "bob");
        observe(EventKind::auth_unavailable, ip, "bob");
        observe(EventKind::auth_unavailable, "10." + std::to_string(i) + ".0.2", "bob");
    }
    EXPECT_EQ(judge_.outage(), nullptr);
}

TEST_F(AJudge, ExcusesAStrangerInAnOutageForSoLongAndNotForEver)
{
    for (const auto* const ip : {"198.51.100.1", "203.0.113.1", "192.0.2.1"})
        observe(EventKind::auth_unavailable, ip, std::nullopt);
    ASSERT_NE(judge_.outage(), nullptr);
    int failures = 1;
    while (!observe(EventKind::auth_failure, "10.0.0.1", "bob").is_inexcusable && failures < 1000)
        ++failures;
    EXPECT_EQ(failures, 50);
    for (const auto* const account : {"a", "b", "c"})
        EXPECT_FALSE(observe(EventKind::auth_failure, "10.0.0.2", account).is_inexcusable);
    EXPECT_TRUE(observe(EventKind::auth_failure, "10.0.0.2", "d").is_inexcusable);
}

TEST_F(AJudge, KnowsNobodyWhereTrustIsOff)
{
    JudgeSettings settings;
    settings.trust.reset();
    Judge judge({five_in_ten_minutes()}, settings, 1000, PrefixLengths{}, 1);
    Event event;
    event.ip = *IpAddress::parse("192.0.2.7");
    event.account = "bob";
    event.kind = EventKind::auth_success;
    judge.observe(event, 1, kStart);
    event.kind = EventKind::auth_failure;
    for (int i = 0; i < 4; ++i)
        EXPECT_THAT(judge.observe(event, 1, kStart).offences, IsEmpty());
    EXPECT_EQ(judge.observe(event, 1, kStart).offences.size(), 1U);
}

TEST_F(AJudge, TellsOnceOfAnAccountThatLogsInFromManyNetworks)
{
    std::vector<std::string> told;
    for (int i = 0; i < 20; ++i) {
        const auto ip = "10." + std::to_string(i) + ".0.1";
        const auto verdict = observe(EventKind::auth_success, ip, "bob");
        if (verdict.incident) told.push_back(to_string(*verdict.incident));
    }
    EXPECT_THAT(told, ElementsAre(HasSubstr("hijacked account? bob logs in from many networks, the "
                                            "last one 10.5.0.1")));
}

TEST_F(AJudge, TakesManyAddressesOfOneNetworkForNoHijack)
{
    for (int i = 0; i < 200; ++i) {
        const auto ip = "10.0." + std::to_string(i) + ".1";
        EXPECT_FALSE(observe(EventKind::auth_success, ip, "bob").incident);
    }
}

TEST_F(AJudge, ShowsNoUnusualNames)
{
    const std::string hostile = "bob\x1b[31m";
    log_in("192.0.2.7", hostile);
    for (const auto& told : fail("192.0.2.7", hostile, 20))
        EXPECT_THAT(told, ::testing::Not(HasSubstr("bob")));
}

TEST_F(AJudge, SeesAnOutageInKnownUsersThatBeginToFail)
{
    for (int i = 0; i < 9; ++i)
        log_in("10.0." + std::to_string(i) + ".1", "user" + std::to_string(i));
    now_ += 1h;
    EXPECT_EQ(judge_.outage(), nullptr);
    for (int i = 0; i < 5; ++i)
        fail("10.0." + std::to_string(i) + ".1", "user" + std::to_string(i), 1);
    ASSERT_NE(judge_.outage(), nullptr);
    now_ += 31min;
    judge_.advance(now_);
    EXPECT_EQ(judge_.outage(), nullptr);
}

}  // namespace
}  // namespace mailban::judge_test
