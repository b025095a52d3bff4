#include "mailban/detect/dedup/front_and_back.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "seed.h"

namespace mailban::front_and_back_test {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'800'000'000)};

Event told_by(Reporter reporter, Duration after, std::uint32_t attempts = 1)
{
    Event event;
    event.time = kStart + after;
    event.ip = IpAddress::v4(192, 0, 2, 1);
    event.account = "bob@example.com";
    event.service = reporter == Reporter::front_end ? Service::smtp : Service::unknown;
    event.reporter = reporter;
    event.attempts = attempts;
    return event;
}

std::uint32_t admit_all(FrontAndBack& pairs, const std::vector<Event>& events)
{
    std::uint32_t counted = 0;
    for (const auto& event : events)
        counted += pairs.admit(event, event.attempts);
    return counted;
}

std::uint32_t count_of(const std::vector<Event>& events)
{
    FrontAndBack pairs(Seed{1}, 1000);
    return admit_all(pairs, events);
}

TEST(FrontAndBack, CountOneAttemptThatBothSidesTellOnce)
{
    const auto back = told_by(Reporter::back_end, seconds(0));
    const auto front = told_by(Reporter::front_end, seconds(2));
    EXPECT_EQ(count_of({back, front}), 1U);
    EXPECT_EQ(count_of({front, back}), 1U);  // that log was read first
}

// Postfix gave up waiting; Dovecot compared the password all the same.
TEST(FrontAndBack, CountAnUnansweredAttemptThatWasAGuessOnce)
{
    auto front = told_by(Reporter::front_end, seconds(10));
    front.kind = EventKind::auth_unavailable;
    front.unanswered = true;
    const auto back = told_by(Reporter::back_end, seconds(25));
    FrontAndBack pairs(Seed{1}, 1000);
    EXPECT_EQ(pairs.admit(front, 1), 1U);
    pairs.expect(front);
    EXPECT_EQ(pairs.admit(back, 1), 0U);
    EXPECT_EQ(pairs.admit(back, 1), 1U);
    EXPECT_EQ(count_of({told_by(Reporter::back_end, seconds(9)), front}), 1U);
}

TEST(FrontAndBack, HideNoGuessBehindAnUnansweredAttemptThatWasNone)
{
    auto front = told_by(Reporter::front_end, seconds(10));
    front.kind = EventKind::auth_unavailable;
    front.unanswered = true;
    EXPECT_EQ(count_of({front, front, told_by(Reporter::back_end, seconds(12))}), 3U);
    front.unanswered = false;
    EXPECT_EQ(count_of({told_by(Reporter::back_end, seconds(9)), front}), 2U);
}

TEST(FrontAndBack, CountASummaryLessWhatWasToldOneByOne)
{
    auto summary = told_by(Reporter::summary, seconds(12), 3);
    summary.lasted = seconds(12);
    const auto first = told_by(Reporter::back_end, seconds(0));
    const auto second = told_by(Reporter::back_end, seconds(4));
    EXPECT_EQ(count_of({first, second, summary}), 3U);
    EXPECT_EQ(count_of({summary, first, second}), 3U);
    EXPECT_EQ(count_of({first, summary, second}), 3U);
}

TEST(FrontAndBack, TakeTheAccountOfASummaryForThatOfTheLastAttempt)
{
    auto summary = told_by(Reporter::summary, seconds(12), 3);
    summary.account = "carol";
    auto first = told_by(Reporter::back_end, seconds(0));
    auto second = told_by(Reporter::back_end, seconds(4));
    second.account = "alice";
    auto third = told_by(Reporter::back_end, seconds(8));
    third.account = "carol";
    EXPECT_EQ(count_of({first, second, third, summary}), 3U);
    EXPECT_EQ(count_of({summary, first, second, third}), 3U);
    summary.attempts = 1;
    EXPECT_EQ(count_of({first, summary}), 2U);
    for (auto* event : {&summary, &first})
        event->session = "one";
    EXPECT_EQ(count_of({first, summary}), 1U);  // the session says enough
}

TEST(FrontAndBack, CountNothingThatASummaryHasAboveWhatTheBackEndToldOfItsSession)
{
    auto summary = told_by(Reporter::summary, seconds(12), 5);
    auto first = told_by(Reporter::back_end, seconds(0));
    auto second = told_by(Reporter::back_end, seconds(4));
    for (auto* event : {&summary, &first, &second})
        event->session = "one";
    EXPECT_EQ(count_of({first, second, summary}), 2U);
    EXPECT_EQ(count_of({first, summary, second}), 2U);
    first.session = second.session = "two";
    EXPECT_EQ(count_of({first, second, summary}), 7U);
    first.session = second.session = std::nullopt;
    EXPECT_EQ(count_of({first, second, summary}), 5U);
}

TEST(FrontAndBack, AreNotMadeOfWhatIsFarApart)
{
    const auto back = told_by(Reporter::back_end, seconds(0));
    EXPECT_EQ(count_of({back, told_by(Reporter::front_end, seconds(25))}), 2U);
    EXPECT_EQ(count_of({told_by(Reporter::front_end, -seconds(5)), back}), 2U);
}

TEST(FrontAndBack, AreNotMadeOfWhatContradicts)
{
    const auto back = told_by(Reporter::back_end, seconds(0));
    auto other_account = told_by(Reporter::front_end, seconds(1));
    other_account.account = "alice";
    auto other_client = told_by(Reporter::front_end, seconds(1));
    other_client.ip = IpAddress::v4(192, 0, 2, 2);
    auto other_kind = told_by(Reporter::front_end, seconds(1));
    other_kind.kind = EventKind::auth_unavailable;
    for (const auto& front : {other_account, other_client, other_kind})
        EXPECT_EQ(count_of({back, front}), 2U);

    auto imap = told_by(Reporter::summary, seconds(1));
    imap.service = Service::imap;
    imap.session = "one";
    auto of_another_session = back;
    of_another_session.session = "two";
    EXPECT_EQ(count_of({of_another_session, imap}), 2U);
    EXPECT_EQ(count_of({told_by(Reporter::front_end, seconds(1)), imap}), 2U);  // one side's both
}

TEST(FrontAndBack, TakeTheFormsOfAnAccountForOne)
{
    const auto back = told_by(Reporter::back_end, seconds(0));
    for (const std::string account : {"Bob@Example.COM", "bob", "BOB"}) {
        auto front = told_by(Reporter::front_end, seconds(1));
        front.account = account;
        EXPECT_EQ(count_of({back, front}), 1U) << account;
    }
    auto front = told_by(Reporter::front_end, seconds(1));
    front.account.reset();
    EXPECT_EQ(count_of({back, front}), 1U);
    for (const std::string account : {"bo", "bob@example.com.example.net", "bobby"}) {
        front.account = account;
        EXPECT_EQ(count_of({back, front}), 2U) << account;
    }
}

TEST(FrontAndBack, RememberNoMoreThanTheyMay)
{
    FrontAndBack pairs(Seed{1}, 2);
    EXPECT_EQ(pairs.admit(told_by(Reporter::back_end, seconds(0)), 1), 1U);
    for (const auto after : {1, 2}) {
        auto other = told_by(Reporter::back_end, seconds(after));
        other.ip = IpAddress::v4(192, 0, 2, 9);
        pairs.admit(other, 1);
    }
    EXPECT_EQ(pairs.admit(told_by(Reporter::front_end, seconds(1)), 1), 1U);  // forgotten
}

Event of_another(Duration at)
{
    auto event = told_by(Reporter::back_end, at);
    event.ip = IpAddress::v4(192, 0, 2, 9);
    return event;
}

// Of old logs; in a daemon one log may be read hours after another.
TEST(FrontAndBack, ForgetWhatIsLongPastWhereTheyCanTell)
{
    for (const bool is_in_order : {false, true}) {
        FrontAndBack pairs(Seed{1}, 100'000);
        if (is_in_order) pairs.forget_after(std::chrono::hours(1));
        EXPECT_EQ(pairs.admit(told_by(Reporter::back_end, seconds(0)), 1), 1U);
        EXPECT_EQ(pairs.admit(told_by(Reporter::back_end, seconds(3599)), 1), 1U);
        for (std::size_t event = 0; event < 2 * SlowClock::kNewest; ++event)
            pairs.admit(of_another(seconds(3601)), 1);
        EXPECT_EQ(pairs.admit(told_by(Reporter::front_end, seconds(1)), 1), is_in_order ? 1U : 0U);
        EXPECT_EQ(pairs.admit(told_by(Reporter::front_end, seconds(3600)), 1), 0U);
    }
}

// In one log, by turns.
TEST(FrontAndBack, KnowWhatHostsWithOtherClocksHaveTold)
{
    FrontAndBack pairs(Seed{1}, 100'000);
    pairs.forget_after(std::chrono::hours(1));
    for (std::size_t event = 0; event < 4 * SlowClock::kNewest; ++event) {
        const Duration at = seconds(30) * static_cast<int>(event);
        ASSERT_EQ(pairs.admit(told_by(Reporter::back_end, at), 1), 1U);
        pairs.admit(of_another(at + std::chrono::hours(9)), 1);
        ASSERT_EQ(pairs.admit(told_by(Reporter::front_end, at + seconds(2)), 1), 0U);
    }
}

// What a mail server and its Dovecot write about a client's attempts, each in order of time.
struct Story {
    std::vector<Event> front{};
    std::vector<Event> back{};
    std::uint32_t attempts = 0;
};

// SMTP attempts, told by both sides; IMAP connections, told by Dovecot's auth and by a summary;
// and both servers' attempts that only one side tells.
Story random_story(std::mt19937_64& random)
{
    Story story;
    Duration at{};
    for (int step = 0; step < 20; ++step) {
        at += milliseconds(100 + random() % 60'000);
        auto back = told_by(Reporter::back_end, at);
        const Duration deferred_bans = milliseconds(random() % 2500);
        switch (random() % 3) {
        case 0:
            story.back.push_back(back);
            story.front.push_back(told_by(Reporter::front_end, at + deferred_bans));
            ++story.attempts;
            break;
        case 1: {
            const auto tries = static_cast<std::uint32_t>(1 + random() % 4);
            back.session = "session" + std::to_string(step);
            const Duration began = at;
            for (std::uint32_t n = 0; n < tries; ++n, at += seconds(3)) {
                back.time = kStart + at;
                story.back.push_back(back);
            }
            auto summary = told_by(Reporter::summary, at, tries);
            summary.session = back.session;
            summary.service = Service::imap;
            summary.lasted = std::chrono::floor<seconds>(at - began);
            story.front.push_back(summary);
            story.attempts += tries;
            break;
        }
        default:
            at += seconds(30);  // far from any other, so that nobody could take them for a pair
            story.front.push_back(told_by(Reporter::front_end, at));
            at += seconds(30);
            ++story.attempts;
        }
    }
    return story;
}

// Any way in which two logs can be read, each in its order.
std::vector<Event> woven(const Story& story, std::mt19937_64& random)
{
    std::vector<Event> all;
    auto front = story.front.begin();
    auto back = story.back.begin();
    while (front != story.front.end() || back != story.back.end()) {
        const bool takes_front =
            back == story.back.end() || (front != story.front.end() && random() % 2 == 0);
        all.push_back(takes_front ? *front++ : *back++);
    }
    return all;
}

TEST(FrontAndBack, CountTheAttemptsHoweverTwoLogsInterleave)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int round = 0; round < 2000; ++round) {
        const auto story = random_story(random);
        ASSERT_EQ(count_of(woven(story, random)), story.attempts) << "round " << round;
        // A small memory may forget, and then count twice; it never breaks.
        FrontAndBack forgetful(Seed{1}, 3);
        ASSERT_GE(admit_all(forgetful, woven(story, random)), story.attempts);
    }
}

}  // namespace
}  // namespace mailban::front_and_back_test
