#include "mailban/detect/dedup/deduplicator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "seed.h"

namespace mailban::deduplicator_test {
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

TEST(ADeduplicator, CountsWhatTwoLogsTellOnce)
{
    Deduplicator deduplicator(Seed{1});
    EXPECT_EQ(deduplicator.admit(failure(), kMainLog), 1U);
    EXPECT_EQ(deduplicator.admit(failure(), kRejectLog), 0U);
}

TEST(ADeduplicator, CountsEachLineOfOneLog)
{
    Deduplicator deduplicator(Seed{1});
    EXPECT_EQ(deduplicator.admit(failure(), kMainLog), 1U);
    EXPECT_EQ(deduplicator.admit(failure(), kMainLog), 1U);
}

TEST(ADeduplicator, CountsAllAttemptsButTheLastWhereThatHadNoAccount)
{
    Deduplicator deduplicator(Seed{1});
    Event summary = failure();
    summary.server = MailServer::dovecot;
    summary.reporter = Reporter::summary;
    summary.attempts = 1;
    summary.account = "";
    EXPECT_EQ(deduplicator.admit(summary, kMainLog), 0U);
    summary.attempts = 2;
    EXPECT_EQ(deduplicator.admit(summary, kMainLog), 1U);
    summary.account.reset();  // the log tells no names
    EXPECT_EQ(deduplicator.admit(summary, kMainLog), 2U);
    summary.account = "alice";
    EXPECT_EQ(deduplicator.admit(summary, kMainLog), 2U);
}

TEST(ADeduplicator, CountsNoFailureOfCourierThatNamesNoAccount)
{
    Deduplicator deduplicator(Seed{1});
    Event taken_back = failure();
    taken_back.server = MailServer::courier;
    taken_back.account = "";
    EXPECT_EQ(deduplicator.admit(taken_back, kMainLog), 0U);
    taken_back.account.reset();  // the log tells no name
    EXPECT_EQ(deduplicator.admit(taken_back, kMainLog), 1U);
}

TEST(ADeduplicator, TellsAccountsPortsAndSecondsApart)
{
    Deduplicator deduplicator(Seed{1});
    deduplicator.admit(failure(), kMainLog);
    Event other_account = failure();
    other_account.account = "bob";
    Event other_port = failure();
    other_port.client_port = 40000;
    Event later = failure();
    later.time += std::chrono::seconds(1);
    for (const Event& event : {other_account, other_port, later}) {
        EXPECT_EQ(deduplicator.admit(event, kRejectLog), 1U);
    }
}

TEST(ADeduplicator, TakesALogWithFractionsForTheSameTime)
{
    Deduplicator deduplicator(Seed{1});
    Event precise = failure();
    precise.time += std::chrono::milliseconds(578);
    deduplicator.admit(precise, kMainLog);
    EXPECT_EQ(deduplicator.admit(failure(), kRejectLog), 0U);
}

// The journal's stamp is when the line was written, rsyslog's when rsyslog got it.
Event of_process(std::uint32_t pid, int milliseconds)
{
    Event event = failure();
    event.pid = pid;
    event.time += std::chrono::milliseconds(milliseconds);
    return event;
}

TEST(ADeduplicator, TakesALineThatTwoLogsStampInTwoSecondsForOne)
{
    for (const auto& [first, second] : {std::pair{999, 1001}, {1001, 999}}) {
        Deduplicator deduplicator(Seed{1});
        EXPECT_EQ(deduplicator.admit(of_process(7, first), kMainLog), 1U);
        EXPECT_EQ(deduplicator.admit(of_process(7, second), kRejectLog), 0U);
        // The next one is another attempt, in either log.
        EXPECT_EQ(deduplicator.admit(of_process(7, 1500), kRejectLog), 1U);
        EXPECT_EQ(deduplicator.admit(of_process(7, 1500), kMainLog), 0U);
    }
}

TEST(ADeduplicator, TellsProcessesApartThatFailInTwoSeconds)
{
    Deduplicator deduplicator(Seed{1});
    EXPECT_EQ(deduplicator.admit(of_process(7, 999), kMainLog), 1U);
    EXPECT_EQ(deduplicator.admit(of_process(8, 1001), kRejectLog), 1U);
    EXPECT_EQ(deduplicator.admit(of_process(7, 2001), kRejectLog), 1U);
}

TEST(ADeduplicator, CountsALogThatIsAloneAsItIs)
{
    Deduplicator deduplicator(Seed{1});
    for (int at = 0; at < 10'000; at += 500)
        EXPECT_EQ(deduplicator.admit(of_process(7, at), kMainLog), 1U) << at;
}

// rsyslog writes the first line and then "message repeated 4 times"; the journal has all five.
TEST(ADeduplicator, CountsWhatASyslogDaemonLeftOutOnce)
{
    for (const bool has_journal_first : {true, false}) {
        Deduplicator deduplicator(Seed{1});
        std::uint32_t counted = 0;
        const auto tell_journal = [&] {
            for (int at = 0; at < 10'000; at += 2'000)
                counted += deduplicator.admit(of_process(7, at), kMainLog);
        };
        const auto tell_file = [&] {
            counted += deduplicator.admit(of_process(7, 1), kRejectLog);
            Event repeated = of_process(7, 8'003);
            repeated.attempts = 4;
            counted += deduplicator.admit(repeated, kRejectLog);
        };
        if (has_journal_first) tell_journal();
        tell_file();
        if (!has_journal_first) tell_journal();
        EXPECT_EQ(counted, 5U) << has_journal_first;
    }
}

// One life of a process in the journal and in a file that gets each line some time later.
TEST(ADeduplicator, CountsEachAttemptOnceHoweverLateTheFileIsStamped)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 300; ++round) {
        std::vector<std::pair<Event, std::uint32_t>> told;
        int at = 0;
        const int attempts = static_cast<int>(random() % 12) + 1;
        for (int attempt = 0; attempt < attempts; ++attempt) {
            at += static_cast<int>(random() % 2'000);
            told.emplace_back(of_process(7, at), kMainLog);
            told.emplace_back(of_process(7, at + static_cast<int>(random() % 50)), kRejectLog);
        }
        // Each log in its own order; one of them may be read long after the other.
        if (round % 2 == 0)
            std::stable_sort(told.begin(), told.end(),
                             [](const auto& a, const auto& b) { return a.second < b.second; });
        Deduplicator deduplicator(Seed{1});
        int counted = 0;
        for (const auto& [event, source] : told)
            counted += static_cast<int>(deduplicator.admit(event, source));
        ASSERT_EQ(counted, attempts);
    }
}

TEST(ADeduplicator, CountsTheSameHoweverTwoLogsInterleave)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 500; ++round) {
        const std::size_t in_main = random() % 6;
        const std::size_t in_reject = random() % 6;
        std::vector<std::uint32_t> order(in_main, kMainLog);
        order.insert(order.end(), in_reject, kRejectLog);
        std::shuffle(order.begin(), order.end(), random);
        Deduplicator deduplicator(Seed{1});
        std::size_t counted = 0;
        for (const auto source : order)
            counted += deduplicator.admit(failure(), source);
        ASSERT_EQ(counted, std::max(in_main, in_reject));
    }
}

