#include "mailban/net/prefix.h"

#include <gtest/gtest.h>

#include "unit/net/random_net.h"

namespace mailban::prefix_test {
namespace {

Prefix prefix(std::string_view text)
{
    return *Prefix::parse(text);
}
IpAddress ip(std::string_view text)
{
    return *IpAddress::parse(text);
}

std::string reprinted(std::string_view text)
{
    const auto parsed = Prefix::parse(text);
    return parsed ? parsed->to_string() : "refused";
}

TEST(Prefix, ReadsBlocksAndBareAddresses)
{
    for (const auto text : {"192.0.2.0/24", "0.0.0.0/0", "10.0.0.0/8", "192.0.2.7/32", "::/0",
                            "2001:db8::/32", "2001:db8::1/128", "128.0.0.0/1", "8000::/1"})
        EXPECT_EQ(reprinted(text), text);
    EXPECT_EQ(reprinted("192.0.2.7"), "192.0.2.7/32");
    EXPECT_EQ(reprinted("2001:db8::7"), "2001:db8::7/128");
}

TEST(Prefix, RefusesHostBits)
{
    for (const auto text : {"192.0.2.1/24", "192.0.2.7/31", "0.0.0.1/0", "128.0.0.0/0", "::1/0",
                            "2001:db8::1/127", "2001:db8::/28"})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(Prefix, RefusesOtherTexts)
{
    using namespace std::string_view_literals;
    for (const auto text : {""sv,
                            "/"sv,
                            "/24"sv,
                            "192.0.2.0/"sv,
                            "192.0.2.0/33"sv,
                            "2001:db8::/129"sv,
                            "192.0.2.0/024"sv,
                            "192.0.2.0/00"sv,
                            "192.0.2.0/-1"sv,
                            "192.0.2.0/+24"sv,
                            "192.0.2.0/ 24"sv,
                            "192.0.2.0 /24"sv,
                            "192.0.2.0/24 "sv,
                            "192.0.2.0/24/8"sv,
                            "192.0.2.0/24x"sv,
                            "192.0.2.0/1e1"sv,
                            "192.0.2.0/255.255.255.0"sv,
                            "192.0.2.0/4294967320"sv,
                            "192.0.2/24"sv,
                            "::/\0"sv,
                            "192.0.2.0/24\0"sv,
                            "fe80::%1/64"sv})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(Prefix, CountsAMappedLengthAsItIsWritten)
{
    EXPECT_EQ(reprinted("::ffff:192.0.2.0/120"), "192.0.2.0/24");
    EXPECT_EQ(reprinted("::ffff:0:0/96"), "0.0.0.0/0");
    EXPECT_EQ(reprinted("::ffff:192.0.2.7/128"), "192.0.2.7/32");
    EXPECT_EQ(reprinted("::ffff:192.0.2.7"), "192.0.2.7/32");
    EXPECT_EQ(reprinted("::ffff:192.0.2.0/24"), "refused");
    EXPECT_EQ(reprinted("::ffff:0:0/95"), "refused");
    EXPECT_EQ(reprinted("::fffe:0:0/95"), "::fffe:0:0/95");
}

TEST(Prefix, CutsAnAddressToItsBlock)
{
    EXPECT_EQ(Prefix::of(ip("192.0.2.7"), 24), prefix("192.0.2.0/24"));
    EXPECT_EQ(Prefix::of(ip("192.0.2.7"), 0), prefix("0.0.0.0/0"));
    EXPECT_EQ(Prefix::of(ip("192.0.2.7"), 64), prefix("192.0.2.7/32"));
    EXPECT_EQ(Prefix::of(ip("2001:db8::7"), 64), prefix("2001:db8::/64"));
    EXPECT_EQ(Prefix::of(ip("2001:db8::7"), 1000), Prefix::host(ip("2001:db8::7")));
    EXPECT_TRUE(Prefix::host(ip("192.0.2.7")).is_host());
    EXPECT_FALSE(prefix("192.0.2.6/31").is_host());
    EXPECT_EQ(Prefix(), prefix("::/128"));
}

TEST(Prefix, HoldsItsFirstAndLastAddressAndNoNeighbour)
{
    const auto block = prefix("192.0.2.64/26");
    EXPECT_TRUE(block.contains(ip("192.0.2.64")));
    EXPECT_TRUE(block.contains(ip("192.0.2.127")));
    EXPECT_FALSE(block.contains(ip("192.0.2.63")));
    EXPECT_FALSE(block.contains(ip("192.0.2.128")));
    EXPECT_TRUE(block.contains(ip("::ffff:192.0.2.100")));
}

TEST(Prefix, TellsTheFamiliesApart)
{
    EXPECT_FALSE(prefix("::/0").contains(ip("192.0.2.7")));
    EXPECT_FALSE(prefix("0.0.0.0/0").contains(ip("::1")));
    EXPECT_FALSE(prefix("::/0").overlaps(prefix("0.0.0.0/0")));
    EXPECT_FALSE(prefix("::/0").contains(prefix("0.0.0.0/0")));
    EXPECT_FALSE(prefix("::fffe:0:0/95").contains(ip("192.0.2.7")));
    EXPECT_NE(prefix("::/0"), prefix("0.0.0.0/0"));
    EXPECT_TRUE(prefix("0.0.0.0/0").is_v4());
    EXPECT_FALSE(prefix("::/0").is_v4());
    EXPECT_EQ(prefix("0.0.0.0/0").length(), 0U);
    EXPECT_EQ(prefix("::/0").length(), 0U);
}

TEST(Prefix, OverlapsOnlyWhatItHoldsOrIsHeldBy)
{
    const auto wide = prefix("10.0.0.0/8");
    const auto narrow = prefix("10.1.0.0/16");
    EXPECT_TRUE(wide.contains(narrow));
    EXPECT_FALSE(narrow.contains(wide));
    EXPECT_TRUE(wide.contains(wide));
    EXPECT_TRUE(wide.overlaps(narrow));
    EXPECT_TRUE(narrow.overlaps(wide));
    EXPECT_FALSE(narrow.overlaps(prefix("10.2.0.0/16")));
}

TEST(Prefix, AgreesWithBitByBitComparison)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    for (int round = 0; round < 100'000; ++round) {
        const auto block = random.crowded_prefix();
        const auto address = random.crowded_address();
        const unsigned first = block.is_v4() ? 96 : 0;
        bool same = block.is_v4() == address.is_v4();
        for (unsigned bit = first; bit < first + block.length(); ++bit) {
            const unsigned differing = block.base().bytes()[bit / 8] ^ address.bytes()[bit / 8];
            if (((differing >> (7 - bit % 8)) & 1U) != 0) same = false;
        }
        ASSERT_EQ(block.contains(address), same) << block.to_string() << ' ' << address.to_string();
        ASSERT_EQ(Prefix::parse(block.to_string()), block) << block.to_string();
    }
}

}  // namespace
}  // namespace mailban::prefix_test
