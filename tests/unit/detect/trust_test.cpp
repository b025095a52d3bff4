#include "mailban/detect/trust.h"

#include <gtest/gtest.h>

namespace mailban::trust_test {
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
    // Hosters number their customers in one /48.
    EXPECT_EQ(trust.familiarity(ip("2001:db8:0:100::1"), "bob", kStart), Familiarity::stranger);
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
    ASSERT_TRUE(first.kept);
    EXPECT_EQ(*first.kept, (KnownLogin{ip("192.0.2.7"), "bob", kStart, kStart}));
    EXPECT_FALSE(trust.learn(ip("192.0.2.7"), "bob", kStart + 1h).kept);
    const auto later = trust.learn(ip("192.0.2.7"), "bob", kStart + 7h);
    ASSERT_TRUE(later.kept);
    EXPECT_EQ(*later.kept, (KnownLogin{ip("192.0.2.7"), "bob", kStart, kStart + 7h}));
    Trust next(TrustSettings{}, PrefixLengths{}, 2);
    next.restore(*later.kept);
    EXPECT_EQ(next.familiarity(ip("192.0.2.7"), "bob", kStart + days(30)), Familiarity::known);
    EXPECT_FALSE(next.learn(ip("192.0.2.7"), "bob", kStart + 8h).kept);
}

IpAddress block(int number)
{
    IpAddress::Bytes bytes{0x20, 0x01, 0x0d, 0xb8};
    bytes[5] = static_cast<std::uint8_t>(number / 250);
    bytes[6] = static_cast<std::uint8_t>(number % 250);
    return IpAddress(bytes);
}

TEST(Trust, LetsNoAccountPushOthersOut)
{
    TrustSettings settings;
    settings.capacity = 1000;
    Trust trust(settings, PrefixLengths{}, 1);
    trust.learn(ip("192.0.2.7"), "bob", kStart);
    std::size_t forgotten = 0;
    for (int i = 0; i < 5000; ++i)
        forgotten += trust.learn(block(i), "mallory", kStart + i * 1s).forgotten.has_value();
    const Timestamp now = kStart + 5000s;
    EXPECT_EQ(forgotten, 5000 - Trust::kMostPlaces);
    EXPECT_EQ(trust.familiarity(ip("192.0.2.7"), "bob", now), Familiarity::known);
    EXPECT_EQ(trust.familiarity(block(4999), "mallory", now), Familiarity::known);
    EXPECT_EQ(trust.familiarity(block(0), "mallory", now), Familiarity::stranger);
    EXPECT_FALSE(trust.is_user(block(0), now));
    EXPECT_TRUE(trust.is_user(block(4999), now));
}

TEST(Trust, SaysWhichClientOfTheAccountMadeRoom)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    for (int i = 0; i < 64; ++i)
        EXPECT_FALSE(trust.learn(block(i), "bob", kStart + i * 1s).forgotten);
    EXPECT_EQ(trust.learn(block(64), "bob", kStart + 64s).forgotten, block(0));
    EXPECT_FALSE(trust.learn(block(64), "bob", kStart + 65s).forgotten);
    EXPECT_EQ(trust.learn(block(0), "bob", kStart + 66s).forgotten, block(1));
}

TEST(Trust, CountsTheUsersOfAClient)
{
    Trust trust(TrustSettings{}, PrefixLengths{}, 1);
    EXPECT_EQ(trust.users_at(ip("192.0.2.7"), kStart), 0U);
    for (int i = 0; i < 30; ++i) {
        trust.learn(ip("192.0.2.7"), "user" + std::to_string(i % 3), kStart);
        EXPECT_EQ(trust.users_at(ip("192.0.2.7"), kStart), std::min(i + 1, 3));
    }
    for (int i = 0; i < 30; ++i)
        trust.learn(ip("192.0.2.7"), "user" + std::to_string(i), kStart + days(1));
    EXPECT_EQ(trust.users_at(ip("192.0.2.7"), kStart + days(1)), Trust::kMostUsers);
    EXPECT_EQ(trust.users_at(ip("192.0.2.8"), kStart + days(1)), 0U);
    EXPECT_EQ(trust.users_at(ip("192.0.2.7"), kStart + days(8)), Trust::kMostUsers);
    EXPECT_EQ(trust.users_at(ip("192.0.2.7"), kStart + days(8) + 1us), 0U);
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
}  // namespace mailban::trust_test
