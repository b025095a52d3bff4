#include "mailban/detect/dedup/short_queue.h"

#include <gtest/gtest.h>

#include <deque>
#include <random>

namespace mailban::short_queue_test {
namespace {

TEST(AShortQueue, HoldsWhatTheStandardLibrarysDoes)
{
    constexpr std::uint32_t kSeed = 1;
    std::mt19937 random(kSeed);
    ShortQueue<int> queue;
    std::deque<int> model;
    for (int i = 0; i < 100'000; ++i) {
        // Longer and shorter by turns.
        const bool grows = random() % 100 < (i % 2000 < 1000 ? 60U : 40U);
        const auto place = static_cast<std::ptrdiff_t>(random() % (model.size() + 1));
        if (grows) {
            queue.insert(queue.begin() + place, i);
            model.insert(model.begin() + place, i);
        } else if (!model.empty() && random() % 4 == 0) {
            queue.erase(queue.begin());
            model.pop_front();
        } else if (place < static_cast<std::ptrdiff_t>(model.size())) {
            const auto after = queue.erase(queue.begin() + place);
            model.erase(model.begin() + place);
            ASSERT_EQ(after - queue.begin(), place);
        }
        ASSERT_EQ(queue.empty(), model.empty());
        ASSERT_TRUE(std::equal(queue.begin(), queue.end(), model.begin(), model.end()));
    }
}

}  // namespace
}  // namespace mailban::short_queue_test
