#include "mailban/detect/coalescer.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

namespace mailban {
namespace {

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
constexpr std::uint32_t kMainLog = 0;
constexpr std::uint32_t kRejectLog = 1;

Event failure()
{
    Event event;
    event.time = kStart;
    event.ip = IpAddress::v4(192, 0, 2, 1);
    event.account = "alice";
    return event;
}

TEST(ACoalescer, CountsWhatTwoLogsTellOnce)
{
    Coalescer coalescer;
    EXPECT_EQ(coalescer.admit(failure(), kMainLog), 1U);
    EXPECT_EQ(coalescer.admit(failure(), kRejectLog), 0U);
}

TEST(ACoalescer, CountsEachLineOfOneLog)
{
    Coalescer coalescer;
    EXPECT_EQ(coalescer.admit(failure(), kMainLog), 1U);
    EXPECT_EQ(coalescer.admit(failure(), kMainLog), 1U);
}

TEST(ACoalescer, CountsAllAttemptsButTheLastWhereThatHadNoAccount)
{
    Coalescer coalescer;
    Event summary = failure();
    summary.server = MailServer::dovecot;
    summary.teller = Teller::summary;
    summary.attempts = 1;
    summary.account = "";
    EXPECT_EQ(coalescer.admit(summary, kMainLog), 0U);
    summary.attempts = 2;
    EXPECT_EQ(coalescer.admit(summary, kMainLog), 1U);
    summary.account.reset();  // the log tells no names
    EXPECT_EQ(coalescer.admit(summary, kMainLog), 2U);
    summary.account = "alice";
    EXPECT_EQ(coalescer.admit(summary, kMainLog), 2U);
}

TEST(ACoalescer, CountsNoFailureOfCourierThatNamesNoAccount)
{
    Coalescer coalescer;
    Event taken_back = failure();
    taken_back.server = MailServer::courier;
    taken_back.account = "";
    EXPECT_EQ(coalescer.admit(taken_back, kMainLog), 0U);
    taken_back.account.reset();  // the log tells no name
    EXPECT_EQ(coalescer.admit(taken_back, kMainLog), 1U);
}

TEST(ACoalescer, TellsAccountsPortsAndSecondsApart)
{
    Coalescer coalescer;
    coalescer.admit(failure(), kMainLog);
    Event other_account = failure();
    other_account.account = "bob";
    Event other_port = failure();
    other_port.client_port = 40000;
    Event later = failure();
    later.time += std::chrono::seconds(1);
    for (const Event& event : {other_account, other_port, later}) {
        EXPECT_EQ(coalescer.admit(event, kRejectLog), 1U);
    }
}

TEST(ACoalescer, TakesALogWithFractionsForTheSameTime)
{
    Coalescer coalescer;
    Event precise = failure();
    precise.time += std::chrono::milliseconds(578);
    coalescer.admit(precise, kMainLog);
    EXPECT_EQ(coalescer.admit(failure(), kRejectLog), 0U);
}

TEST(ACoalescer, CountsTheSameHoweverTwoLogsInterleave)
{
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 500; ++round) {
        const std::size_t in_main = random() % 6;
        const std::size_t in_reject = random() % 6;
        std::vector<std::uint32_t> order(in_main, kMainLog);
        order.insert(order.end(), in_reject, kRejectLog);
        std::shuffle(order.begin(), order.end(), random);
        Coalescer coalescer;
        std::size_t counted = 0;
        for (const auto source : order)
            counted += coalescer.admit(failure(), source);
        ASSERT_EQ(counted, std::max(in_main, in_reject));
    }
}

TEST(ACoalescer, RemembersNoMoreThanItMay)
{
    Coalescer coalescer(0, 2);
    Event first = failure();
    Event second = failure();
    second.account = "bob";
    Event third = failure();
    third.account = "carol";
    coalescer.admit(first, kMainLog);
    coalescer.admit(second, kMainLog);
    coalescer.admit(third, kMainLog);
    EXPECT_EQ(coalescer.admit(third, kRejectLog), 0U);
    EXPECT_EQ(coalescer.admit(first, kRejectLog), 1U);  // forgotten
}

}  // namespace
}  // namespace mailban
