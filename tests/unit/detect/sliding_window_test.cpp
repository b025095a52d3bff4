#include "mailban/detect/sliding_window.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

namespace mailban {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

TEST(SlidingWindow, TripsOnTheLimitAndNotBefore)
{
    SlidingWindow window;
    for (int i = 0; i < 4; ++i)
        EXPECT_FALSE(window.hit(kStart + i * 1min, 5, 10min)) << i;
    EXPECT_TRUE(window.hit(kStart + 4min, 5, 10min));
}

TEST(SlidingWindow, CountsAnEventOfExactlyTheSpan)
{
    SlidingWindow window;
    window.hit(kStart, 2, 10min);
    EXPECT_TRUE(window.hit(kStart + 10min, 2, 10min));
}

TEST(SlidingWindow, ForgetsAnEventOneMicrosecondOlderThanTheSpan)
{
    SlidingWindow window;
    window.hit(kStart, 2, 10min);
    EXPECT_FALSE(window.hit(kStart + 10min + 1us, 2, 10min));
}

TEST(SlidingWindow, WithALimitOfOneTripsAtOnce)
{
    SlidingWindow window;
    EXPECT_TRUE(window.hit(kStart, 1, 1s));
}

TEST(SlidingWindow, PutsALateLineWhereItBelongs)
{
    SlidingWindow window;
    window.hit(kStart + 20min, 3, 10min);
    window.hit(kStart + 21min, 3, 10min);
    EXPECT_FALSE(window.hit(kStart, 3, 10min));  // too old to matter
    EXPECT_TRUE(window.hit(kStart + 15min, 3, 10min));
}

TEST(SlidingWindow, CountsWhatLiesWithinTheSpanOfTheNewest)
{
    SlidingWindow window;
    for (const auto minute : {0, 5, 12, 14})
        window.hit(kStart + std::chrono::minutes(minute), 10, 10min);
    EXPECT_EQ(window.count(10min), 3U);
    window.clear();
    EXPECT_EQ(window.count(10min), 0U);
}

// All times ever seen, and the definition applied to them word by word.
bool trips_by_definition(std::vector<Timestamp> all, std::uint32_t limit, Duration within)
{
    const Timestamp newest = *std::max_element(all.begin(), all.end());
    const auto inside =
        std::count_if(all.begin(), all.end(), [&](Timestamp at) { return newest - at <= within; });
    return inside >= static_cast<std::ptrdiff_t>(limit);
}

TEST(SlidingWindow, AgreesWithTheDefinitionOnRandomHistories)
{
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937_64 random(seed);
    for (int history = 0; history < 2000; ++history) {
        const auto limit = static_cast<std::uint32_t>(1 + random() % 8);
        const Duration within = std::chrono::seconds(1 + random() % 60);
        SlidingWindow window;
        std::vector<Timestamp> all;
        Timestamp clock = kStart;
        for (int i = 0; i < 60; ++i) {
            clock += std::chrono::milliseconds(random() % 12'000);
            // Lines of one second, and a few that are later than that, come in any order.
            const Timestamp at = clock - std::chrono::milliseconds(random() % 3'000);
            all.push_back(at);
            const bool expected = trips_by_definition(all, limit, within);
            ASSERT_EQ(window.hit(at, limit, within), expected)
                << "limit " << limit << " within " << within.count() << " event " << i;
            if (!expected) continue;
            window.clear();
            all.clear();
        }
    }
}

}  // namespace
}  // namespace mailban
