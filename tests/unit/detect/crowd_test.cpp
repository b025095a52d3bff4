// Those who look alike: the users of one address, those of a carrier's network, and a first day's.
#include "mailban/config/config.h"
#include "mailban/detect/judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::crowd_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr Timestamp kFirstMorning{std::chrono::seconds(1'800'000'000)};

// A judge with the default rules. Its clock goes on a second an event.
class AMixedCrowd : public ::testing::Test {
protected:
    explicit AMixedCrowd(Duration learning = Duration::zero())
        : judge_(default_rules(), settings(learning), 1000, PrefixLengths{}, 1)
    {
    }
    static JudgeSettings settings(Duration learning)
    {
        JudgeSettings settings;
        settings.trust->learning = learning;
        return settings;
    }
    Verdict observe(EventKind kind, const std::string& ip, std::optional<std::string> account)
    {
        Event event;
        event.kind = kind;
        event.ip = *IpAddress::parse(ip);
        event.account = std::move(account);
        return judge_.observe(event, 1, now_ += 1s);
    }
    void log_in(const std::string& ip, const std::string& account)
    {
        observe(EventKind::auth_success, ip, account);
    }
    void log_in_users(const std::string& ip, int count)
    {
        for (int i = 0; i < count; ++i)
            log_in(ip, "user" + std::to_string(i));
    }
    // The names of the rules that a failure breaks, and the incident.
    std::vector<std::string> fail(const std::string& ip, const std::string& account)
    {
        std::vector<std::string> found;
        const Verdict verdict = observe(EventKind::auth_failure, ip, account);
        for (const Offence& offence : verdict.offences)
            found.push_back(offence.rule->name);
        if (verdict.incident) found.push_back(to_string(*verdict.incident));
        return found;
    }
    std::vector<std::string> fail_times(const std::string& ip, const std::string& account,
                                        int times)
    {
        std::vector<std::string> found;
        for (int i = 0; i < times; ++i)
            for (auto& one : fail(ip, account))
                found.push_back(std::move(one));
        return found;
    }

    Judge judge_;
    Timestamp now_ = kFirstMorning;
};

TEST_F(AMixedCrowd, BehindOneAddressIsToldBeforeItIsBanned)
{
    log_in_users("192.0.2.7", 3);
    EXPECT_THAT(fail_times("192.0.2.7", "bob", 14), IsEmpty());
    // A ban of its subnet leaves out every address that somebody uses.
    EXPECT_THAT(
        fail_times("192.0.2.7", "bob", 57),
        ElementsAre(HasSubstr("guesses from the shared address 192.0.2.7"), "block-guessing"));
    EXPECT_THAT(fail("192.0.2.7", "bob"), ElementsAre("shared-address"));  // 24 an account
    EXPECT_THAT(fail("192.0.2.7", "ann"), Contains("shared-address"));     // until it stops
    const auto count = judge_.shared_count(*IpAddress::parse("192.0.2.7"), now_);
    ASSERT_TRUE(count);
    EXPECT_EQ(count->accounts, 3U);
    EXPECT_EQ(count->limit, 72U);
}

TEST_F(AMixedCrowd, OfTwoIsNoCrowd)
{
    log_in_users("192.0.2.7", 2);
    EXPECT_THAT(fail_times("192.0.2.7", "bob", 9), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "bob"), ElementsAre("password-guessing"));
    EXPECT_FALSE(judge_.shared_count(*IpAddress::parse("192.0.2.7"), now_));
}

TEST_F(AMixedCrowd, IsOneOfThisWeek)
{
    log_in_users("192.0.2.7", 5);
    now_ += days(8);
    EXPECT_THAT(fail_times("192.0.2.7", "bob", 5), ElementsAre("password-guessing"));
}

