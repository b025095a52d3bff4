#include "mailban/parse/forwarded_for.h"

#include "mailban/net/private_address.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <iostream>
#include <random>

#include "seed.h"

namespace mailban::forwarded_for_test {
namespace {

IpAddress address(const std::string& text)
{
    return *IpAddress::parse(text);
}

std::string read(std::string_view text)
{
    const auto ip = read_forwarded_address(text);
    return ip ? ip->to_string() : "nobody";
}

std::string client(std::string_view chain, const Proxies& proxies = {})
{
    const auto ip = client_of_chain(chain, proxies);
    return ip ? ip->to_string() : "nobody";
}

const Proxies kNamed{.prefixes = {*Prefix::parse("198.51.100.200"), *Prefix::parse("10.0.0.0/8")}};
const Proxies kNone{.private_by_nature = false};

TEST(AForwardedAddress, IsReadWithoutItsPort)
{
    EXPECT_EQ(read("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(read("192.0.2.7:56383"), "192.0.2.7");
    EXPECT_EQ(read("2001:db8::7"), "2001:db8::7");
    EXPECT_EQ(read("[2001:db8::7]"), "2001:db8::7");
    EXPECT_EQ(read("[2001:db8::7]:56383"), "2001:db8::7");
    EXPECT_EQ(read("::ffff:192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(read("[::ffff:192.0.2.7]:25"), "192.0.2.7");
}

TEST(AForwardedAddress, IsNothingElse)
{
    for (const auto* const text :
         {"", "unknown", "192.0.2.7:", "192.0.2.7:port", "192.0.2.7:99999", "192.0.2.7:1:2",
          "[2001:db8::7", "[2001:db8::7]x", "[2001:db8::7]:", "[2001:db8::7]:99999", "[]",
          "192.0.2.7 192.0.2.8", "2001:db8::7%eth0", "192.0.2.7.", "for=192.0.2.7",
          "2001:db8:0:0:0:0:0:7:56383"})
        EXPECT_EQ(read(text), "nobody") << text;
}

TEST(AChain, EndsWithTheClientUnlessAPrivateAddressStandsBehindAPublicOne)
{
    EXPECT_EQ(client("192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client("8.8.8.8, 192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client("8.8.8.8,192.0.2.7:4711, 172.20.0.200"), "192.0.2.7");
    EXPECT_EQ(client("8.8.8.8, 2001:db8::7, fd00::1, 100.64.0.1, 169.254.1.1, 127.0.0.1"),
              "2001:db8::7");
    EXPECT_EQ(client("10.0.0.8, 10.0.0.9"), "10.0.0.9");
    EXPECT_EQ(client("10.0.0.8"), "10.0.0.8");
    EXPECT_EQ(client("8.8.8.8, 10.0.0.1, 192.0.2.7"), "192.0.2.7");
}

TEST(AChain, IsGoneLeftPastTheProxiesThatAreNamed)
{
    EXPECT_EQ(client("8.8.8.8, 192.0.2.7, 198.51.100.200", kNamed), "192.0.2.7");
    EXPECT_EQ(client("8.8.8.8, 192.0.2.7, 198.51.100.200, 10.0.0.1", kNamed), "192.0.2.7");
    EXPECT_EQ(client("192.168.1.4, 198.51.100.200", kNamed), "192.168.1.4");
    EXPECT_EQ(client("192.168.1.4, 10.0.0.1", kNamed), "192.168.1.4");
    // Where every one is a proxy, nobody stands behind it.
    EXPECT_EQ(client("10.0.0.2, 198.51.100.200", kNamed), "10.0.0.2");
    EXPECT_EQ(client("198.51.100.200, 192.168.1.4", kNamed), "198.51.100.200");
}

TEST(AChain, HasNoPrivateProxiesWhereTheConfigurationSaysThatThereAreNone)
{
    EXPECT_EQ(client("192.0.2.7, 172.20.0.200", kNone), "172.20.0.200");
}

TEST(AChain, NamesNobodyWhereItCannotBeReadForCertain)
{
    EXPECT_EQ(client(""), "nobody");
    EXPECT_EQ(client("192.0.2.7, unknown"), "nobody");
    EXPECT_EQ(client("unknown, 10.0.0.1"), "nobody");
    EXPECT_EQ(client("192.0.2.7, x, 10.0.0.1"), "nobody");
    EXPECT_EQ(client("unknown, 198.51.100.200", kNamed), "nobody");
    // What a client writes does not make its own address uncertain.
    EXPECT_EQ(client("unknown, 192.0.2.7"), "192.0.2.7");
    EXPECT_EQ(client("x\"',, ,;192.0.2.7, 192.0.2.8"), "192.0.2.8");
}

TEST(AChain, OfManyLinksNamesNobody)
{
    std::string chain = "192.0.2.7";
    for (int link = 0; link < 20; ++link)
        chain += ", 10.0.0.1";
    EXPECT_EQ(client(chain), "192.0.2.7");
    for (int link = 0; link < 100'000; ++link)
        chain += ", 10.0.0.1";
    EXPECT_EQ(client(chain), "nobody");
    EXPECT_EQ(client(chain, kNamed), "nobody");
}

TEST(APeer, IsTheClientUnlessItIsAProxy)
{
    const auto of = [](const char* chain, const char* peer, const Proxies& proxies) {
        const auto ip = client_of_chain(chain, address(peer), proxies);
        return ip ? ip->to_string() : "nobody";
    };
    EXPECT_EQ(of("8.8.8.8", "192.0.2.7", {}), "192.0.2.7");
    EXPECT_EQ(of("nonsense", "192.0.2.7", {}), "192.0.2.7");
    EXPECT_EQ(of("8.8.8.8, 192.0.2.7", "10.0.0.1", {}), "192.0.2.7");
    EXPECT_EQ(of("8.8.8.8, 192.0.2.7", "10.0.0.1", kNone), "10.0.0.1");
    EXPECT_EQ(of("8.8.8.8, 192.0.2.7", "198.51.100.200", kNamed), "192.0.2.7");
    EXPECT_EQ(of("", "10.0.0.1", {}), "10.0.0.1");
    EXPECT_EQ(of("", "10.0.0.1", kNamed), "10.0.0.1");
    EXPECT_EQ(of("nonsense", "10.0.0.1", {}), "nobody");
}

TEST(APrivateAddress, IsOfANetworkBehindAGateway)
{
    for (const auto* const text :
         {"10.0.0.1", "172.16.0.1", "172.31.255.255", "192.168.0.1", "127.0.0.1", "169.254.0.1",
          "100.64.0.1", "100.127.255.255", "::1", "fe80::1", "fc00::1", "fdff::1"})
        EXPECT_TRUE(is_private(address(text))) << text;
    for (const auto* const text : {"11.0.0.1", "172.15.0.1", "172.32.0.1", "192.169.0.1",
                                   "100.63.0.1", "100.128.0.1", "2001:db8::1", "fec0::1", "::2"})
        EXPECT_FALSE(is_private(address(text))) << text;
}

// A proxy appends the client. Whatever the client has sent before, and however many proxies of ours
// come behind it, the client is named.
TEST(AChain, NamesTheClientWhateverItHasSent)
{
    constexpr std::string_view kCharacters = "0123456789abcdef.:,[] \t%\"'-;x";
    const auto seed = test::property_seed();
    std::mt19937 random(seed);
    constexpr std::array<const char*, 6> kProxies{"10.1.2.3",       "198.51.100.200",
                                                  "172.20.0.9:80",  "[fd00::1]:443",
                                                  "198.51.100.200", "127.0.0.1"};
    for (int count = 0; count < 100'000; ++count) {
        std::string chain;
        for (auto length = random() % 40; length > 0; --length)
            chain += kCharacters[random() % kCharacters.size()];
        const bool is_v4 = random() % 2 == 0;
        const auto last = std::to_string(1 + random() % 200);
        const auto plain = is_v4 ? "192.0.2." + last : "2001:db8::" + last;
        const auto told = is_v4 ? plain + ":4711" : "[" + plain + "]:4711";
        chain += random() % 2 == 0 ? ", " : ",";
        chain += random() % 2 == 0 ? plain : told;
        for (auto proxies = random() % 4; proxies > 0; --proxies)
            chain += std::string(", ") + kProxies[random() % kProxies.size()];
        ASSERT_EQ(client(chain, kNamed), address(plain).to_string()) << chain;
    }
}

}  // namespace
}  // namespace mailban::forwarded_for_test
