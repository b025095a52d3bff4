#include "mailban/detect/outage.h"

#include "mailban/detect/account.h"

#include <gtest/gtest.h>

namespace mailban::outage_test {
namespace {

using namespace std::chrono_literals;
using Failing = Outage::Failing;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

// Each of another network.
IpAddress client(int number)
{
    return IpAddress::v4(10, static_cast<std::uint8_t>(number / 250),
                         static_cast<std::uint8_t>(number % 250), 7);
}

IpAddress account(int number)
{
    return account_key("user" + std::to_string(number), 1);
}

void fail(Outage& outage, int users, Timestamp at)
{
    for (int i = 0; i < users; ++i)
        outage.note_failing_user(client(i), account(i), Failing::begins, at);
}

TEST(AnOutage, BeginsWhenClientsOfSeveralNetworksAreToldOfIt)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 50; ++i)
        outage.note_unavailable(client(1), kStart);
    outage.note_unavailable(client(2), kStart);
    EXPECT_FALSE(outage.since());
    outage.note_unavailable(client(3), kStart + 5min);
    EXPECT_EQ(outage.since(), kStart + 5min);
}

TEST(AnOutage, HasOneWitnessANetwork)
{
    Outage outage(OutageSettings{}, 1);
    for (std::uint8_t host = 0; host < 200; ++host)
        outage.note_unavailable(IpAddress::v4(192, 0, 2, host), kStart);
    IpAddress::Bytes block{0x20, 0x01, 0x0d, 0xb8};
    for (std::uint8_t subnet = 0; subnet < 200; ++subnet) {
        block[7] = subnet;
        outage.note_unavailable(IpAddress(block), kStart);
    }
    EXPECT_FALSE(outage.since());
    outage.note_unavailable(client(1), kStart);
    EXPECT_TRUE(outage.since());
}

TEST(AnOutage, IsNotWhatNetworksSayInWhichSomebodyFails)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 100; ++i) {
        outage.note_failure(client(i), kStart);
        outage.note_unavailable(client(i), kStart + 1h);
    }
    EXPECT_FALSE(outage.since());
    for (int i = 0; i < 3; ++i)
        outage.note_unavailable(client(i), kStart + 1h + 1us);
    EXPECT_TRUE(outage.since());
}

TEST(AnOutage, IsNotWhileMoreUsersLogInThanAreToldOfIt)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 5; ++i)
        outage.note_login(kStart);
    for (int i = 0; i < 5; ++i)
        outage.note_unavailable(client(i), kStart + 59s);
    EXPECT_FALSE(outage.since());
    outage.note_unavailable(client(5), kStart + 59s);
    EXPECT_TRUE(outage.since());
}

TEST(AnOutage, IsNotProlongedByNetworksInWhichSomebodyFails)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 3; ++i)
        outage.note_unavailable(client(i), kStart);
    ASSERT_TRUE(outage.since());
    for (Timestamp at = kStart; at < kStart + 40min; at += 1min) {
        outage.note_failure(client(9), at);
        outage.note_unavailable(client(9), at);
        outage.advance(at);
    }
    EXPECT_FALSE(outage.since());
    EXPECT_EQ(outage.ended(), kStart + 30min);
}

TEST(AnOutage, IsNotTheSameThreeClientsOverHours)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 3; ++i)
        outage.note_unavailable(client(i), kStart + i * 1h);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, BeginsWhenManyKnownUsersBeginToFail)
{
    Outage outage(OutageSettings{}, 1);
    fail(outage, 4, kStart);
    EXPECT_FALSE(outage.since());
    fail(outage, 5, kStart + 1min);
    EXPECT_TRUE(outage.since());
}

TEST(AnOutage, IsNotOneAccountFromManyNetworks)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 200; ++i)
        outage.note_failing_user(client(i), account(1), Failing::begins, kStart);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, IsNotManyAccountsFromOneNetwork)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 200; ++i)
        outage.note_failing_user(IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(i)), account(i),
                                 Failing::begins, kStart);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, IsNotWhenMoreUsersLogInThanFail)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 50; ++i)
        outage.note_login(kStart);
    fail(outage, 20, kStart + 30s);
    EXPECT_FALSE(outage.since());
    fail(outage, 20, kStart + 61s);  // nobody has logged in for a minute
    EXPECT_TRUE(outage.since());
}

TEST(AnOutage, IsNotWhatUsersWithOldPasswordsAlwaysDo)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 100; ++i)
        outage.note_failing_user(client(i), account(i), Failing::goes_on, kStart);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, EndsWhenMoreLogInThanFail)
{
    Outage outage(OutageSettings{}, 1);
    fail(outage, 10, kStart);
    for (int i = 0; i < 10; ++i)
        outage.note_login(kStart + 1min);
    EXPECT_TRUE(outage.since());
    outage.note_login(kStart + 1min);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, EndsAtTheThirdLoginAfterOurBackEndLastSaidThatItIsDown)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 3; ++i)
        outage.note_unavailable(client(i), kStart);
    outage.note_login(kStart);
    outage.note_login(kStart);
    outage.note_unavailable(client(9), kStart + 1s);
    outage.note_login(kStart + 2s);
    outage.note_login(kStart + 2s);
    EXPECT_TRUE(outage.since());
    outage.note_login(kStart + 2s);
    EXPECT_FALSE(outage.since());
}

TEST(AnOutage, EndsWhenNothingIsHeardOfIt)
{
    Outage outage(OutageSettings{}, 1);
    fail(outage, 5, kStart);
    outage.note_failing_user(client(1), account(1), Failing::goes_on, kStart + 20min);
    outage.advance(kStart + 50min);
    EXPECT_TRUE(outage.since());
    outage.advance(kStart + 50min + 1us);
    EXPECT_FALSE(outage.since());
}

}  // namespace
}  // namespace mailban::outage_test
