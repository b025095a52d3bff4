#include "mailban/time/log_zone.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>
#include <string>
#include <vector>

#include "seed.h"

namespace mailban::log_zone_test {
namespace {

using namespace std::chrono_literals;

// The night of a change in Berlin lies ahead: 2026-10-25T01:00:00Z.
const Timestamp kAgain = std::chrono::sys_days(std::chrono::year(2026) / 10 / 25) + 1h;

Zone berlin()
{
    return Zone({{Timestamp{}, 2h}, {kAgain, 1h}, {kAgain + std::chrono::days(154), 2h}});
}

// A log whose writer's offset from UTC is `offset`, written and read as it is.
struct Written {
    explicit Written(Zone zone, LogZone::Origin origin = LogZone::Origin::machine,
                     std::optional<LearnedClock> learned = {})
        : clock(std::move(zone), origin, learned)
    {
    }

    // The time that a line counts at which is written at `at` and read a moment later.
    Timestamp line(Timestamp at, std::chrono::seconds offset, Duration delay = 300ms)
    {
        const auto cut = std::chrono::floor<std::chrono::seconds>(at);
        auto zone = clock.zone();
        zone.look_from({.read_at = at + delay, .previous = {}, .is_live = true});
        return count(says_offset ? cut + offset : zone.to_utc(cut + offset), at + delay);
    }
    Timestamp count(Timestamp stamp, Timestamp arrival)
    {
        changes += clock.note(stamp, arrival) ? 1 : 0;
        return stamp + clock.last_correction();
    }
    void lines(Timestamp from, int count, Duration step, std::chrono::seconds offset)
    {
        for (int number = 0; number < count; ++number)
            last = line(from + number * step, offset);
    }

