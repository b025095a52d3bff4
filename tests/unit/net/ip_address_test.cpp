#include "mailban/net/ip_address.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "seed.h"
#include "unit/net/random_net.h"

namespace mailban::ip_address_test {
namespace {

using namespace std::string_view_literals;

std::string reprinted(std::string_view text)
{
    const auto address = IpAddress::parse(text);
    return address ? address->to_string() : "refused";
}

TEST(IpAddress, ReadsDottedQuads)
{
    for (const auto text : {"0.0.0.0", "1.2.3.4", "192.0.2.7", "255.255.255.255", "127.0.0.1"})
        EXPECT_EQ(reprinted(text), text);
    EXPECT_EQ(IpAddress::parse("192.0.2.7"), IpAddress::v4(192, 0, 2, 7));
}

TEST(IpAddress, RefusesWhatIsNoDottedQuad)
{
    for (const auto text :
         {"",           ".",          "1",         "1.2",       "1.2.3",       "1.2.3.",
          ".1.2.3",     "1.2.3.4.",   "1.2.3.4.5", "1..2.3",    "256.1.1.1",   "1.2.3.256",
          "1.2.3.1000", "1.2.3.-4",   "1.2.3.+4",  "0x1.2.3.4", "1.2.3.a",     "16909060",
          "1.2.3.4/32", "1.2.3.4:25", "[1.2.3.4]", "1,2,3,4",   "1.2.3.4%eth0"})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(IpAddress, RefusesLeadingZeros)
{
    for (const auto text : {"01.2.3.4", "1.2.3.04", "1.2.3.004", "00.0.0.0", "192.000.2.7",
                            "010.010.010.010", "::ffff:192.0.2.07", "::ffff:01.2.3.4"})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(IpAddress, RefusesBlanksAndTrailingJunk)
{
    for (const auto text : {" 1.2.3.4", "1.2.3.4 ", "1.2.3.4\n", "\t1.2.3.4", "1.2.3.4x",
                            "1.2.3.4 5", " ::1", "::1 ", "::1\n", "::1x", "[::1]", "::1]:25",
                            "::1/128", "fe80::1%eth0", "fe80::1%1", "::1%lo", "IPv6:::1"})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(IpAddress, RefusesNulBytes)
{
    for (const auto text : {"1.2.3.4\0"sv, "1.2.3.4\0.5"sv, "\0001.2.3.4"sv, "::1\0"sv, "\0"sv,
                            "1.2.3.4\0 [9.9.9.9]"sv, "::\0001"sv})
        EXPECT_EQ(reprinted(text), "refused");
}

TEST(IpAddress, RefusesTextOfAnyLength)
{
    for (const auto unit : {"1", ".", ":", "0", "::1", "1.2.3.4", "f"}) {
        std::string text;
        while (text.size() < 300) {
            text += unit;
            if (text.size() <= 39) continue;
            EXPECT_EQ(reprinted(text), "refused") << text;
        }
    }
}

TEST(IpAddress, ReadsTheLongestForm)
{
    const auto text = "0000:0000:0000:0000:0000:ffff:192.168.100.228"sv;
    ASSERT_EQ(text.size(), IpAddress::kMaxTextLength);
    EXPECT_EQ(reprinted(text), "192.168.100.228");
    EXPECT_EQ(reprinted("0000:0000:0000:0000:0000:0000:192.168.100.228"), "::192.168.100.228");
    EXPECT_EQ(reprinted(std::string(text) + "0"), "refused");
}

// RFC 4291, 2.2: the three forms, with the document's own examples.
TEST(IpAddress, ReadsEveryFormOfRfc4291)
{
    EXPECT_EQ(reprinted("ABCD:EF01:2345:6789:ABCD:EF01:2345:6789"),
              "abcd:ef01:2345:6789:abcd:ef01:2345:6789");
    EXPECT_EQ(reprinted("2001:DB8:0:0:8:800:200C:417A"), "2001:db8::8:800:200c:417a");
    EXPECT_EQ(reprinted("2001:DB8::8:800:200C:417A"), "2001:db8::8:800:200c:417a");
    EXPECT_EQ(reprinted("FF01:0:0:0:0:0:0:101"), "ff01::101");
    EXPECT_EQ(reprinted("FF01::101"), "ff01::101");
    EXPECT_EQ(reprinted("0:0:0:0:0:0:0:1"), "::1");
    EXPECT_EQ(reprinted("::1"), "::1");
    EXPECT_EQ(reprinted("0:0:0:0:0:0:0:0"), "::");
    EXPECT_EQ(reprinted("::"), "::");
    EXPECT_EQ(reprinted("0:0:0:0:0:0:13.1.68.3"), "::13.1.68.3");
    EXPECT_EQ(reprinted("::13.1.68.3"), "::13.1.68.3");
    EXPECT_EQ(reprinted("0:0:0:0:0:FFFF:129.144.52.38"), "129.144.52.38");
    EXPECT_EQ(reprinted("::FFFF:129.144.52.38"), "129.144.52.38");
    EXPECT_EQ(reprinted("2001:db8:1:2:3:4:192.0.2.7"), "2001:db8:1:2:3:4:c000:207");
    EXPECT_EQ(reprinted("1:2:3:4:5:6:7::"), "1:2:3:4:5:6:7:0");
    EXPECT_EQ(reprinted("::2:3:4:5:6:7:8"), "0:2:3:4:5:6:7:8");
}

// RFC 5952, sections 2 and 4: many ways to write one address, one way to print it.
TEST(IpAddress, PrintsTheFormOfRfc5952)
{
    for (const auto text : {"2001:db8:0:0:1:0:0:1", "2001:0db8:0:0:1:0:0:1", "2001:db8::1:0:0:1",
                            "2001:db8::0:1:0:0:1", "2001:0db8::1:0:0:1", "2001:db8:0:0:1::1",
                            "2001:db8:0000:0:1::1", "2001:DB8:0:0:1::1"})
        EXPECT_EQ(reprinted(text), "2001:db8::1:0:0:1") << text;
    for (const auto text :
         {"2001:db8:aaaa:bbbb:cccc:dddd:eeee:1", "2001:db8:aaaa:bbbb:cccc:dddd:eeee:01",
          "2001:db8:aaaa:bbbb:cccc:dddd:eeee:0001", "2001:DB8:AAAA:bbbb:CCCC:dddd:eEeE:1"})
        EXPECT_EQ(reprinted(text), "2001:db8:aaaa:bbbb:cccc:dddd:eeee:1") << text;
    EXPECT_EQ(reprinted("2001:db8:0:0:0:0:2:1"), "2001:db8::2:1");
    EXPECT_EQ(reprinted("2001:db8:0:1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(reprinted("2001:db8::1:1:1:1:1"), "2001:db8:0:1:1:1:1:1");
    EXPECT_EQ(reprinted("2001:0:0:1:0:0:0:1"), "2001:0:0:1::1");
}

TEST(IpAddress, RefusesWhatIsNoIpv6Address)
{
    for (const auto text : {":",
                            ":::",
                            "1",
                            "1:2",
                            ":1",
                            "1:",
                            "1:2:3:4:5:6:7",
                            "1:2:3:4:5:6:7:8:9",
                            "1:::2",
                            "1::2::3",
                            "::1::",
                            ":1:2:3:4:5:6:7:8",
                            "1:2:3:4:5:6:7:8:",
                            "12345::",
                            "::00001",
                            "g::",
                            "::g",
                            "::-1",
                            "1:2:3:4:5:6:7::8",
                            "::1:2:3:4:5:6:7:8",
                            "1:2:3:4:5:6:7:8::",
                            "1:2:3:4:5:6:7:1.2.3.4",
                            "::1.2.3",
                            "::1.2.3.4:1",
                            "1.2.3.4::",
                            "::256.1.1.1",
                            "::1.2.3.4.5",
                            "::0x1",
                            "0x::1"})
        EXPECT_EQ(reprinted(text), "refused") << text;
}

TEST(IpAddress, ReadsAMappedAddressAsIpv4)
{
    for (const auto text : {"::ffff:1.2.3.4", "::ffff:102:304", "::FFFF:0102:0304",
                            "0:0:0:0:0:ffff:1.2.3.4", "0000::ffff:102:304"}) {
        const auto address = IpAddress::parse(text);
        ASSERT_TRUE(address) << text;
        EXPECT_TRUE(address->is_v4());
        EXPECT_EQ(*address, IpAddress::v4(1, 2, 3, 4));
        EXPECT_EQ(address->to_string(), "1.2.3.4");
    }
    for (const auto text : {"::fffe:1.2.3.4", "::1:ffff:102:304", "::ffff:0:102:304",
                            "64:ff9b::1.2.3.4", "::1.2.3.4", "2002:102:304::"})
        EXPECT_FALSE(IpAddress::parse(text)->is_v4()) << text;
}

TEST(IpAddress, KnowsLoopbackAndUnspecified)
{
    for (const auto text : {"127.0.0.1", "127.255.255.255", "127.0.0.0", "::1", "::ffff:127.0.0.1"})
        EXPECT_TRUE(IpAddress::parse(text)->is_loopback()) << text;
    for (const auto text : {"126.255.255.255", "128.0.0.1", "::", "::2", "7f00::1", "::127.0.0.1"})
        EXPECT_FALSE(IpAddress::parse(text)->is_loopback()) << text;
    for (const auto text : {"0.0.0.0", "::", "::ffff:0:0"})
        EXPECT_TRUE(IpAddress::parse(text)->is_unspecified()) << text;
    for (const auto text : {"0.0.0.1", "::1", "::fffe:0:0"})
        EXPECT_FALSE(IpAddress::parse(text)->is_unspecified()) << text;
    EXPECT_EQ(IpAddress(), *IpAddress::parse("::"));
}

TEST(IpAddress, MasksToEveryLength)
{
    IpAddress::Bytes ones{};
    ones.fill(0xff);
    const IpAddress full(ones);
    for (unsigned bits = 0; bits <= 128; ++bits) {
        const auto masked = full.masked(bits).bytes();
        for (unsigned bit = 0; bit < 128; ++bit) {
            const bool set = ((masked[bit / 8] >> (7 - bit % 8)) & 1U) != 0;
            ASSERT_EQ(set, bit < bits) << "bit " << bit << " of /" << bits;
        }
    }
    EXPECT_EQ(IpAddress::v4(192, 0, 2, 7).masked(96 + 24), IpAddress::v4(192, 0, 2, 0));
}

TEST(IpAddress, ReadsBackWhatItPrints)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    for (int round = 0; round < 100'000; ++round) {
        const auto address = random.address();
        const auto text = address.to_string();
        ASSERT_LE(text.size(), IpAddress::kMaxTextLength);
        ASSERT_EQ(IpAddress::parse(text), address) << text;
        ASSERT_FALSE(IpAddress::parse(text + ' '));
        ASSERT_FALSE(IpAddress::parse(text + '\0'));
    }
}

TEST(IpAddress, NeverReadsMoreThanOneSpellingAsDifferentAddresses)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    for (int round = 0; round < 20'000; ++round) {
        const auto address = random.address();
        std::string full;
        for (std::size_t index = 0; index < 16; index += 2) {
            std::array<char, 6> group{};
            std::snprintf(group.data(), group.size(), ":%02X%02X", address.bytes()[index],
                          address.bytes()[index + 1]);
            full += group.data();
        }
        ASSERT_EQ(IpAddress::parse(full.substr(1)), address) << full;
    }
}

// The database and the order of bans depend on it.
TEST(IpAddress, AreInTheOrderOfTheirBytes)
{
    SCOPED_TRACE("seed " + std::to_string(test::kSeed));
    test::RandomNet random;
    for (int round = 0; round < 20'000; ++round) {
        const auto one = random.address();
        auto bytes = round % 2 == 0 ? random.address().bytes() : one.bytes();
        if (round % 3 == 0) ++bytes.at(static_cast<std::size_t>(round) % bytes.size());
        const IpAddress other(bytes);
        ASSERT_EQ(one <=> other, one.bytes() <=> bytes) << one.to_string() << other.to_string();
        ASSERT_EQ(one == other, one.bytes() == bytes);
    }
}

TEST(IpAddress, KnowsIpv4ByItsPrefix)
{
    const auto four = IpAddress::v4(192, 0, 2, 7);
    EXPECT_TRUE(four.is_v4());
    for (std::size_t index = 0; index < 16; ++index) {
        auto bytes = four.bytes();
        bytes.at(index) ^= 1U;
        EXPECT_EQ(IpAddress(bytes).is_v4(), index >= 12) << index;
    }
}

TEST(IpAddress, ReadsDottedQuadsAsTheSystemDoes)
{
    const auto start = test::property_seed();
    std::mt19937 random(start);
    const std::string_view letters = "0123456789.1250. x-";
    std::size_t found = 0;
    for (std::size_t count = test::property_amount(300'000); count > 0; --count) {
        std::string text;
        if (count % 2 == 0) {
            for (int part = 0; part < 4; ++part)
                text += (part > 0 ? "." : "") + std::to_string(random() % 300);
        }
        for (auto changes = random() % 6; changes > 0; --changes)
            text.insert(random() % (text.size() + 1), 1, letters[random() % letters.size()]);
        std::array<std::uint8_t, 4> quad{};
        const bool is_one =
            text.find('\0') == text.npos && inet_pton(AF_INET, text.c_str(), quad.data()) == 1;
        const auto parsed = IpAddress::parse(text);
        ASSERT_EQ(parsed.has_value(), is_one) << text;
        if (!is_one) continue;
        ++found;
        ASSERT_EQ(*parsed, IpAddress::v4(quad[0], quad[1], quad[2], quad[3])) << text;
    }
    EXPECT_GT(found, 1000U);
}

}  // namespace
}  // namespace mailban::ip_address_test