// A client that is known by its address alone may come for longer than any connection lasts.
TEST(ADeduplicator, ForgivesTheSecondMechanismOfAClientThatWasFirstSeenLongAgo)
{
    Deduplicator deduplicator(Seed{1});
    deduplicator.expect_old_logs(1);
    Event attempt = failure();
    attempt.mechanism = name_mark("PLAIN");
    EXPECT_EQ(deduplicator.admit(attempt, kMainLog), 1U);
    attempt.time += std::chrono::minutes(65);
    EXPECT_EQ(deduplicator.admit(attempt, kMainLog), 1U);
    Event other = attempt;
    for (std::uint32_t number = 0; number < 3 * SlowClock::kNewest; ++number) {
        other.ip = IpAddress::v4(198, 51, static_cast<std::uint8_t>(number >> 8U & 0xffU),
                                 static_cast<std::uint8_t>(number & 0xffU));
        deduplicator.admit(other, kMainLog);
    }
    attempt.time += std::chrono::seconds(2);
    attempt.mechanism = name_mark("LOGIN");
    EXPECT_EQ(deduplicator.admit(attempt, kMainLog), 0U);
}

TEST(ADeduplicator, RemembersNoMoreThanItMay)
{
    Deduplicator deduplicator(Seed{1}, 2);
    Event first = failure();
    Event second = failure();
    second.account = "bob";
    Event third = failure();
    third.account = "carol";
    deduplicator.admit(first, kMainLog);
    deduplicator.admit(second, kMainLog);
    deduplicator.admit(third, kMainLog);
    EXPECT_EQ(deduplicator.admit(third, kRejectLog), 0U);
    EXPECT_EQ(deduplicator.admit(first, kRejectLog), 1U);  // forgotten
}

}  // namespace
}  // namespace mailban::deduplicator_test
