#include "mailban/control/access.h"

#include <gtest/gtest.h>

namespace mailban::access_test {
namespace {

using namespace std::chrono_literals;

constexpr std::uint32_t kDaemon = 990;
constexpr std::uint32_t kSomebody = 1000;
constexpr std::uint32_t kAdmins = 27;

TEST(APeer, MayChangeThingsAsRootAsTheDaemonOrAsAnAdministrator)
{
    const Administrators administrators{kDaemon, kAdmins};
    EXPECT_EQ(right_of({0, {}}, administrators), Right::change);
    EXPECT_EQ(right_of({kDaemon, {}}, administrators), Right::change);
    EXPECT_EQ(right_of({kSomebody, {100, kAdmins}}, administrators), Right::change);
    EXPECT_EQ(right_of({kSomebody, {100, kAdmins + 1}}, administrators), Right::read);
    EXPECT_EQ(right_of({kSomebody, {}}, administrators), Right::read);
}

TEST(APeer, IsNoAdministratorWhereNoGroupIsNamed)
{
    // The group of root is none of them either.
    EXPECT_EQ(right_of({kSomebody, {0, kAdmins}}, {kDaemon, std::nullopt}), Right::read);
}

// Asks as often as it may for `span`, each answer taking `took`; how often that was.
int ask_for(RateLimit& limit, std::uint32_t user, Duration took, Duration span, Duration& now)
{
    int answered = 0;
    for (const Duration end = now + span; now < end;) {
        const Duration wait = limit.wait_of(user, now);
        now += wait;
        if (now >= end) break;
        now += took;
        limit.charge(user, took, now);
        ++answered;
    }
    return answered;
}

TEST(ARateLimit, LetsAPersonAskWithoutEverNoticingIt)
{
    RateLimit limit;
    Duration now = 5h;
    for (int second = 0; second < 3600; ++second, now += 1s) {
        ASSERT_EQ(limit.wait_of(kSomebody, now), 0s);
        limit.charge(kSomebody, 50ms, now);
    }
}

TEST(ARateLimit, GivesWhoeverAsksInALoopATenthOfTheTime)
{
    RateLimit limit;
    Duration now{};
    const int answered = ask_for(limit, kSomebody, 20ms, 100s, now);
    // A tenth of 100 s, and the second that had been saved up.
    EXPECT_NEAR(answered * 0.020, 11.0, 0.05);
}

TEST(ARateLimit, CountsAnswersThatTakeNoTimeAsAMillisecond)
{
    RateLimit limit;
    Duration now{};
    const int answered = ask_for(limit, kSomebody, 1us, 100s, now);
    EXPECT_NEAR(answered, 11'000, 15);
}

TEST(ARateLimit, SaysHowLongToWaitAndMeansIt)
{
    RateLimit limit;
    const Duration now = 1h;
    limit.charge(kSomebody, 3s, now);
    const Duration wait = limit.wait_of(kSomebody, now);
    EXPECT_GT(wait, 20s);
    EXPECT_LT(wait, 21s);
    EXPECT_GT(limit.wait_of(kSomebody, now + wait - 1ms), 0s);
    EXPECT_EQ(limit.wait_of(kSomebody, now + wait), 0s);
}

TEST(ARateLimit, HoldsEachUserForItself)
{
    RateLimit limit;
    limit.charge(kSomebody, 1500ms, 1h);
    EXPECT_GT(limit.wait_of(kSomebody, 1h), 0s);
    EXPECT_EQ(limit.wait_of(kSomebody + 1, 1h), 0s);
}

TEST(ARateLimit, LeavesTheDaemonThreeQuartersOfItsTimeHoweverManyUsersAsk)
{
    RateLimit limit;
    Duration now{};
    Duration taken{};
    // Each of ten thousand users asks once, then the next one does.
    for (std::uint32_t user = 0; now < 200s; user = (user + 1) % 10'000) {
        const Duration wait = limit.wait_of(user, now);
        now += std::min<Duration>(wait, 10ms);
        if (wait > 0s) continue;
        now += 5ms;
        taken += 5ms;
        limit.charge(user, 5ms, now);
        ASSERT_LE(limit.size(), RateLimit::kMostUsers);
    }
    EXPECT_LE(taken, 53s);
    EXPECT_GE(taken, 45s);
}

TEST(ARateLimit, ForgetsWhoHasRested)
{
    RateLimit limit;
    Duration now = 1h;
    for (std::uint32_t user = 0; user < 5 * RateLimit::kMostUsers; ++user, now += 1s) {
        limit.charge(user, 1ms, now);
        ASSERT_LE(limit.size(), RateLimit::kMostUsers);
    }
}

TEST(ARateLimit, StandsAClockThatGoesBack)
{
    RateLimit limit;
    limit.charge(kSomebody, 2s, 10h);
    EXPECT_GT(limit.wait_of(kSomebody, 1h), 0s);
    EXPECT_LE(limit.wait_of(kSomebody, 1h), 11s);
}

}  // namespace
}  // namespace mailban::access_test
