#include "mailban/detect/detector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;
using testing::IsEmpty;

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
    EXPECT_THAT(names(detector.observe(failure(1), 1, kStart)), testing::ElementsAre("fast"));
}

TEST(ADetector, RunsSeveralRulesSideBySide)
{
    Detector detector({rule("fast", 2, 1min), rule("slow", 4, 24h)}, 100, 1);
    std::vector<std::string> tripped;
    for (int i = 0; i < 4; ++i) {
        for (auto& name : names(detector.observe(failure(1), 1, kStart + i * 1s)))
            tripped.push_back(name);
    }
    EXPECT_THAT(tripped, testing::ElementsAre("fast", "fast", "slow"));
}

TEST(ADetector, CountsEveryAttemptThatOneLineReports)
{
    Detector detector({rule("fast", 3, 1min)}, 100, 1);
    Event summary = failure(1);
    summary.attempts = 3;
    EXPECT_THAT(names(detector.observe(summary, summary.attempts, kStart)),
                testing::ElementsAre("fast"));
}

TEST(ADetector, TakesAnAbsurdNumberOfAttemptsInItsStride)
{
    Detector detector({rule("fast", 3, 1min)}, 100, 1);
    Event summary = failure(1);
    summary.attempts = 4'000'000'000U;
    EXPECT_THAT(names(detector.observe(summary, summary.attempts, kStart)),
                testing::ElementsAre("fast"));
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

TEST(ADetector, LetsTheLeastGuiltyOfTheOldestGoFirst)
{
    Detector detector({rule("fast", 5, 10min)}, 3, 1);
    for (int i = 0; i < 4; ++i)
        detector.observe(failure(1), 1, kStart);
    detector.observe(failure(2), 1, kStart);
    detector.observe(failure(3), 1, kStart);
    detector.observe(failure(4), 1, kStart);  // makes room: 2 is the older of the least guilty
    EXPECT_THAT(detector.counts(failure(2).ip), IsEmpty());
    EXPECT_THAT(names(detector.observe(failure(1), 1, kStart)), testing::ElementsAre("fast"));
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

TEST(SeededHash, SpreadsAddressesAndDependsOnItsSeed)
{
    const auto one = IpAddress::v4(192, 0, 2, 1);
    EXPECT_NE(SeededHash{1}(one), SeededHash{2}(one));
    EXPECT_NE(SeededHash{1}(one), SeededHash{1}(IpAddress::v4(192, 0, 2, 2)));
}

}  // namespace
}  // namespace mailban
