#include "mailban/detect/trust.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

IpAddress ip(const char* text)
{
    return *IpAddress::parse(text);
}

TEST(Trust, KnowsAClientAndItsNetworkAfterALogin)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    trust.learn(ip("192.0.2.7"), "bob", kStart);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "BOB", kStart), Familiarity::known);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.8"), "bob", kStart), Familiarity::neighbour);
    EXPECT_EQ(trust.familiarity(ip("192.0.3.7"), "bob", kStart), Familiarity::stranger);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "bo", kStart), Familiarity::stranger);
}

TEST(Trust, GivesNoCreditOnOtherAccounts)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    trust.learn(ip("192.0.2.7"), "mine", kStart);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "yours", kStart), Familiarity::stranger);
}

TEST(Trust, TakesAnIpv6BlockForOneClient)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    trust.learn(ip("2001:db8::1"), "bob", kStart);
    EXPECT_EQ(trust.familiarity(ip("2001:db8::ffff"), "bob", kStart), Familiarity::known);
    EXPECT_EQ(trust.familiarity(ip("2001:db8:0:1::1"), "bob", kStart), Familiarity::neighbour);
}

TEST(Trust, EndsItsTimeAfterTheLastLoginAndNotEarlier)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    trust.learn(ip("192.0.2.7"), "bob", kStart);
    trust.learn(ip("192.0.2.7"), "bob", kStart + days(10));
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "bob", kStart + days(70)), Familiarity::known);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "bob", kStart + days(70) + 1us),
              Familiarity::stranger);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "bob", kStart - 1us), Familiarity::stranger);
}

TEST(Trust, KnowsWhetherABlockHoldsAUser)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    trust.learn(ip("192.0.2.200"), "bob", kStart);
    EXPECT_TRUE(trust.is_user(ip("192.0.2.200"), kStart));
    EXPECT_FALSE(trust.is_user(ip("192.0.2.201"), kStart));
    EXPECT_TRUE(trust.has_user_in(*Prefix::parse("192.0.2.0/24"), kStart));
    EXPECT_FALSE(trust.has_user_in(*Prefix::parse("192.0.2.0/25"), kStart));
    EXPECT_FALSE(trust.has_user_in(*Prefix::parse("192.0.2.0/24"), kStart + days(61)));
}

TEST(Trust, HandsOutWhatToKeepNowAndThenAndTakesItUpAgain)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    const auto first = trust.learn(ip("192.0.2.7"), "Bob", kStart);
    ASSERT_TRUE(first);
    EXPECT_EQ(*first, (KnownLogin{ip("192.0.2.7"), "bob", kStart, kStart}));
    EXPECT_FALSE(trust.learn(ip("192.0.2.7"), "bob", kStart + 1h));
    const auto later = trust.learn(ip("192.0.2.7"), "bob", kStart + 7h);
    ASSERT_TRUE(later);
    EXPECT_EQ(*later, (KnownLogin{ip("192.0.2.7"), "bob", kStart, kStart + 7h}));
    Trust next(TrustSettings{}, PrefixLengths{}, 2);
    next.restore(*later);
    EXPECT_EQ(next.familiarity(ip("192.0.2.7"), "bob", kStart + days(30)), Familiarity::known);
    EXPECT_FALSE(next.learn(ip("192.0.2.7"), "bob", kStart + 8h));
}

TEST(Trust, ForgetsWhatWasUsedLongestAgoWhenItIsFull)
{
    TrustSettings settings;
    settings.capacity = 100;
    Trust trust(settings, PrefixLengths{}, 1);
    for (int i = 0; i < 1000; ++i)
        trust.learn(IpAddress::v4(10, static_cast<std::uint8_t>(i / 250), 1,
                                  static_cast<std::uint8_t>(i % 250)),
                    "user" + std::to_string(i), kStart + i * 1min);
    EXPECT_LE(trust.size(), 100U);
    EXPECT_EQ(trust.size() + trust.forgotten(), 2000U);  // each with its network
    const Timestamp now = kStart + 1000min;
    EXPECT_EQ(trust.familiarity(ip("10.3.1.249"), "user999", now), Familiarity::known);
    EXPECT_EQ(trust.familiarity(ip("10.0.1.0"), "user0", now), Familiarity::stranger);
}

TEST(AnAccount, IsShownOnlyWhereItsNameIsPlain)
{
    EXPECT_EQ(shown_account("bob.x+y@example.com"), "bob.x+y@example.com");
    for (const auto* const name : {"", "a b", "\x1b[31m", "b\xc3\xb6rse", "<script>"})
        EXPECT_EQ(shown_account(name), "an account with an unusual name");
    EXPECT_EQ(shown_account(std::string(65, 'a')), "an account with an unusual name");
}

}  // namespace
}  // namespace mailban
