// Attempts that Dovecot reports to mailban itself and tells its log, too, count once, whichever
// comes first.
#include "mailban/detect/dedup/deduplicator.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "seed.h"

namespace mailban::reports_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kAttemptedAt{seconds(1'800'000'000)};
constexpr std::uint32_t kDoor = 1;
constexpr std::uint32_t kLog = 2;
constexpr std::uint32_t kOtherLog = 3;

struct Told {
    Event event{};
    std::uint32_t source = 0;
};

Event told_attempt(const std::string& account, Timestamp at, Reporter reporter,
                   EventKind kind = EventKind::auth_failure)
{
    Event event;
    event.ip = *IpAddress::parse("192.0.2.7");
    event.kind = kind;
    event.account = account;
    event.time = at;
    event.reporter = reporter;
    event.server = MailServer::dovecot;
    return event;
}

Deduplicator asked_deduplicator()
{
    Deduplicator deduplicator(Seed{1});
    deduplicator.expect_reports(true);
    return deduplicator;
}

// What counts in the end: withdrawn attempts do not.
int count_all(const std::vector<Told>& all)
{
    auto deduplicator = asked_deduplicator();
    int total = 0;
    for (const auto& [event, source] : all) {
        const auto admission = deduplicator.weigh(event, source);
        total += static_cast<int>(admission.fresh) - (admission.withdrawn ? 1 : 0);
    }
    return total;
}

int count_in_each_order(std::vector<Told> all, int expected)
{
    std::vector<std::size_t> order(all.size());
    for (std::size_t i = 0; i < order.size(); ++i)
        order[i] = i;
    do {
        std::vector<Told> arranged;
        for (const auto i : order)
            arranged.push_back(all[i]);
        const int total = count_all(arranged);
        if (total != expected) return total;
    } while (std::next_permutation(order.begin(), order.end()));
    return expected;
}

// Dovecot's auth tells at once, its login process when the failure's delay is over.
std::vector<Told> told_by_all(const std::string& session, EventKind kind = EventKind::auth_failure)
{
    Event report = told_attempt("bob", kAttemptedAt + milliseconds(1005), Reporter::report, kind);
    Event back = told_attempt("bob", kAttemptedAt, Reporter::back_end);
    Event front = told_attempt("bob", kAttemptedAt + seconds(3), Reporter::summary);
    front.lasted = seconds(2);
    report.service = front.service = Service::imap;
    for (Event* const event : {&report, &back, &front})
        if (!session.empty()) event->session = session;
    return {{report, kDoor}, {back, kLog}, {front, kLog}};
}

TEST(AReportedAttempt, CountsOnceWithAndWithoutLines)
{
    for (const std::string session : {"", "S1"}) {
        const auto all = told_by_all(session);
        EXPECT_EQ(count_in_each_order(all, 1), 1) << session;
        EXPECT_EQ(count_all({all[0]}), 1);
        EXPECT_EQ(count_in_each_order({all[0], all[1]}, 1), 1);
        EXPECT_EQ(count_in_each_order({all[0], all[2]}, 1), 1);
        EXPECT_EQ(count_in_each_order({all[1], all[2]}, 1), 1);
    }
}

TEST(AReportedAttempt, IsPairedWithThePostfixLineOfTheSubmissionPort)
{
    Event report = told_attempt("bob", kAttemptedAt, Reporter::report);
    report.service = Service::smtp;
    Event line = told_attempt("bob", kAttemptedAt + seconds(2), Reporter::front_end);
    line.server = MailServer::postfix;
    line.service = Service::submission;
    EXPECT_EQ(count_in_each_order({{report, kDoor}, {line, kOtherLog}}, 1), 1);
}

TEST(AReportedLogin, CountsOnce)
{
    const Event report =
        told_attempt("bob", kAttemptedAt, Reporter::report, EventKind::auth_success);
    const Event line =
        told_attempt("bob", kAttemptedAt, Reporter::front_end, EventKind::auth_success);
    EXPECT_EQ(count_in_each_order({{report, kDoor}, {line, kLog}}, 1), 1);
    EXPECT_EQ(count_all({{report, kDoor}, {report, kDoor}, {line, kLog}, {line, kLog}}), 2);
}

TEST(AReportedLogin, IsNoCounterpartOfAFailure)
{
    const Event report =
        told_attempt("bob", kAttemptedAt, Reporter::report, EventKind::auth_success);
    const Event line = told_attempt("bob", kAttemptedAt, Reporter::back_end);
    EXPECT_EQ(count_in_each_order({{report, kDoor}, {line, kLog}}, 2), 2);
}

TEST(AnAttemptThatWasRefusedAtTheDoor, IsNoGuess)
{
    for (const std::string session : {"", "S1"}) {
        auto all = told_by_all(session, EventKind::rejected);
        all.erase(all.begin() + 1);  // no password was compared
        EXPECT_EQ(count_in_each_order(all, 0), 0) << session;
        EXPECT_EQ(count_all({all[0]}), 0);
    }
}

TEST(AnAttemptThatTheBackEndCouldNotJudge, IsNoGuessThoughItWasReportedAsOne)
{
    const Event report = told_attempt("bob", kAttemptedAt, Reporter::report);
    const Event line =
        told_attempt("bob", kAttemptedAt, Reporter::back_end, EventKind::auth_unavailable);
    // The line itself still says that the back end is down.
    EXPECT_EQ(count_in_each_order({{report, kDoor}, {line, kLog}}, 1), 1);
    auto deduplicator = asked_deduplicator();
    EXPECT_EQ(deduplicator.weigh(report, kDoor).fresh, 1U);
    const auto excused = deduplicator.weigh(line, kLog);
    ASSERT_TRUE(excused.withdrawn);
    EXPECT_EQ(excused.withdrawn->kind, EventKind::auth_failure);
    EXPECT_EQ(excused.withdrawn->time, report.time);
}

TEST(AttemptsOfAnUnaskedMachine, ArePairedWithNoReport)
{
    Deduplicator deduplicator(Seed{1});
    const Event line =
        told_attempt("bob", kAttemptedAt, Reporter::front_end, EventKind::auth_success);
    EXPECT_EQ(deduplicator.weigh(line, kLog).fresh, 1U);
    EXPECT_EQ(deduplicator.weigh(line, kLog).fresh, 1U);
}

// What one of them tells is read in its order; which of them is read next, nobody knows.
std::vector<Told> merge_at_random(std::vector<std::vector<Told>> streams, std::mt19937& random)
{
    std::vector<Told> all;
    for (auto& stream : streams)
        std::stable_sort(stream.begin(), stream.end(), [](const Told& one, const Told& other) {
            return one.event.time < other.event.time;
        });
    std::erase_if(streams, [](const auto& stream) { return stream.empty(); });
    std::vector<std::size_t> next(streams.size(), 0);
    while (!streams.empty()) {
        const auto at = random() % streams.size();
        all.push_back(streams[at][next[at]]);
        if (++next[at] < streams[at].size()) continue;
        streams.erase(streams.begin() + static_cast<std::ptrdiff_t>(at));
        next.erase(next.begin() + static_cast<std::ptrdiff_t>(at));
    }
    return all;
}

// Connections of one address at the same time; three tell of each attempt.
TEST(ReportedAttempts, CountAsManyAsWereMade)
{
    std::mt19937 random(test::property_seed());
    const auto rounds = test::property_amount(5'000);
    for (std::size_t round = 0; round < rounds; ++round) {
        std::vector<std::vector<Told>> streams(3);
        int made = 0;
        const auto clients = 1 + random() % 4;
        // Without sessions nobody could tell which connection a line means.
        const bool has_sessions = clients > 1 || random() % 2 == 0;
        for (unsigned client = 0; client < clients; ++client) {
            const auto attempts = 1 + random() % 4;
            const auto begun = kAttemptedAt + milliseconds(random() % 5000);
            const auto add = [&](std::size_t stream, Event event, std::uint32_t source) {
                if (has_sessions) event.session = "S" + std::to_string(client);
                streams[stream].push_back({std::move(event), source});
            };
            for (unsigned i = 0; i < attempts; ++i) {
                const auto at = begun + seconds(2 * i);
                add(0, told_attempt("bob", at, Reporter::report), kDoor);
                add(1, told_attempt("bob", at - milliseconds(random() % 900), Reporter::back_end),
                    kLog);
            }
            Event front = told_attempt("bob", begun + seconds(2 * attempts), Reporter::summary);
            front.attempts = static_cast<std::uint32_t>(attempts);
            front.lasted = seconds(2 * attempts);
            add(2, std::move(front), kOtherLog);
            made += static_cast<int>(attempts);
        }
        ASSERT_EQ(count_all(merge_at_random(std::move(streams), random)), made)
            << "round " << round;
    }
}

}  // namespace
}  // namespace mailban::reports_test
