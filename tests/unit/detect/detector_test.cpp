#include "mailban/detect/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::detector_test {
namespace {

using namespace std::chrono_literals;
using ::testing::IsEmpty;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

Rule rule(const char* name, std::uint32_t limit, Duration within)
{
    Rule made;
    made.name = name;
    made.limit = limit;
    made.within = within;
    return made;
}

Event failure(std::uint8_t last)
{
    Event event;
    event.ip = IpAddress::v4(192, 0, 2, last);
    return event;
}

std::vector<std::string> names(const std::vector<const Rule*>& rules)
{
    std::vector<std::string> names;
    for (const auto* tripped : rules)
        names.push_back(tripped->name);
    return names;
}

TEST(ADetector, CountsEachAddressApart)
{
    Detector detector({rule("fast", 2, 10min)}, 100, 1);
    EXPECT_THAT(detector.observe(failure(1), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure(2), 1, kStart), IsEmpty());
    EXPECT_THAT(names(detector.observe(failure(1), 1, kStart)), ::testing::ElementsAre("fast"));
}

TEST(ADetector, RunsSeveralRulesSideBySide)
{
    Detector detector({rule("fast", 2, 1min), rule("slow", 4, 24h)}, 100, 1);
    std::vector<std::string> tripped;
    for (int i = 0; i < 4; ++i) {
        for (auto& name : names(detector.observe(failure(1), 1, kStart + i * 1s)))
            tripped.push_back(name);
    }
    EXPECT_THAT(tripped, ::testing::ElementsAre("fast", "fast", "slow"));
}

TEST(ADetector, CountsEveryAttemptThatOneLineReports)
{
    Detector detector({rule("fast", 3, 1min)}, 100, 1);
    Event summary = failure(1);
    summary.attempts = 3;
    EXPECT_THAT(names(detector.observe(summary, summary.attempts, kStart)),
                ::testing::ElementsAre("fast"));
}

TEST(ADetector, TakesAnAbsurdNumberOfAttemptsInItsStride)
{
    Detector detector({rule("fast", 3, 1min)}, 100, 1);
    Event summary = failure(1);
    summary.attempts = 4'000'000'000U;
    EXPECT_THAT(names(detector.observe(summary, summary.attempts, kStart)),
                ::testing::ElementsAre("fast"));
}

Event denied_relay(std::uint8_t last)
{
    Event event = failure(last);
    event.kind = EventKind::relay_denied;
    return event;
}

Rule weighing(std::uint32_t limit, std::uint32_t relay_weight)
{
    Rule made = rule("weighing", limit, 1h);
    made.on.insert(EventKind::relay_denied);
    made.weights.set(EventKind::relay_denied, relay_weight);
    return made;
}

TEST(ADetector, WeighsEventsByTheirKind)
{
    Detector detector({weighing(6, 3)}, 100, 1);
    EXPECT_THAT(detector.observe(denied_relay(1), 1, kStart), IsEmpty());
    EXPECT_EQ(detector.counts(failure(1).ip)[0].count, 3U);
    EXPECT_THAT(detector.observe(failure(1), 2, kStart), IsEmpty());
    EXPECT_FALSE(detector.observe(failure(1), 1, kStart).empty());
    EXPECT_THAT(detector.observe(denied_relay(1), 1, kStart + 1s), IsEmpty());
    // The first is too old by a microsecond, then just not.
    EXPECT_THAT(detector.observe(denied_relay(1), 1, kStart + 1h + 1s + 1us), IsEmpty());
    EXPECT_FALSE(detector.observe(denied_relay(1), 1, kStart + 2h + 1s + 1us).empty());
}

TEST(ADetector, WeighsEachAttemptAndForEachRuleApart)
{
    Detector detector({weighing(6, 3), rule("fast", 2, 1h), weighing(100'000, 1000)}, 100, 1);
    EXPECT_EQ(detector.observe(denied_relay(1), 2, kStart).size(), 1U);
    EXPECT_EQ(detector.observe(denied_relay(1), 4'000'000'000U, kStart).size(), 2U);
    EXPECT_EQ(names(detector.observe(failure(1), 2, kStart)), std::vector<std::string>{"fast"});
}

TEST(ADetector, IgnoresKindsThatNoRuleNames)
{
    Detector detector({rule("fast", 1, 1min)}, 100, 1);
    Event success = failure(1);
    success.kind = EventKind::auth_success;
    EXPECT_THAT(detector.observe(success, 1, kStart), IsEmpty());
    EXPECT_EQ(detector.tracked(), 0U);
}

TEST(ADetector, NeverTracksMoreThanItMay)
{
    Detector detector({rule("fast", 2, 10min)}, 10, 1);
    for (int i = 0; i < 200; ++i)
        detector.observe(failure(static_cast<std::uint8_t>(i)), 1, kStart);
    EXPECT_EQ(detector.tracked(), 10U);
    EXPECT_EQ(detector.evicted(), 190U);
}

TEST(ADetector, ForgetsNoGuessesForWhatOthersDoBesideGuessing)
{
    Rule relays = rule("relays", 2, 1h);
    relays.on = EventKinds{EventKind::relay_denied};
    Detector detector({rule("fast", 2, 10min), relays}, 10, 1);
    detector.observe(failure(1), 1, kStart);
    for (int i = 2; i < 200; ++i)
        detector.observe(denied_relay(static_cast<std::uint8_t>(i)), 1, kStart);
    EXPECT_GT(detector.evicted(), 0U);
    EXPECT_THAT(names(detector.observe(failure(1), 1, kStart)), ::testing::ElementsAre("fast"));
}

// One table for guessers, however many rules with other kinds there are: memory stays what it is.
TEST(ADetector, CountsKindsTogetherThatAnyRuleCountsTogether)
{
    Rule relays = rule("relays", 2, 1h);
    relays.on = EventKinds{EventKind::relay_denied};
    Rule both = rule("both", 5, 1h);
    both.on = EventKinds{EventKind::auth_failure, EventKind::relay_denied};
    Detector detector({rule("fast", 5, 10min), relays, both}, 10, 1);
    for (int i = 0; i < 10; ++i)
        detector.observe(failure(static_cast<std::uint8_t>(i)), 1, kStart);
    detector.observe(denied_relay(100), 1, kStart);
    EXPECT_EQ(detector.evicted(), 1U);
    EXPECT_EQ(detector.tracked(), 10U);
    EXPECT_THAT(names(detector.observe(denied_relay(100), 1, kStart)),
                ::testing::ElementsAre("relays"));
}

// Two servers told of one attempt, and it was none: what the client did beside it stays.
TEST(ADetector, WithdrawsAFailureAndNothingElse)
{
    Rule relays = rule("relays", 3, 1h);
    relays.on = EventKinds{EventKind::relay_denied};
    Detector detector({rule("fast", 2, 10min), relays}, 10, 1);
    Event guess = failure(1);
    guess.time = kStart;
    detector.observe(guess, 1, kStart);
    detector.observe(denied_relay(1), 1, kStart);
    detector.withdraw(guess, Prefix::host(guess.ip));
    EXPECT_THAT(detector.observe(denied_relay(1), 1, kStart), IsEmpty());
    EXPECT_THAT(names(detector.observe(denied_relay(1), 1, kStart)),
                ::testing::ElementsAre("relays"));
    EXPECT_THAT(detector.observe(failure(1), 1, kStart), IsEmpty());
}

TEST(ADetector, LetsTheLeastGuiltyOfTheOldestGoFirst)
{
    Detector detector({rule("fast", 5, 10min)}, 3, 1);
    for (int i = 0; i < 4; ++i)
        detector.observe(failure(1), 1, kStart);
    detector.observe(failure(2), 1, kStart);
    detector.observe(failure(3), 1, kStart);
    detector.observe(failure(4), 1, kStart);  // makes room: 2 is the older of the least guilty
    EXPECT_THAT(detector.counts(failure(2).ip), IsEmpty());
    EXPECT_THAT(names(detector.observe(failure(1), 1, kStart)), ::testing::ElementsAre("fast"));
}

TEST(ADetector, SaysHowFarEachRuleHasCounted)
{
    Detector detector({rule("fast", 5, 10min)}, 10, 1);
    for (int i = 0; i < 3; ++i)
        detector.observe(failure(1), 1, kStart);
    const auto counts = detector.counts(failure(1).ip);
    ASSERT_EQ(counts.size(), 1U);
    EXPECT_EQ(counts[0].count, 3U);
}

Event failure_of(const std::string& ip, const std::string& account)
{
    Event event;
    event.ip = *IpAddress::parse(ip);
    event.account = account;
    return event;
}

Rule counting(CountBy by, Distinct distinct, std::uint32_t limit)
{
    Rule made = rule("counting", limit, 1h);
    made.by = by;
    made.distinct = distinct;
    return made;
}

TEST(ADetector, CountsAnIpv6ClientThatHopsInItsBlockAsOne)
{
    Detector detector({rule("fast", 3, 10min)}, 100, 1);
    EXPECT_THAT(detector.observe(failure_of("2001:db8::1", "a"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("2001:db8::2", "b"), 1, kStart), IsEmpty());
    EXPECT_THAT(names(detector.observe(failure_of("2001:db8::3", "c"), 1, kStart)),
                ::testing::ElementsAre("fast"));
    EXPECT_EQ(detector.tracked(), 0U);
}

TEST(ADetector, CountsABlockOfTheRulesOwnLengthTogether)
{
    Rule wide = counting(CountBy::subnet, Distinct::none, 3);
    wide.subnet = {16, 56};
    Detector detector({wide}, 100, 1);
    detector.observe(failure_of("198.51.7.1", "a"), 1, kStart);
    detector.observe(failure_of("198.52.7.1", "a"), 1, kStart);
    detector.observe(failure_of("2001:db8:0:a00::1", "a"), 1, kStart);
    detector.observe(failure_of("2001:db8:0:b00::1", "a"), 1, kStart);
    detector.observe(failure_of("2001:db8:0:aff::1", "a"), 1, kStart);
    detector.observe(failure_of("198.51.9.1", "a"), 1, kStart);
    EXPECT_FALSE(detector.observe(failure_of("198.51.255.1", "b"), 1, kStart).empty());
    EXPECT_FALSE(detector.observe(failure_of("2001:db8:0:ac0::9", "b"), 1, kStart).empty());
}

TEST(ADetector, CountsDifferentAccountsOfOneClient)
{
    Detector detector({counting(CountBy::ip, Distinct::account, 3)}, 100, 1);
    for (int i = 0; i < 20; ++i) {
        EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "bob"), 1, kStart), IsEmpty());
        EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "BOB"), 1, kStart), IsEmpty());
        EXPECT_THAT(detector.observe(failure(1), 1, kStart), IsEmpty());  // no account told
    }
    EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "ann"), 1, kStart), IsEmpty());
    EXPECT_FALSE(detector.observe(failure_of("192.0.2.1", "joe"), 1, kStart).empty());
}

