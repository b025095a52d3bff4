#include "mailban/detect/watch.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;
using Of = Watch::Of;
using OnceTripped = Watch::OnceTripped;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
const IpAddress kSomebody = IpAddress::v4(192, 0, 2, 7);
const Watch::Counts kFirst = Watch::Counts(1);

Watch counting(std::uint32_t limit, Duration within, Of of = Of::events)
{
    return Watch({{limit, within, of, OnceTripped::starts_anew}}, 100, 1);
}

bool hit(Watch& watch, Timestamp at, Watch::Tag tag = 0)
{
    return watch.hit(kSomebody, tag, at, kFirst).any();
}

TEST(AWindow, TripsOnTheLimitAndNotBefore)
{
    Watch watch = counting(5, 10min);
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(hit(watch, kStart + i * 1min)) << i;
    EXPECT_TRUE(hit(watch, kStart + 4min));
}

TEST(AWindow, CountsAnEventOfExactlyTheSpan)
{
    Watch watch = counting(2, 10min);
    hit(watch, kStart);
    EXPECT_TRUE(hit(watch, kStart + 10min));
}

TEST(AWindow, ForgetsAnEventOneMicrosecondOlderThanTheSpan)
{
    Watch watch = counting(2, 10min);
    hit(watch, kStart);
    EXPECT_FALSE(hit(watch, kStart + 10min + 1us));
}

TEST(AWindow, WithALimitOfOneTripsAtOnce)
{
    Watch watch = counting(1, 1s);
    EXPECT_TRUE(hit(watch, kStart));
    EXPECT_EQ(watch.size(), 0U);
}

TEST(AWindow, PutsALateLineWhereItBelongs)
{
    Watch watch = counting(3, 10min);
    hit(watch, kStart + 20min);
    hit(watch, kStart + 21min);
    EXPECT_FALSE(hit(watch, kStart));  // too old to matter
    EXPECT_TRUE(hit(watch, kStart + 15min));
}

