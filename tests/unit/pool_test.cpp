#include "mailban/pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <list>
#include <memory>
#include <random>

#include "seed.h"

namespace mailban::pool_test {
namespace {

TEST(APool, UsesPlacesAgainAndLeavesNothingInThem)
{
    Pool<std::shared_ptr<int>> pool;
    const auto held = std::make_shared<int>(7);
    const Slot first = pool.add(held);
    const Slot second = pool.add(held);
    pool.remove(first);
    EXPECT_EQ(held.use_count(), 2);
    EXPECT_EQ(pool[second], held);
    EXPECT_EQ(pool.add(held), first);
    EXPECT_EQ(pool.add(held), second + 1);
}

TEST(ASlotList, HasTheOrderOfTheStandardLibrarysList)
{
    struct Value {
        int number = 0;
        SlotList::Links links{};
    };
    std::mt19937 random(test::property_seed());
    Pool<Value> pool;
    SlotList order;
    std::list<Slot> model;  // the newest first
    const auto links = [&](Slot slot) -> SlotList::Links& { return pool[slot].links; };
    for (std::size_t step = test::property_amount(100'000, "MAILBAN_PROPERTY_STEPS"); step > 0;
         --step) {
        const auto dice = random() % 4;
        if (dice < 2 && model.size() < 50) {
            const Slot slot = pool.add({static_cast<int>(step)});
            if (dice == 0) {
                order.add_newest(slot, links);
                model.push_front(slot);
            } else {
                order.add_oldest(slot, links);
                model.push_back(slot);
            }
        } else if (!model.empty()) {
            const auto gone =
                std::next(model.begin(), static_cast<std::ptrdiff_t>(random() % model.size()));
            order.remove(*gone, links);
            pool.remove(*gone);
            model.erase(gone);
        }
        std::list<Slot> down;
        for (Slot slot = order.newest(); slot != kNoSlot; slot = links(slot).older)
            down.push_back(slot);
        std::list<Slot> up;
        for (Slot slot = order.oldest(); slot != kNoSlot; slot = links(slot).newer)
            up.push_front(slot);
        ASSERT_EQ(down, model);
        ASSERT_EQ(up, model);
    }
}

TEST(ASlotList, FindsTheLightestOfTheOldest)
{
    struct Value {
        int weight = 0;
        SlotList::Links links{};
    };
    Pool<Value> pool;
    SlotList order;
    const auto links = [&](Slot slot) -> SlotList::Links& { return pool[slot].links; };
    const auto weight = [&](Slot slot) { return pool[slot].weight; };
    EXPECT_EQ(order.lightest_of_oldest(links, weight), kNoSlot);
    for (const int heavy : {5, 3, 7, 3, 9, 9, 9, 9, 1})
        order.add_newest(pool.add({heavy}), links);
    EXPECT_EQ(order.lightest_of_oldest(links, weight), 1U) << "the older of two, not the ninth";
}

}  // namespace
}  // namespace mailban::pool_test
