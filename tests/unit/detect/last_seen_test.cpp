#include "mailban/detect/last_seen.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>

#include "seed.h"

namespace mailban::last_seen_test {
namespace {

using std::chrono::seconds;

constexpr Timestamp kStart{seconds(1'800'000'000)};

IpAddress key_of(std::uint32_t number)
{
    return IpAddress::v4(192, 0, static_cast<std::uint8_t>(number >> 8U),
                         static_cast<std::uint8_t>(number));
}

TEST(LastSeenMemory, HoldsWhatAMapWouldHold)
{
    std::mt19937 random(test::property_seed());
    LastSeen seen(1000, 7);
    std::map<std::uint32_t, Timestamp> model;
    for (std::size_t left = test::property_amount(200'000, "MAILBAN_PROPERTY_STEPS"); left > 0;
         --left) {
        const auto number = static_cast<std::uint32_t>(random() % 300);
        const Timestamp at = kStart + seconds(random() % 10'000);
        const IpAddress key = key_of(number);
        const auto known = model.find(number);
        const bool is_known = known != model.end();
        switch (random() % 8) {
        case 0:
            seen.take_back(key, is_known ? known->second : at);
            model.erase(number);
            break;
        case 1:
            seen.take_back(key, at + seconds(20'000));  // never noted
            break;
        case 2:
            seen.forget(key);
            model.erase(number);
            break;
        case 3:
            if (random() % 1000 != 0) break;
            seen.set_back(at);
            for (auto& [other, last] : model)
                last = std::min(last, at);
            break;
        default: seen.note(key, at); model[number] = is_known ? std::max(known->second, at) : at;
        }
        const auto now = model.find(number);
        const Duration span = seconds(random() % 5000);
        ASSERT_EQ(seen.holds(key, at, span), now != model.end() && at - now->second <= span);
        ASSERT_EQ(seen.size(), model.size());
    }
    const PrefixSet half({Prefix::of(key_of(0), 25)});
    const auto is_inside = [](const auto& one) { return one.first < 128; };
    EXPECT_EQ(seen.keys_inside(half).size(),
              static_cast<std::size_t>(std::count_if(model.begin(), model.end(), is_inside)));
}

TEST(LastSeenMemory, ForgetsWhatWasNotNotedForLongest)
{
    LastSeen seen(3, 7);
    for (const auto number : {1U, 2U, 3U, 1U, 4U})
        seen.note(key_of(number), kStart);
    EXPECT_EQ(seen.size(), 3U);
    EXPECT_TRUE(seen.holds(key_of(1), kStart, seconds(0)));
    EXPECT_FALSE(seen.holds(key_of(2), kStart, seconds(0)));
}

// Who has many addresses cannot push out by them what was noted of one again and again.
TEST(LastSeenMemory, KeepsWhatWasNotedOften)
{
    LastSeen seen(100, 7);
    seen.note(key_of(1), kStart);
    seen.note(key_of(1), kStart);
    for (std::uint32_t number = 2; number < 10'000; ++number)
        seen.note(key_of(number), kStart);
    EXPECT_TRUE(seen.holds(key_of(1), kStart, seconds(0)));
}

}  // namespace
}  // namespace mailban::last_seen_test