TEST(AWindow, CountsManyAtOnceAsGoodAsTheLimit)
{
    Watch watch = counting(5, 10min);
    EXPECT_TRUE(watch.hit(kSomebody, 0, kStart, kFirst, 4'000'000'000U).any());
    EXPECT_FALSE(watch.hit(kSomebody, 0, kStart, kFirst, 4).any());
    EXPECT_EQ(watch.count(kSomebody, 0), 4U);
}

TEST(AWindow, OfDifferentTagsTakesManyAtOnceForOne)
{
    Watch watch = counting(2, 10min, Of::tags);
    EXPECT_FALSE(watch.hit(kSomebody, 1, kStart, kFirst, 50).any());
    EXPECT_FALSE(hit(watch, kStart + 1s, 1));
    EXPECT_TRUE(hit(watch, kStart + 2s, 2));
}

TEST(AWindow, ThatStaysTripsAgainUntilTooFewAreLeft)
{
    Watch watch({{2, 10min, Of::tags, OnceTripped::stays}}, 100, 1);
    EXPECT_FALSE(hit(watch, kStart, 1));
    EXPECT_TRUE(hit(watch, kStart + 1min, 2));
    EXPECT_TRUE(hit(watch, kStart + 2min, 2));
    EXPECT_TRUE(hit(watch, kStart + 3min, 3));
    EXPECT_FALSE(hit(watch, kStart + 14min, 4));
}

TEST(AWindow, OfMarksCountsEachEventThatHasNoneAndDifferentOnesOfTheOthers)
{
    Watch watch = counting(4, 10min, Of::marks);
    for (int i = 0; i < 50; ++i)
        EXPECT_FALSE(hit(watch, kStart + i * 1s, 7));
    EXPECT_FALSE(hit(watch, kStart + 50s, Watch::kNoMark));
    EXPECT_FALSE(hit(watch, kStart + 51s, Watch::kNoMark));
    EXPECT_TRUE(hit(watch, kStart + 52s, Watch::kNoMark));
    EXPECT_TRUE(watch.hit(kSomebody, Watch::kNoMark, kStart + 53s, kFirst, 4).any());
}

TEST(AWindow, OfMarksComparesOnlyTheBitsThatItIsToldTo)
{
    Watch watch({{2, 10min, Of::marks, OnceTripped::starts_anew, 0xffff}}, 100, 1);
    EXPECT_FALSE(hit(watch, kStart, 0x10007));
    EXPECT_FALSE(hit(watch, kStart, 0x20007));
    EXPECT_TRUE(hit(watch, kStart, 0x20008));
}

TEST(AWatch, CountsAnEventThatTurnsOutToBeLikeAnotherOnce)
{
    Watch watch = counting(4, 10min, Of::marks);
    hit(watch, kStart + 1s, 7);
    hit(watch, kStart + 2s, Watch::kNoMark);
    hit(watch, kStart + 3s, Watch::kNoMark);
    EXPECT_FALSE(watch.retag(kSomebody, Watch::kNoMark, 7, kStart + 4s));
    EXPECT_TRUE(watch.retag(kSomebody, Watch::kNoMark, 7, kStart + 2s));
    EXPECT_EQ(watch.count(kSomebody, 0), 2U);
    EXPECT_FALSE(hit(watch, kStart + 5s, 8));
    EXPECT_TRUE(hit(watch, kStart + 5s, 9));
}

TEST(AWatch, ThatIsSetBackCountsWhatCameLaterAsOfThen)
{
    Watch watch = counting(3, 10min);
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
    Watch watch = counting(3, 10min);
    hit(watch, kStart, 1);
    hit(watch, kStart, 2);
    watch.forgive(kSomebody, 1, kFirst);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
    EXPECT_FALSE(hit(watch, kStart, 2));
    EXPECT_TRUE(hit(watch, kStart, 2));
}

TEST(AWatch, ForgetsWhomItHasForgivenAll)
{
    Watch watch = counting(3, 10min);
    hit(watch, kStart, 1);
    EXPECT_TRUE(watch.holds(kSomebody, kFirst, kStart + 10min));
    EXPECT_FALSE(watch.holds(kSomebody, kFirst, kStart + 10min + 1us));
    watch.forgive(kSomebody, 1, kFirst);
    EXPECT_FALSE(watch.holds(kSomebody, kFirst, kStart));
    EXPECT_EQ(watch.size(), 0U);
}

TEST(AWatch, NeverHoldsMoreKeysThanItMay)
{
    Watch watch({{5, 10min, Of::events, OnceTripped::starts_anew}}, 10, 1);
    for (std::uint8_t i = 0; i < 200; ++i)
        watch.hit(IpAddress::v4(192, 0, 2, i), 0, kStart, kFirst);
    EXPECT_EQ(watch.size(), 10U);
    EXPECT_EQ(watch.evicted(), 190U);
    EXPECT_EQ(watch.count(IpAddress::v4(192, 0, 2, 199), 0), 1U);
}

TEST(AWatch, NeverHoldsMoreEventsThanItMayAndNeverDropsTheOneItCounts)
{
    Watch watch({{100, 10min, Of::events, OnceTripped::starts_anew}}, 10, 1);
    for (int round = 0; round < 99; ++round) {
        for (std::uint8_t i = 0; i < 10; ++i)
            watch.hit(IpAddress::v4(192, 0, 2, i), 0, kStart, kFirst);
    }
    std::size_t events = 0;
    for (std::uint8_t i = 0; i < 10; ++i)
        events += watch.count(IpAddress::v4(192, 0, 2, i), 0);
    EXPECT_LE(events, 131U);  // three times ten, and what one key can hold
    EXPECT_GT(watch.evicted(), 0U);
    Watch other({{100, 10min, Of::events, OnceTripped::starts_anew}}, 1, 1);
    for (int i = 0; i < 99; ++i)
        EXPECT_FALSE(hit(other, kStart));
    EXPECT_TRUE(hit(other, kStart));
}

TEST(AWatch, LetsTheLeastGuiltyOfTheOldestGoFirst)
{
    Watch watch({{9, 10min, Of::events, OnceTripped::starts_anew}}, 3, 1);
    const auto host = [](std::uint8_t last) { return IpAddress::v4(192, 0, 2, last); };
    watch.hit(host(1), 0, kStart, kFirst, 4);
    watch.hit(host(2), 0, kStart, kFirst);
    watch.hit(host(3), 0, kStart, kFirst);
    watch.hit(host(4), 0, kStart, kFirst);
    EXPECT_EQ(watch.count(host(1), 0), 4U);
    EXPECT_EQ(watch.count(host(2), 0), 0U);
    EXPECT_EQ(watch.count(host(3), 0), 1U);
}

Watch::Times once_each()
{
    Watch::Times times{};
    times.fill(1);
    return times;
}

TEST(AWatch, CountsEventsOfBeforeForACountThatIsAdded)
{
    Watch watch = counting(5, 10min);
    for (int i = 0; i < 3; ++i)
        hit(watch, kStart + i * 1min);
    const auto added = watch.add_count({4, 10min, Of::events, OnceTripped::starts_anew});
    ASSERT_EQ(added, 1U);
    const auto which = Watch::Counts().set(1);
    for (int i = 0; i < 3; ++i)
        EXPECT_TRUE(watch.recall(kSomebody, 0, kStart + i * 1min, which, once_each()).none());
    EXPECT_EQ(watch.count(kSomebody, 1), 3U);
    const auto both = kFirst | which;
    EXPECT_EQ(watch.hit(kSomebody, 0, kStart + 3min, both), which);
    EXPECT_EQ(watch.hit(kSomebody, 0, kStart + 4min, both), kFirst);
}

TEST(AWatch, NeverAddsACountToEventsThatItWasNotToldOf)
{
    Watch watch = counting(5, 10min);
    hit(watch, kStart, 7);
    const auto which = Watch::Counts().set(*watch.add_count({5, 1h, Of::tags}));
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
    Watch watch({{5, 10min, Of::marks}, {5, 10min, Of::marks}}, 100, 1);
    const auto second = Watch::Counts(2);
    watch.hit(kSomebody, Watch::kNoMark, kStart, kFirst | second);
    EXPECT_TRUE(watch.retag(kSomebody, Watch::kNoMark, 7, kStart, second));
    EXPECT_TRUE(watch.holds_tag(kSomebody, 7, second, kStart));
    EXPECT_FALSE(watch.holds_tag(kSomebody, 7, kFirst, kStart));
    EXPECT_TRUE(watch.holds_tag(kSomebody, Watch::kNoMark, kFirst, kStart));
    EXPECT_FALSE(watch.retag(kSomebody, Watch::kNoMark, 8, kStart, second));
}

// The counts of a configuration that is gone make room for others, however many follow.
TEST(AWatch, UsesAPlaceAgainWhoseCountWasRetired)
{
    Watch watch = counting(5, 10min);
    hit(watch, kStart);
    for (std::uint32_t limit = 2; limit < 100; ++limit) {
        const auto added = watch.add_count({limit, 10min});
        ASSERT_TRUE(added);
        const auto which = Watch::Counts().set(*added);
        EXPECT_EQ(watch.count(kSomebody, *added), 0U);
        watch.recall(kSomebody, 0, kStart, which, once_each());
        EXPECT_EQ(watch.count(kSomebody, *added), 1U);
        watch.retire(which);
    }
    EXPECT_LE(watch.counts(), Watch::kMostCounts);
    EXPECT_EQ(watch.count(kSomebody, 0), 1U);
}

TEST(AWatch, HasNoPlaceForMoreCountsThanItMayHave)
{
    Watch watch = counting(5, 10min);
    for (std::size_t count = 1; count < Watch::kMostCounts; ++count)
        EXPECT_EQ(watch.add_count({5, 10min}), count);
    EXPECT_FALSE(watch.add_count({5, 10min}));
    const auto last = Watch::Counts().set(Watch::kMostCounts - 1);
    EXPECT_TRUE(watch.hit(kSomebody, 0, kStart, last, 5).any());
}

// Else what was seen long ago would push out what was seen lately.
TEST(AWatch, GivesNoPlaceToKeysOfBeforeWhereItIsFull)
{
    Watch watch({{5, 1h}}, 3, 1);
    const auto host = [](std::uint8_t last) { return IpAddress::v4(192, 0, 2, last); };
    const auto which = Watch::Counts().set(*watch.add_count({4, 1h}));
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
TEST(AWatch, FindsEachOfManyKeysWhileTheyComeAndGo)
{
    constexpr std::uint32_t kKeys = 5000;
    Watch watch({{1'000'000, 1h}}, 4000, 1);
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
}  // namespace mailban
