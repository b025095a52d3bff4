#include "mailban/detect/window_table.h"

#include <gtest/gtest.h>

#include <array>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::window_table_test {
namespace {

using namespace std::chrono_literals;
using Counted = WindowTable::Counted;
using OnceTripped = WindowTable::OnceTripped;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
const IpAddress kSomebody = IpAddress::v4(192, 0, 2, 7);
const WindowTable::Counts kFirst = WindowTable::Counts(1);

WindowTable counting(std::uint32_t limit, Duration within, Counted of = Counted::events)
{
    return WindowTable({{limit, within, of, OnceTripped::starts_anew}}, 100, 1);
}

bool hit(WindowTable& watch, Timestamp at, WindowTable::Value tag = 0)
{
    return watch.hit(kSomebody, tag, at, kFirst).any();
}

TEST(AWindow, TripsOnTheLimitAndNotBefore)
{
    WindowTable watch = counting(5, 10min);
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(hit(watch, kStart + i * 1min)) << i;
    EXPECT_TRUE(hit(watch, kStart + 4min));
}

TEST(AWindow, CountsAnEventOfExactlyTheSpan)
{
    WindowTable watch = counting(2, 10min);
    hit(watch, kStart);
    EXPECT_TRUE(hit(watch, kStart + 10min));
}

TEST(AWindow, ForgetsAnEventOneMicrosecondOlderThanTheSpan)
{
    WindowTable watch = counting(2, 10min);
    hit(watch, kStart);
    EXPECT_FALSE(hit(watch, kStart + 10min + 1us));
}

TEST(AWindow, WithALimitOfOneTripsAtOnce)
{
    WindowTable watch = counting(1, 1s);
    EXPECT_TRUE(hit(watch, kStart));
    EXPECT_EQ(watch.size(), 0U);
}

TEST(AWindow, PutsALateLineWhereItBelongs)
{
    WindowTable watch = counting(3, 10min);
    hit(watch, kStart + 20min);
    hit(watch, kStart + 21min);
    EXPECT_FALSE(hit(watch, kStart));  // too old to matter
    EXPECT_TRUE(hit(watch, kStart + 15min));
}

TEST(AWindow, CountsManyAtOnceAsGoodAsTheLimit)
{
    WindowTable watch = counting(5, 10min);
    EXPECT_TRUE(watch.hit(kSomebody, 0, kStart, kFirst, 4'000'000'000U).any());
    EXPECT_FALSE(watch.hit(kSomebody, 0, kStart, kFirst, 4).any());
    EXPECT_EQ(watch.count(kSomebody, 0), 4U);
}

TEST(AWindow, OfDifferentTagsTakesManyAtOnceForOne)
{
    WindowTable watch = counting(2, 10min, Counted::values);
    EXPECT_FALSE(watch.hit(kSomebody, 1, kStart, kFirst, 50).any());
    EXPECT_FALSE(hit(watch, kStart + 1s, 1));
    EXPECT_TRUE(hit(watch, kStart + 2s, 2));
}

TEST(AWindow, ThatStaysTripsAgainUntilTooFewAreLeft)
{
    WindowTable watch({{2, 10min, Counted::values, OnceTripped::stays}}, 100, 1);
    EXPECT_FALSE(hit(watch, kStart, 1));
    EXPECT_TRUE(hit(watch, kStart + 1min, 2));
    EXPECT_TRUE(hit(watch, kStart + 2min, 2));
    EXPECT_TRUE(hit(watch, kStart + 3min, 3));
    EXPECT_FALSE(hit(watch, kStart + 14min, 4));
}

TEST(AWindow, OfMarksCountsEachEventThatHasNoneAndDifferentOnesOfTheOthers)
{
    WindowTable watch = counting(4, 10min, Counted::marks);
    for (int i = 0; i < 50; ++i)
        EXPECT_FALSE(hit(watch, kStart + i * 1s, 7));
    EXPECT_FALSE(hit(watch, kStart + 50s, WindowTable::kNoMark));
    EXPECT_FALSE(hit(watch, kStart + 51s, WindowTable::kNoMark));
    EXPECT_TRUE(hit(watch, kStart + 52s, WindowTable::kNoMark));
    EXPECT_TRUE(watch.hit(kSomebody, WindowTable::kNoMark, kStart + 53s, kFirst, 4).any());
}

TEST(AWindow, OfMarksComparesOnlyTheBitsThatItIsToldTo)
{
    WindowTable watch({{2, 10min, Counted::marks, OnceTripped::starts_anew, 0xffff}}, 100, 1);
    EXPECT_FALSE(hit(watch, kStart, 0x10007));
    EXPECT_FALSE(hit(watch, kStart, 0x20007));
    EXPECT_TRUE(hit(watch, kStart, 0x20008));
}

TEST(AWatch, CountsAnEventThatTurnsOutToBeLikeAnotherOnce)
{
    WindowTable watch = counting(4, 10min, Counted::marks);
    hit(watch, kStart + 1s, 7);
    hit(watch, kStart + 2s, WindowTable::kNoMark);
    hit(watch, kStart + 3s, WindowTable::kNoMark);
    EXPECT_FALSE(watch.amend(kSomebody, WindowTable::kNoMark, 7, kStart + 4s));
    EXPECT_TRUE(watch.amend(kSomebody, WindowTable::kNoMark, 7, kStart + 2s));
    EXPECT_EQ(watch.count(kSomebody, 0), 2U);
    EXPECT_FALSE(hit(watch, kStart + 5s, 8));
    EXPECT_TRUE(hit(watch, kStart + 5s, 9));
}

TEST(AWatch, ThatIsSetBackCountsWhatCameLaterAsOfThen)
{
    WindowTable watch = counting(3, 10min);
    hit(watch, kStart - 1min);
    hit(watch, kStart + 5h);
    watch.set_back(kStart);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);  // the first was too old when the second came
    hit(watch, kStart + 10min);
    EXPECT_EQ(watch.count(kSomebody, 0), 2U);
    hit(watch, kStart + 10min + 1us);
    EXPECT_EQ(watch.count(kSomebody, 0), 2U);
}

TEST(AWatch, ForgivesOneTagAndNoOther)
{
    WindowTable watch = counting(3, 10min);
    hit(watch, kStart, 1);
    hit(watch, kStart, 2);
    watch.forgive(kSomebody, 1, kFirst);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
    EXPECT_FALSE(hit(watch, kStart, 2));
    EXPECT_TRUE(hit(watch, kStart, 2));
}

TEST(AWatch, ForgetsWhomItHasForgivenAll)
{
    WindowTable watch = counting(3, 10min);
    hit(watch, kStart, 1);
    EXPECT_TRUE(watch.holds(kSomebody, kFirst, kStart + 10min));
    EXPECT_FALSE(watch.holds(kSomebody, kFirst, kStart + 10min + 1us));
    watch.forgive(kSomebody, 1, kFirst);
    EXPECT_FALSE(watch.holds(kSomebody, kFirst, kStart));
    EXPECT_EQ(watch.size(), 0U);
}

TEST(AWatch, NeverHoldsMoreKeysThanItMay)
{
    WindowTable watch({{5, 10min, Counted::events, OnceTripped::starts_anew}}, 10, 1);
    for (std::uint8_t i = 0; i < 200; ++i)
        watch.hit(IpAddress::v4(192, 0, 2, i), 0, kStart, kFirst);
    EXPECT_EQ(watch.size(), 10U);
    EXPECT_EQ(watch.evicted(), 190U);
    EXPECT_EQ(watch.count(IpAddress::v4(192, 0, 2, 199), 0), 1U);
}

TEST(AWatch, NeverHoldsMoreEventsThanItMayAndNeverDropsTheOneItCounts)
{
    WindowTable watch({{100, 10min, Counted::events, OnceTripped::starts_anew}}, 10, 1);
    for (int round = 0; round < 99; ++round) {
        for (std::uint8_t i = 0; i < 10; ++i)
            watch.hit(IpAddress::v4(192, 0, 2, i), 0, kStart, kFirst);
    }
    std::size_t events = 0;
    for (std::uint8_t i = 0; i < 10; ++i)
        events += watch.count(IpAddress::v4(192, 0, 2, i), 0);
    EXPECT_LE(events, 131U);  // three times ten, and what one key can hold
    EXPECT_GT(watch.evicted(), 0U);
    WindowTable other({{100, 10min, Counted::events, OnceTripped::starts_anew}}, 1, 1);
    for (int i = 0; i < 99; ++i)
        EXPECT_FALSE(hit(other, kStart));
    EXPECT_TRUE(hit(other, kStart));
}

TEST(AWatch, LetsTheLeastGuiltyOfTheOldestGoFirst)
{
    WindowTable watch({{9, 10min, Counted::events, OnceTripped::starts_anew}}, 3, 1);
    const auto host = [](std::uint8_t last) { return IpAddress::v4(192, 0, 2, last); };
    watch.hit(host(1), 0, kStart, kFirst, 4);
    watch.hit(host(2), 0, kStart, kFirst);
    watch.hit(host(3), 0, kStart, kFirst);
    watch.hit(host(4), 0, kStart, kFirst);
    EXPECT_EQ(watch.count(host(1), 0), 4U);
    EXPECT_EQ(watch.count(host(2), 0), 0U);
    EXPECT_EQ(watch.count(host(3), 0), 1U);
}

WindowTable::Times once_each()
{
    WindowTable::Times times{};
    times.fill(1);
    return times;
}

TEST(AWatch, CountsEventsOfBeforeForACountThatIsAdded)
{
    WindowTable watch = counting(5, 10min);
    for (int i = 0; i < 3; ++i)
        hit(watch, kStart + i * 1min);
    const auto added = watch.add_count({4, 10min, Counted::events, OnceTripped::starts_anew});
    ASSERT_EQ(added, 1U);
    const auto which = WindowTable::Counts().set(1);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(watch.recall(kSomebody, 0, kStart + i * 1min, which, once_each()).none());
    EXPECT_EQ(watch.count(kSomebody, 1), 3U);
    const auto both = kFirst | which;
    EXPECT_EQ(watch.hit(kSomebody, 0, kStart + 3min, both), which);
    EXPECT_EQ(watch.hit(kSomebody, 0, kStart + 4min, both), kFirst);
}

TEST(AWatch, NeverAddsACountToEventsThatItWasNotToldOf)
{
    WindowTable watch = counting(5, 10min);
    hit(watch, kStart, 7);
    const auto which = WindowTable::Counts().set(*watch.add_count({5, 1h, Counted::values}));
    EXPECT_EQ(watch.count(kSomebody, 1), 0U);
    watch.recall(kSomebody, 8, kStart, which, once_each());  // another tag
    watch.recall(kSomebody, 7, kStart - 1s, which, once_each());
    EXPECT_EQ(watch.count(kSomebody, 1), 2U);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
    watch.take_back(kSomebody, 8, kStart, which);
    EXPECT_FALSE(watch.take_back(kSomebody, 7, kStart, which)) << "only the first count has it";
    watch.forget(kSomebody, which);
    EXPECT_EQ(watch.count(kSomebody, 1), 0U);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
}

TEST(AWatch, AmendsATagForOneCountAndLeavesItToTheOther)
{
    WindowTable watch({{5, 10min, Counted::marks}, {5, 10min, Counted::marks}}, 100, 1);
    const auto second = WindowTable::Counts(2);
    watch.hit(kSomebody, WindowTable::kNoMark, kStart, kFirst | second);
    EXPECT_TRUE(watch.amend(kSomebody, WindowTable::kNoMark, 7, kStart, second));
    EXPECT_TRUE(watch.holds_value(kSomebody, 7, second, kStart));
    EXPECT_FALSE(watch.holds_value(kSomebody, 7, kFirst, kStart));
    EXPECT_TRUE(watch.holds_value(kSomebody, WindowTable::kNoMark, kFirst, kStart));
    EXPECT_FALSE(watch.amend(kSomebody, WindowTable::kNoMark, 8, kStart, second));
}

// The counts of a configuration that is gone make room for others, however many follow.
TEST(AWatch, UsesAPlaceAgainWhoseCountWasRetired)
{
    WindowTable watch = counting(5, 10min);
    hit(watch, kStart);
    for (std::uint32_t limit = 2; limit < 100; ++limit) {
        const auto added = watch.add_count({limit, 10min});
        ASSERT_TRUE(added);
        const auto which = WindowTable::Counts().set(*added);
        EXPECT_EQ(watch.count(kSomebody, *added), 0U);
        watch.recall(kSomebody, 0, kStart, which, once_each());
        EXPECT_EQ(watch.count(kSomebody, *added), 1U);
        watch.retire(which);
    }
    EXPECT_LE(watch.counts(), WindowTable::kMostCounts);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
}

TEST(AWatch, HasNoPlaceForMoreCountsThanItMayHave)
{
    WindowTable watch = counting(5, 10min);
    for (std::size_t count = 1; count < WindowTable::kMostCounts; ++count)
        EXPECT_EQ(watch.add_count({5, 10min}), count);
    EXPECT_FALSE(watch.add_count({5, 10min}));
    const auto last = WindowTable::Counts().set(WindowTable::kMostCounts - 1);
    EXPECT_TRUE(watch.hit(kSomebody, 0, kStart, last, 5).any());
}

// Else what was seen long ago would push out what was seen lately.
TEST(AWatch, GivesNoPlaceToKeysOfBeforeWhereItIsFull)
{
    WindowTable watch({{5, 1h}}, 3, 1);
    const auto host = [](std::uint8_t last) { return IpAddress::v4(192, 0, 2, last); };
    const auto which = WindowTable::Counts().set(*watch.add_count({4, 1h}));
    watch.hit(host(1), 0, kStart, kFirst);
    watch.hit(host(2), 0, kStart, kFirst);
    watch.recall(host(9), 0, kStart - 1min, which, once_each());
    EXPECT_EQ(watch.size(), 3U);
    watch.recall(host(8), 0, kStart - 1min, which, once_each());
    EXPECT_EQ(watch.count(host(8), 1), 0U);
    EXPECT_EQ(watch.evicted(), 0U);
    watch.recall(host(1), 0, kStart, which, once_each());
    EXPECT_EQ(watch.count(host(1), 1), 1U);
    // It was seen before the others, so it goes first.
    watch.hit(host(3), 0, kStart, kFirst);
    EXPECT_EQ(watch.count(host(9), 1), 0U);
    EXPECT_EQ(watch.count(host(1), 0), 1U);
}

// The table of keys grows and shrinks one by one; it never finds another's key or loses one.
// With one count of events, walks are put off; with another one beside it, none is.
TEST(AWatch, OfOneCountAnswersAsWithAnotherBesideIt)
{
    constexpr std::uint32_t kSeed = 1;
    const std::size_t steps = test::property_amount(300'000);
    std::mt19937 random(kSeed);
    const auto below = [&random](std::uint32_t end) {
        return static_cast<std::uint32_t>(random() % end);
    };
    for (const std::uint32_t limit : {1U, 8U, 9U, 20U, 50U, 2000U}) {
        SCOPED_TRACE("limit " + std::to_string(limit));
        const WindowTable::Count count{limit, 10min, Counted::events, OnceTripped::starts_anew};
        WindowTable alone({count}, 10'000, 1);
        WindowTable beside({count, {1, 1s, Counted::values, OnceTripped::stays}}, 10'000, 1);
        Timestamp now = kStart;
        for (std::size_t step = 0; step < steps / 6; ++step) {
            now += std::chrono::milliseconds(below(4'000));
            if (below(2000) == 0) now += 15min;
            const Timestamp at = below(5) == 0 ? now - std::chrono::seconds(below(700)) : now;
            const auto key = IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(below(4)));
            const WindowTable::Value tag = below(3);
            const WindowTable::Value other = below(3);
            const std::uint32_t times = 1 + below(3);
            const bool is_rare = below(100) == 0;
            const std::uint32_t choice = below(60);
            const auto both = [&](const auto& ask) { return ask(alone) == ask(beside); };
            const bool are_equal = both([&](WindowTable& table) -> std::size_t {
                switch (choice) {
                case 0: return table.forgive(key, tag, kFirst);
                case 1: return table.take_back(key, tag, at, kFirst) ? 1 : 0;
                case 2: return table.amend(key, tag, other, at, kFirst) ? 1 : 0;
                case 3: return table.count_alike(key, tag, kFirst);
                case 4: return table.holds(key, kFirst, at) ? 1 : 0;
                case 5: return table.holds_value(key, tag, kFirst, at) ? 1 : 0;
                case 6: return table.holds_other(key, tag, kFirst, at) ? 1 : 0;
                case 7: return table.count(key, 0);
                case 8: return table.recall(key, tag, at, kFirst, once_each()).to_ulong();
                case 9:
                    if (is_rare) table.set_back(now - 5min);
                    return table.size();
                case 10:
                    if (is_rare) table.forgive_everywhere({tag}, ~WindowTable::Value{0}, kFirst);
                    return table.size();
                case 11:
                    if (is_rare) table.forget(key, kFirst);
                    return table.size();
                default: return table.hit(key, tag, at, kFirst, times).to_ulong();
                }
            });
            ASSERT_TRUE(are_equal) << "step " << step << " choice " << choice;
            if (choice == 9 && is_rare) now -= 5min;
        }
    }
}

// A count that is added later finds what the first one would have kept, and nothing else.
TEST(AWatch, ThatHasPutOffWalksAddsACountAsOthersDo)
{
    WindowTable watch({{50, 10min, Counted::events, OnceTripped::starts_anew}}, 100, 1);
    for (int event = 0; event < 12; ++event)
        hit(watch, kStart + event * 1min);
    EXPECT_EQ(watch.count(kSomebody, 0), 11U);
    ASSERT_EQ(watch.add_count({5, 1h, Counted::events, OnceTripped::starts_anew}), 1U);
    EXPECT_EQ(watch.forgive(kSomebody, 0, kFirst), 11U);
    EXPECT_EQ(watch.size(), 0U);
}

TEST(AWatch, ThatHasPutOffWalksDropsWhatIsPastBeforeWhatCounts)
{
    WindowTable watch({{50, 10min, Counted::events, OnceTripped::starts_anew}}, 10, 1);
    const auto rare = IpAddress::v4(192, 0, 2, 3);
    const std::array busy{IpAddress::v4(192, 0, 2, 1), IpAddress::v4(192, 0, 2, 2)};
    for (const auto& key : busy) {
        watch.hit(key, 0, kStart, kFirst);
        for (int event = 0; event < 4; ++event)
            watch.hit(key, 0, kStart, kFirst, 2);
    }
    Timestamp now = kStart;
    for (int event = 0; event < 100; ++event) {
        now += 11min;
        for (const auto& key : busy)
            watch.hit(key, 0, now, kFirst, 2);
        watch.hit(rare, 0, now, kFirst);
        EXPECT_EQ(watch.count(rare, 0), 1U);
    }
    EXPECT_EQ(watch.evicted(), 0U);
    EXPECT_EQ(watch.count(busy[0], 0), 2U);
}

TEST(AWatch, FindsEachOfManyKeysWhileTheyComeAndGo)
{
    constexpr std::uint32_t kKeys = 5000;
    WindowTable watch({{1'000'000, 1h}}, 4000, 1);
    const auto key = [](std::uint32_t number) {
        return IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8),
                             static_cast<std::uint8_t>(number));
    };
    for (std::uint32_t number = 0; number < kKeys; ++number) {
        watch.hit(key(number), 0, kStart, kFirst, 1 + number % 3);
        if (number % 7 == 0) watch.forget(key(number / 2));
    }
    std::size_t found = 0;
    for (std::uint32_t number = 0; number < kKeys; ++number) {
        const auto count = watch.count(key(number), 0);
        if (count > 0) ++found;
        EXPECT_TRUE(count == 0 || count == 1 + number % 3) << number;
    }
    EXPECT_EQ(found, watch.size());
    for (std::uint32_t number = 0; number < kKeys; ++number)
        watch.forget(key(number));
    EXPECT_EQ(watch.size(), 0U);
}

}  // namespace
}  // namespace mailban::window_table_test