TEST(ADetector, CountsDifferentClientsOfOneBlock)
{
    Detector detector({counting(CountBy::subnet, Distinct::address, 3)}, 100, 1);
    for (int i = 0; i < 20; ++i)
        EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "bob"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("192.0.2.2", "bob"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("192.0.3.3", "bob"), 1, kStart), IsEmpty());
    EXPECT_FALSE(detector.observe(failure_of("192.0.2.3", "ann"), 1, kStart).empty());
}

Event guess(const std::string& ip, const std::string& account, const std::string& password)
{
    Event event = failure_of(ip, account);
    event.password = password_mark(password);
    return event;
}

TEST(ADetector, CountsDifferentPasswordsAtEachAccountOfOneClient)
{
    Detector detector({counting(CountBy::ip, Distinct::password, 4)}, 100, 1);
    for (int i = 0; i < 100; ++i) {
        EXPECT_THAT(detector.observe(guess("192.0.2.1", "bob", "old"), 1, kStart), IsEmpty());
        EXPECT_THAT(detector.observe(guess("192.0.2.1", "BOB", "old"), 1, kStart), IsEmpty());
    }
    EXPECT_THAT(detector.observe(guess("192.0.2.1", "ann", "old"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(guess("192.0.2.1", "ann", "new"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(guess("192.0.2.2", "ann", "x"), 1, kStart), IsEmpty());
    EXPECT_FALSE(detector.observe(guess("192.0.2.1", "bob", "new"), 1, kStart).empty());
}

TEST(ADetector, TakesAPasswordThatIsNotToldForOneOfItsOwn)
{
    Detector detector({counting(CountBy::ip, Distinct::password, 4)}, 100, 1);
    EXPECT_THAT(detector.observe(guess("192.0.2.1", "bob", "old"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "bob"), 2, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(guess("192.0.2.1", "bob", "old"), 1, kStart), IsEmpty());
    EXPECT_FALSE(detector.observe(failure(1), 1, kStart).empty());
}

TEST(ADetector, TakesOnePasswordThatManyClientsTryAtOneAccountForOne)
{
    Detector detector({counting(CountBy::account, Distinct::password, 3),
                       counting(CountBy::subnet, Distinct::password, 3)},
                      100, 1);
    for (int i = 1; i < 100; ++i)
        EXPECT_THAT(
            detector.observe(guess("192.0.2." + std::to_string(i), "bob", "old"), 1, kStart),
            IsEmpty());
    EXPECT_THAT(detector.observe(guess("198.51.100.1", "bob", "1"), 1, kStart), IsEmpty());
    EXPECT_EQ(detector.observe(guess("203.0.113.1", "bob", "2"), 1, kStart).size(), 1U);
    EXPECT_THAT(detector.observe(guess("192.0.2.5", "ann", "old"), 1, kStart), IsEmpty());
    EXPECT_EQ(detector.observe(guess("192.0.2.6", "ann", "1"), 1, kStart).size(), 1U);
}

TEST(ADetector, ForgivesTheWrongPasswordsOfWhoeverLogsInAndNobodyElses)
{
    Detector detector({counting(CountBy::ip, Distinct::password, 3),
                       counting(CountBy::account, Distinct::password, 4)},
                      100, 1);
    const IpAddress client = *IpAddress::parse("192.0.2.1");
    for (const auto* const password : {"1", "2"})
        EXPECT_THAT(detector.observe(guess("192.0.2.1", "bob", password), 1, kStart), IsEmpty());
    detector.forgive(client, "bob", kStart);
    EXPECT_FALSE(detector.suspects(client, kStart));
    for (const auto* const password : {"3", "4"})
        EXPECT_THAT(detector.observe(guess("192.0.2.1", "bob", password), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(guess("198.51.100.1", "bob", "5"), 1, kStart), IsEmpty());
    detector.forgive(client, "bob", kStart);
    EXPECT_THAT(detector.observe(guess("198.51.100.1", "bob", "6"), 1, kStart), IsEmpty());
    EXPECT_THAT(names(detector.observe(guess("198.51.100.1", "bob", "7"), 1, kStart)),
                ::testing::ElementsAre("counting"));
}

TEST(ADetector, LearnsAfterwardsWhichPasswordWasTried)
{
    for (const bool is_account_told : {true, false}) {
        Detector detector({counting(CountBy::ip, Distinct::password, 3)}, 100, 1);
        const Event told = guess("192.0.2.1", "bob", "old");
        Event untold = is_account_told ? failure_of("192.0.2.1", "bob") : failure(1);
        for (int i = 0; i < 50; ++i) {
            const auto at = kStart + i * 5s;
            EXPECT_THAT(detector.observe(untold, 1, at), IsEmpty());
            detector.learn_password(told, 1, at - 2s);
        }
        EXPECT_EQ(detector.counts(told.ip)[0].count, 1U);
        EXPECT_THAT(detector.observe(untold, 1, kStart + 300s), IsEmpty());
        EXPECT_FALSE(detector.observe(untold, 1, kStart + 301s).empty());
    }
}

TEST(ADetector, TripsForEveryClientOfAnAccountThatManyTryWhileTheyDo)
{
    Detector detector({counting(CountBy::account, Distinct::address, 3)}, 100, 1);
    EXPECT_THAT(detector.observe(failure_of("192.0.2.1", "bob"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("192.0.3.1", "bob"), 1, kStart), IsEmpty());
    EXPECT_THAT(detector.observe(failure_of("192.0.4.1", "ann"), 1, kStart), IsEmpty());
    for (const auto* const ip : {"192.0.4.1", "192.0.1.1", "192.0.5.1"})
        EXPECT_FALSE(detector.observe(failure_of(ip, "bob"), 1, kStart + 1min).empty()) << ip;
    EXPECT_THAT(detector.observe(failure_of("192.0.6.1", "bob"), 1, kStart + 2h), IsEmpty());
}

TEST(ADetector, TakesAwayTheFailuresOfAnAccountThatLoggedInAndNoOthers)
{
    Detector detector({counting(CountBy::ip, Distinct::none, 3)}, 100, 1);
    for (int i = 0; i < 2; ++i)
        detector.observe(failure_of("192.0.2.1", "bob"), 1, kStart);
    detector.forgive(*IpAddress::parse("192.0.2.1"), "bob", kStart);
    detector.observe(failure_of("192.0.2.1", "ann"), 1, kStart);
    detector.observe(failure_of("192.0.2.1", "joe"), 1, kStart);
    detector.forgive(*IpAddress::parse("192.0.2.1"), "bob", kStart);
    EXPECT_FALSE(detector.observe(failure_of("192.0.2.1", "jim"), 1, kStart).empty());
}

TEST(ADetector, TakesAClientOutOfItsBlocksCountOnlyWhenNothingIsLeftAgainstIt)
{
    const auto block = counting(CountBy::subnet, Distinct::address, 2);
    Detector detector({rule("fast", 50, 1h), block}, 100, 1);
    detector.observe(failure_of("192.0.2.1", "bob"), 1, kStart);
    detector.forgive(*IpAddress::parse("192.0.2.1"), "bob", kStart);
    EXPECT_THAT(detector.observe(failure_of("192.0.2.2", "mine"), 1, kStart), IsEmpty());
    detector.observe(failure_of("192.0.2.2", "ann"), 1, kStart);
    detector.forgive(*IpAddress::parse("192.0.2.2"), "mine", kStart);
    EXPECT_FALSE(detector.observe(failure_of("192.0.2.3", "ann"), 1, kStart).empty());
}

TEST(ADetector, TakesMoreRulesThanOneWatchHasRoomFor)
{
    std::vector<Rule> rules;
    for (std::uint32_t limit = 1; limit <= 20; ++limit)
        rules.push_back(rule("many", limit, 1h));
    Detector detector(rules, 100, 1);
    std::vector<std::uint32_t> tripped;
    for (int i = 0; i < 20; ++i) {
        for (const auto* one : detector.observe(failure(1), 1, kStart)) {
            if (one->limit == 20) tripped.push_back(one->limit);
        }
    }
    EXPECT_THAT(tripped, ::testing::ElementsAre(20U));
}

TEST(SeededHash, SpreadsAddressesAndDependsOnItsSeed)
{
    const auto one = IpAddress::v4(192, 0, 2, 1);
    EXPECT_NE(SeededHash{1}(one), SeededHash{2}(one));
    EXPECT_NE(SeededHash{1}(one), SeededHash{1}(IpAddress::v4(192, 0, 2, 2)));
}

}  // namespace
}  // namespace mailban::detector_test