    LogZone clock;
    bool says_offset = false;  // stamps have one, and it is wrong by `offset`
    int changes = 0;
    Timestamp last{};
};

const Timestamp kNoon = kAgain + 11h;

TEST(ALogZone, LearnsThatALogIsInUtc)
{
    Written log(berlin());
    log.lines(kNoon, 30, 1s, 0h);
    EXPECT_EQ(log.clock.learned(), (LearnedClock{LearnedClock::Kind::zone, 0s}));
    EXPECT_EQ(log.last, kNoon + 29s);
    EXPECT_EQ(log.changes, 1);
    EXPECT_EQ(log.clock.remark(),
              "stamps are in another time zone than this machine; they are read as UTC; set `zone: "
              "UTC` for this source");
}

TEST(ALogZone, LearnsEveryOffsetThatAZoneHas)
{
    for (const auto minutes : {-720, -570, -300, 0, 60, 120, 330, 345, 765, 825, 840}) {
        Written log(berlin());
        const std::chrono::seconds offset = minutes * 1min;
        log.lines(kNoon, 20, 2s, offset);
        EXPECT_EQ(log.last, kNoon + 38s) << minutes;
        EXPECT_EQ(log.clock.learned().has_value(), minutes != 60) << minutes;
    }
}

TEST(ALogZone, LearnsNoOffsetThatNoZoneHas)
{
    for (const auto minutes : {-765, -735, 15, 45, 75, 855, 900}) {
        Written log(berlin());
        log.lines(kNoon, 50, 2s, minutes * 1min);
        EXPECT_EQ(log.clock.learned(), std::nullopt) << minutes;
    }
}

TEST(ALogZone, CorrectsTheLineThatTaughtIt)
{
    Written log(berlin());
    Timestamp at = kNoon;
    while (log.changes == 0)
        log.last = log.line(at += 1s, 0h);
    EXPECT_EQ(log.last, at);
}

TEST(ALogZone, StaysRightWhenTheMachinesZoneChanges)
{
    Written log(berlin());
    log.lines(kAgain - 3h, 20, 1s, 0h);
    for (auto at = kAgain - 2h; at < kAgain + 2h; at += 13s)
        ASSERT_EQ(log.line(at, 0h), at) << format_timestamp(at);
    EXPECT_EQ(log.changes, 1);
}

TEST(ALogZone, LearnsThatAStampsOwnOffsetIsWrong)
{
    Written log(berlin());
    log.says_offset = true;
    log.lines(kNoon, 30, 1s, 2h);
    EXPECT_EQ(log.clock.learned(), (LearnedClock{LearnedClock::Kind::clock, 2h}));
    EXPECT_EQ(log.clock.zone(), berlin());
    EXPECT_EQ(log.last, kNoon + 29s);
    EXPECT_EQ(log.clock.remark().substr(0, 20), "stamps are 2h ahead ");
}

TEST(ALogZone, ForgetsItWhenTheServerIsSetRight)
{
    for (const bool says_offset : {false, true}) {
        Written log(berlin());
        log.says_offset = says_offset;
        const auto right = says_offset ? 0h : 1h;
        log.lines(kNoon, 60, 1s, right - 1h);
        EXPECT_TRUE(log.clock.learned());
        log.lines(kNoon + 60s, 60, 1s, right);
        EXPECT_EQ(log.clock.learned(), std::nullopt);
        EXPECT_EQ(log.last, kNoon + 119s);
        EXPECT_EQ(log.clock.remark(), "");
    }
}

TEST(ALogZone, IsNotTaughtByOneBurst)
{
    // What waited for an hour comes at once.
    Written log(berlin());
    for (int number = 0; number < 10'000; ++number)
        log.count(kNoon - 1h, kNoon + number * 100us);
    for (int number = 0; number < 4; ++number)
        log.count(kNoon - 1h + number * 1s, kNoon + number * 1s);
    EXPECT_EQ(log.changes, 0);
}

TEST(ALogZone, IsNotTaughtByASlowLog)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (int round = 0; round < 50; ++round) {
        Written log(berlin());
        const auto slowest = 1 + random() % 10'000;
        Timestamp arrival = kNoon;
        for (int number = 0; number < 2'000; ++number) {
            arrival += (random() % 5'000) * 1ms;
            log.count(arrival - (random() % slowest) * 1s, arrival);
        }
        ASSERT_EQ(log.changes, 0) << slowest;
    }
}

// A log that is copied here every quarter of an hour holds lines of each age.
TEST(ALogZone, IsNotTaughtByALogThatComesInPortions)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    for (const auto period : {15min, 30min, 60min}) {
        Written log(berlin());
        Timestamp arrival = kNoon;
        for (int portion = 0; portion < 100; ++portion, arrival += period) {
            std::vector<Duration> ages;
            for (int line = 0; line < 50; ++line)
                ages.emplace_back((random() % static_cast<unsigned>(period.count() * 60)) * 1s);
            std::ranges::sort(ages, std::greater<>());
            for (std::size_t line = 0; line < ages.size(); ++line)
                log.count(arrival - ages[line], arrival + line * 10us);
        }
        EXPECT_EQ(log.changes, 0) << period.count();
    }
}

TEST(ALogZone, LearnsAmongLinesThatComeLate)
{
    Written log(berlin());
    for (int number = 0; number < 60; ++number) {
        const auto at = kNoon + number * 1s;
        log.line(at, 0h, number % 3 == 0 ? Duration(20s) : Duration(100ms));
    }
    EXPECT_EQ(log.clock.learned(), (LearnedClock{LearnedClock::Kind::zone, 0s}));
}

TEST(ALogZone, GoesOnWithWhatWasLearned)
{
    const Written log(berlin(), LogZone::Origin::machine,
                      LearnedClock{LearnedClock::Kind::zone, 0s});
    EXPECT_EQ(log.clock.zone(), Zone::fixed(0s));
    const Written other(berlin(), LogZone::Origin::machine,
                        LearnedClock{LearnedClock::Kind::clock, 1h});
    EXPECT_EQ(other.clock.correction(), -1h);
}

TEST(ALogZone, OnlyNotesThatTheConfigurationIsWrong)
{
    Written log(Zone::fixed(0s), LogZone::Origin::configuration);
    log.lines(kNoon, 60, 1s, 1h);
    EXPECT_EQ(log.clock.learned(), std::nullopt);
    EXPECT_EQ(log.changes, 1);
    EXPECT_EQ(log.clock.remark(), "stamps are 1h ahead in the zone that `zone:` names; correct it");
    log.lines(kNoon + 60s, 60, 1s, 0h);
    EXPECT_EQ(log.clock.remark(), "");
}

}  // namespace
}  // namespace mailban::log_zone_test
