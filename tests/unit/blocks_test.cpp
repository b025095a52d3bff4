#include "mailban/blocks.h"

#include <gtest/gtest.h>

#include <cstddef>
#include <utility>
#include <vector>

namespace mailban::blocks_test {
namespace {

TEST(Blocks, HoldWhatWasAddedAndNeverMoveIt)
{
    constexpr int kMany = 5000;
    Blocks<int> numbers;
    std::vector<const int*> places;
    for (int number = 0; number < kMany; ++number) {
        numbers.push_back(number);
        places.push_back(&numbers[static_cast<std::size_t>(number)]);
    }
    ASSERT_EQ(numbers.size(), static_cast<std::size_t>(kMany));
    const Blocks<int> moved = std::move(numbers);
    for (int number = 0; number < kMany; ++number) {
        const auto at = static_cast<std::size_t>(number);
        EXPECT_EQ(moved[at], number);
        EXPECT_EQ(&moved[at], places[at]);
    }
}

TEST(Blocks, MayBeChangedInPlace)
{
    Blocks<int> numbers;
    EXPECT_EQ(numbers.size(), 0U);
    numbers.push_back(1);
    numbers[0] = 7;
    EXPECT_EQ(numbers[0], 7);
}

// A value that is held may be added again: the place it comes from does not move.
TEST(Blocks, TakeWhatTheyHold)
{
    Blocks<std::vector<int>> lists;
    lists.push_back({1, 2, 3});
    for (int more = 0; more < 2000; ++more)
        lists.push_back(lists[0]);
    EXPECT_EQ(lists[2000], (std::vector<int>{1, 2, 3}));
}

}  // namespace
}  // namespace mailban::blocks_test
