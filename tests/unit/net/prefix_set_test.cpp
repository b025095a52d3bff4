#include "mailban/net/prefix_set.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>

#include "unit/net/random_net.h"

namespace mailban::prefix_set_test {
namespace {

Prefix prefix(std::string_view text)
{
    return *Prefix::parse(text);
}
IpAddress ip(std::string_view text)
{
    return *IpAddress::parse(text);
}

TEST(PrefixSet, IsEmptyAtFirst)
{
    const PrefixSet set;
    EXPECT_TRUE(set.empty());
    EXPECT_FALSE(set.contains(ip("::")));
    EXPECT_FALSE(set.overlaps(prefix("::/0")));
    EXPECT_FALSE(set.overlaps(prefix("0.0.0.0/0")));
}

TEST(PrefixSet, SaysWhetherSomethingChanged)
{
    PrefixSet set;
    EXPECT_TRUE(set.insert(prefix("10.0.0.0/8")));
    EXPECT_FALSE(set.insert(prefix("10.0.0.0/8")));
    EXPECT_EQ(set.size(), 1U);
    EXPECT_TRUE(set.erase(prefix("10.0.0.0/8")));
    EXPECT_FALSE(set.erase(prefix("10.0.0.0/8")));
    EXPECT_FALSE(set.contains(ip("10.1.2.3")));
}

TEST(PrefixSet, FindsTheLongestCoveringBlock)
{
    const PrefixSet set({prefix("10.0.0.0/8"), prefix("10.1.0.0/16"), prefix("10.1.2.3/32")});
    EXPECT_EQ(set.covering(ip("10.1.2.3")), prefix("10.1.2.3/32"));
    EXPECT_EQ(set.covering(ip("10.1.2.4")), prefix("10.1.0.0/16"));
    EXPECT_EQ(set.covering(ip("10.2.0.0")), prefix("10.0.0.0/8"));
    EXPECT_EQ(set.covering(ip("11.0.0.0")), std::nullopt);
}

TEST(PrefixSet, KeepsTheFamiliesApart)
{
    PrefixSet set({prefix("::/0")});
    EXPECT_FALSE(set.contains(ip("192.0.2.7")));
    EXPECT_FALSE(set.overlaps(prefix("192.0.2.0/24")));
    set.insert(prefix("0.0.0.0/0"));
    EXPECT_TRUE(set.contains(ip("192.0.2.7")));
    EXPECT_TRUE(set.contains(ip("2001:db8::1")));
}

TEST(PrefixSet, LooksPastIpv4ForOverlapsOfIpv6)
{
    const PrefixSet set({prefix("192.0.2.0/24"), prefix("2001:db8::/32")});
    EXPECT_TRUE(set.overlaps(prefix("::/0")));
    EXPECT_TRUE(set.overlaps(prefix("0.0.0.0/0")));
    EXPECT_FALSE(set.overlaps(prefix("::/16")));
}

struct NaiveSet {
    std::vector<Prefix> members{};

    std::optional<Prefix> covering(const IpAddress& address) const
    {
        std::optional<Prefix> best;
        for (const auto& each : members)
            if (each.contains(address) && (!best || each.length() > best->length())) best = each;
        return best;
    }
    bool overlaps(const Prefix& other) const
    {
        return std::any_of(members.begin(), members.end(),
                           [&](const Prefix& each) { return each.overlaps(other); });
    }
};

// Few members, which begin with any bits: most addresses are told apart by these alone.
TEST(PrefixSet, AgreesWithANaiveSetOfBlocksFarApart)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    const auto byte = [&random] { return static_cast<std::uint8_t>(random.below(256)); };
    const auto any = [&] {
        if (random.below(2) == 0) return IpAddress::v4(byte(), byte(), 0, 0);
        return IpAddress({byte(), byte(), byte()});
    };
    const auto shortened = [&](const IpAddress& address) {
        const unsigned shortest = random.below(8) == 0 ? 0 : 8;
        return Prefix::of(address,
                          shortest + random.below((address.is_v4() ? 33U : 129U) - shortest));
    };
    for (int round = 0; round < 500; ++round) {
        PrefixSet set;
        NaiveSet naive;
        for (int member = 0; member < 3; ++member) {
            const auto block = shortened(any());
            if (set.insert(block)) naive.members.push_back(block);
        }
        if (random.below(2) == 0) {
            ASSERT_TRUE(set.erase(naive.members.back()));
            naive.members.pop_back();
        }
        for (int look = 0; look < 50; ++look) {
            const bool is_near = random.below(2) == 0 && !naive.members.empty();
            const auto address = is_near ? naive.members.front().base() : any();
            const auto block = shortened(address);
            ASSERT_EQ(set.covering(address), naive.covering(address)) << address.to_string();
            ASSERT_EQ(set.overlaps(block), naive.overlaps(block)) << block.to_string();
        }
    }
}

TEST(PrefixSet, AgreesWithANaiveSet)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    for (int round = 0; round < 2'000; ++round) {
        PrefixSet set;
        NaiveSet naive;
        for (int step = 0; step < 24; ++step) {
            const auto changed = random.crowded_prefix();
            const auto found = std::find(naive.members.begin(), naive.members.end(), changed);
            const bool present = found != naive.members.end();
            if (random.below(3) == 0) {
                ASSERT_EQ(set.erase(changed), present);
                if (present) naive.members.erase(found);
            } else {
                ASSERT_EQ(set.insert(changed), !present);
                if (!present) naive.members.push_back(changed);
            }
            const auto address = random.crowded_address();
            const auto block = random.crowded_prefix();
            ASSERT_EQ(set.covering(address), naive.covering(address)) << address.to_string();
            ASSERT_EQ(set.contains(address), naive.covering(address).has_value());
            ASSERT_EQ(set.overlaps(block), naive.overlaps(block)) << block.to_string();
            ASSERT_EQ(set.size(), naive.members.size());
        }
    }
}

}  // namespace
}  // namespace mailban::prefix_set_test