TEST_F(AMixedCrowd, HasMoreFailuresTheMoreItIsButNotForEver)
{
    log_in_users("192.0.2.7", 50);
    EXPECT_THAT(fail_times("192.0.2.7", "new", 239), Not(Contains("shared-address")));
    EXPECT_THAT(fail("192.0.2.7", "new"), ElementsAre("shared-address"));
}

TEST_F(AMixedCrowd, OfSixtyFourBitsIsOne)
{
    for (int i = 0; i < 3; ++i)
        log_in("2001:db8:1:2::" + std::to_string(i), "user" + std::to_string(i));
    EXPECT_THAT(fail_times("2001:db8:1:2::99", "bob", 20), Not(Contains("password-guessing")));
    EXPECT_THAT(fail_times("2001:db8:1:3::99", "bob", 5), Contains("password-guessing"));
}

TEST_F(AMixedCrowd, IsNotShutOutForTheOldPasswordOfOneDevice)
{
    log_in_users("192.0.2.7", 12);
    fail("192.0.2.7", "somebody else");
    std::vector<std::string> told;
    for (int minute = 0; minute < 24 * 60; ++minute, now_ += 59s)
        for (auto& one : fail("192.0.2.7", "user3"))
            told.push_back(std::move(one));
    EXPECT_THAT(told, ElementsAre(HasSubstr("stale password: user3")));
    // Nobody's device tries so often.
    EXPECT_THAT(fail_times("192.0.2.7", "user3", 300), Contains("known-user"));
}

TEST_F(AMixedCrowd, OfUsersOfAnAttackedAccountIsNotBannedForIt)
{
    log_in_users("192.0.2.7", 5);
    for (int i = 0; i < 12; ++i)
        fail("10.0." + std::to_string(i) + ".1", "bob");
    EXPECT_THAT(fail_times("192.0.2.7", "bob", 3), ElementsAre(HasSubstr("shared address")));
    EXPECT_THAT(fail_times("10.99.0.1", "bob", 2), ElementsAre("account-under-attack"));
}

// Those of n users.
TEST_F(AMixedCrowd, HasLimitsForProgramsWithWrongSettings)
{
    log_in_users("192.0.2.7", 3);
    Event event;
    event.kind = EventKind::abuse;
    event.ip = *IpAddress::parse("192.0.2.7");
    EXPECT_THAT(judge_.observe(event, 899, now_).offences, IsEmpty());
    const auto offences = judge_.observe(event, 1, now_).offences;
    ASSERT_EQ(offences.size(), 1U);
    EXPECT_EQ(offences[0].rule->name, "protocol-abuse");
    EXPECT_EQ(offences[0].limit, 900U);
}

TEST_F(AMixedCrowd, OnACarriersNetworkRoams)
{
    for (int user = 0; user < 20; ++user)
        for (int host = 0; host < 3; ++host)
            log_in("192.0.2." + std::to_string(10 + 3 * user + host),
                   "user" + std::to_string(user));
    // All of them have a new password, and the carrier gives them an address that nobody had.
    for (int round = 0; round < 15; ++round)
        for (int user = 0; user < 20; ++user)
            EXPECT_THAT(fail("192.0.2.250", "user" + std::to_string(user)), IsEmpty());
    // Not without end.
    int failures = 300;
    while (fail("192.0.2.250", "user" + std::to_string(failures % 20)).empty() && failures < 2000)
        ++failures;
    EXPECT_EQ(failures, 999);
    // One that nobody uses from here is a stranger's, and has the rules.
    EXPECT_THAT(fail_times("192.0.2.251", "bob", 5), Contains("password-guessing"));
}

TEST_F(AMixedCrowd, OfAddressesThatFailOnceEachIsNoAttacker)
{
    for (int host = 1; host <= 23; ++host)
        EXPECT_THAT(fail("192.0.2." + std::to_string(host), "user" + std::to_string(host)),
                    IsEmpty());
    EXPECT_THAT(fail("192.0.2.99", "bob"), ElementsAre("hopping"));
}

