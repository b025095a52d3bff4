#include "mailban/keyed_pool.h"

#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>

#include "seed.h"

namespace mailban::keyed_pool_test {
namespace {

struct Named {
    std::uint32_t key = 0;
    std::string name{};
};

// Spreads keys well, or hardly at all.
struct Spread {
    std::size_t buckets = 0;
    std::size_t operator()(std::uint32_t key) const noexcept
    {
        return buckets == 0 ? key * std::size_t{0x9e3779b97f4a7c15} : key % buckets;
    }
};

using Names = KeyedPool<Named, Spread>;

class AKeyedPool : public testing::TestWithParam<std::size_t> {};

TEST_P(AKeyedPool, HoldsWhatTheStandardLibrarysMapDoes)
{
    std::mt19937 random(test::property_seed());
    Names pool(Spread{GetParam()});
    std::map<std::uint32_t, std::string> model;
    std::map<std::uint32_t, Slot> places;
    const std::size_t steps = test::property_amount(200'000, "MAILBAN_PROPERTY_STEPS");
    for (std::size_t step = 0; step < steps; ++step) {
        const auto key = static_cast<std::uint32_t>(random() % 300);
        const Slot found = pool.find(key);
        ASSERT_EQ(found != kNoSlot, model.contains(key));
        if (found == kNoSlot) {
            const auto name = "a name of its own that takes an allocation: " + std::to_string(step);
            places[key] = pool.add({key, name});
            model[key] = name;
        } else {
            ASSERT_EQ(found, places[key]) << "it has moved";
            ASSERT_EQ(pool[found].name, model[key]);
            // Fuller and emptier by turns.
            if (random() % 100 < (step % 4000 < 2000 ? 30U : 70U)) {
                pool.remove(found);
                model.erase(key);
            }
        }
        ASSERT_EQ(pool.size(), model.size());
    }
    std::set<std::uint32_t> keys;
    pool.each([&](Slot slot) { EXPECT_TRUE(keys.insert(pool[slot].key).second); });
    EXPECT_EQ(keys.size(), model.size());
    for (const auto key : keys)
        EXPECT_TRUE(model.contains(key));
}

// Its places have no room for a part of the hash.
TEST_P(AKeyedPool, HoldsSmallValuesAlike)
{
    struct Small {
        std::uint32_t key = 0;
        std::uint32_t number = 0;
    };
    std::mt19937 random(test::property_seed());
    KeyedPool<Small, Spread> pool(Spread{GetParam()});
    std::map<std::uint32_t, std::uint32_t> model;
    const std::size_t steps = test::property_amount(50'000, "MAILBAN_PROPERTY_STEPS");
    for (std::uint32_t step = 0; step < steps; ++step) {
        const auto key = static_cast<std::uint32_t>(random() % 300);
        const Slot found = pool.find(key);
        ASSERT_EQ(found != kNoSlot, model.contains(key));
        if (found == kNoSlot) {
            pool.add({key, step});
            model[key] = step;
        } else {
            ASSERT_EQ(pool[found].number, model[key]);
            pool.remove(found);
            model.erase(key);
        }
    }
    EXPECT_EQ(pool.size(), model.size());
}

INSTANTIATE_TEST_SUITE_P(OfKeysThatSpread, AKeyedPool, testing::Values(0, 1, 7));

TEST(AKeyedPool, IsEmptyAtFirst)
{
    const Names pool;
    EXPECT_EQ(pool.find(0), kNoSlot);
    EXPECT_EQ(pool.size(), 0U);
    pool.each([](Slot) { ADD_FAILURE() << "there is nothing"; });
}

TEST(AKeyedPool, UsesAgainThePlaceThatWasGivenBackLast)
{
    Names pool;
    const Slot first = pool.add({1, "one"});
    const Slot second = pool.add({2, "two"});
    pool.remove(first);
    pool.remove(second);
    EXPECT_EQ(pool.add({3, "three"}), second);
    EXPECT_EQ(pool.add({4, "four"}), first);
    EXPECT_EQ(pool.find(1), kNoSlot);
}

TEST(AKeyedPool, LeavesNothingOfWhatIsRemoved)
{
    struct Holder {
        int key = 0;
        std::shared_ptr<int> held{};
    };
    KeyedPool<Holder, std::hash<int>> pool;
    const auto held = std::make_shared<int>(7);
    pool.remove(pool.add({1, held}));
    EXPECT_EQ(held.use_count(), 1);
}

}  // namespace
}  // namespace mailban::keyed_pool_test
