#include "mailban/net/seeded_hash.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

namespace mailban::seeded_hash_test {
namespace {

IpAddress host(unsigned number)
{
    return IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8),
                         static_cast<std::uint8_t>(number));
}

// 65,536 balls into as many bins leave 63 % of them hit. Tables use the low bits.
template <class Key>
void expect_spread(const char* what, Key key)
{
    for (const std::uint64_t seed : {0ULL, 1ULL, 0x5bd1e9955bd1e995ULL}) {
        std::vector<bool> is_hit(65'536);
        for (unsigned number = 0; number < 65'536; ++number)
            is_hit[SeededHash{seed}(key(number)) & 0xffff] = true;
        EXPECT_GT(std::count(is_hit.begin(), is_hit.end(), true), 40'000)
            << what << ", seed " << seed;
    }
}

TEST(ASeededHash, SpreadsKeysThatDifferInLittle)
{
    expect_spread("addresses", host);
    expect_spread("prefixes", [](unsigned number) { return Prefix::of(host(number), 32); });
    expect_spread("numbers", [](unsigned number) { return std::uint64_t{number}; });
    expect_spread("texts", [](unsigned number) { return std::to_string(number); });
}

// Words of eight bytes, and what is left, however long it is.
TEST(ASeededHash, DependsOnEachByteOfAText)
{
    const SeededHash hash{7};
    for (std::size_t length = 0; length <= 40; ++length) {
        const std::string text(length, 'a');
        std::set<std::size_t> hashes{hash(text), hash(text + '\0'), hash(text + 'a')};
        for (std::size_t at = 0; at < length; ++at)
            for (const char other : {'b', '\0', '\xff'}) {
                auto changed = text;
                changed[at] = other;
                hashes.insert(hash(changed));
            }
        EXPECT_EQ(hashes.size(), 3 + 3 * length) << length << " bytes";
        const std::string elsewhere = "x" + text;
        EXPECT_EQ(hash(std::string_view(elsewhere).substr(1)), hash(text));
    }
}

TEST(ASeededHash, DependsOnItsSeed)
{
    unsigned same = 0;
    for (unsigned number = 0; number < 1000; ++number)
        same += SeededHash{1}(host(number)) == SeededHash{2}(host(number)) ? 1 : 0;
    EXPECT_EQ(same, 0U);
    EXPECT_NE(SeededHash{1}(std::string("bob")), SeededHash{2}(std::string("bob")));
    EXPECT_NE(SeededHash{1}(std::uint64_t{7}), SeededHash{2}(std::uint64_t{7}));
}

TEST(ASeededHash, IsTheSameForEqualBlocksAndAnotherForOtherLengths)
{
    const SeededHash hash{7};
    const auto eight = *Prefix::parse("10.0.0.0/8");
    EXPECT_EQ(hash(eight), hash(Prefix::of(*IpAddress::parse("10.9.8.7"), 8)));
    EXPECT_NE(hash(eight), hash(*Prefix::parse("10.0.0.0/9")));
    EXPECT_NE(hash(*Prefix::parse("::/0")), hash(*Prefix::parse("0.0.0.0/0")));
}

}  // namespace
}  // namespace mailban::seeded_hash_test