TEST_F(AMixedCrowd, OfAddressesIsAnAttackerOnceOneOfThemFailsAgain)
{
    for (int host = 1; host <= 10; ++host)
        EXPECT_THAT(fail("192.0.2." + std::to_string(host), "user" + std::to_string(host)),
                    IsEmpty());
    EXPECT_THAT(fail("192.0.2.3", "bob"), ElementsAre("hopping"));
}

TEST_F(AMixedCrowd, ForgetsWhoFailedAgainAndThenLoggedIn)
{
    for (int host = 1; host <= 10; ++host)
        EXPECT_THAT(fail("192.0.2." + std::to_string(host), "user" + std::to_string(host)),
                    IsEmpty());
    now_ += 1s;
    fail("198.51.100.1", "ann");
    fail("198.51.100.1", "ann");
    log_in("198.51.100.1", "ann");
    for (int host = 2; host <= 12; ++host)
        EXPECT_THAT(fail("198.51.100." + std::to_string(host), "user" + std::to_string(host)),
                    IsEmpty());
}

// One customer has a whole /48.
TEST_F(AMixedCrowd, OfAnIpv6NetworkIsOneAttacker)
{
    for (int host = 1; host <= 7; ++host)
        EXPECT_THAT(fail("2001:db8:1:" + std::to_string(host) + "::1", "bob"), IsEmpty());
    EXPECT_THAT(fail("2001:db8:1:99::1", "bob"), ElementsAre("hopping"));
}

class AFirstDay : public AMixedCrowd {
protected:
    AFirstDay() : AMixedCrowd(days(1)) {}
};

TEST_F(AFirstDay, ExcusesColleaguesWhoMistypeOnce)
{
    for (int user = 0; user < 4; ++user)
        EXPECT_THAT(fail("192.0.2.7", "user" + std::to_string(user)), IsEmpty());
    EXPECT_FALSE(judge_.learning().is_over(now_));
}

TEST_F(AFirstDay, ExcusesNobodyWhoGuesses)
{
    EXPECT_THAT(fail_times("192.0.2.7", "bob", 5), ElementsAre("password-guessing"));
    std::vector<std::string> found;
    for (int user = 0; user < 10; ++user, now_ += 20min)
        for (auto& one : fail("192.0.2.8", "user" + std::to_string(user)))
            found.push_back(std::move(one));
    EXPECT_THAT(found, ElementsAre("slow-guessing"));
}

TEST_F(AFirstDay, ExcusesNobodyWhoHasBrokenAnotherRule)
{
    for (int user = 0; user < 4; ++user)
        EXPECT_THAT(fail("192.0.2.7", "user" + std::to_string(user)), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "user4"), ElementsAre("password-guessing"));
    EXPECT_THAT(fail("192.0.2.7", "user5"), ElementsAre("spraying"));
}

TEST_F(AFirstDay, EndsWithADayOfLogins)
{
    for (int i = 0; i <= 48; ++i, now_ += 30min)
        log_in("198.51.100.7", "ann");
    EXPECT_TRUE(judge_.learning().is_over(now_));
    for (int user = 0; user < 3; ++user)
        EXPECT_THAT(fail("192.0.2.7", "user" + std::to_string(user)), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "user3"), ElementsAre("spraying"));
}

// Rules of one's own say themselves what they excuse.
TEST_F(AFirstDay, ChangesNoRuleWithoutALearningLimit)
{
    Rule rule;
    rule.name = "own";
    rule.distinct = Distinct::account;
    rule.limit = 3;
    judge_ = Judge({rule}, settings(days(1)), 1000, PrefixLengths{}, 1);
    EXPECT_THAT(fail("192.0.2.7", "a"), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "b"), IsEmpty());
    EXPECT_THAT(fail("192.0.2.7", "c"), ElementsAre("own"));
}

}  // namespace
}  // namespace mailban::crowd_test
