#include "mailban/detect/outage.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

using namespace std::chrono_literals;
using Failing = Outage::Failing;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

IpAddress client(int number)
{
    return IpAddress::v4(10, 0, static_cast<std::uint8_t>(number / 250),
                         static_cast<std::uint8_t>(number % 250));
}

void fail(Outage& outage, int users, Timestamp at)
{
    for (int i = 0; i < users; ++i)
        outage.note_failing_user(client(i), Failing::begins, at);
}

TEST(AnOutage, BeginsWhenSeveralClientsAreToldOfIt)
{
    Outage outage(OutageSettings{}, 1);
    for (int i = 0; i < 50; ++i)
        outage.note_unavailable(client(1), kStart);
    outage.note_unavailable(client(2), kStart);
    EXPECT_FALSE(outage.since());
    outage.note_unavailable(client(3), kStart + 5min);
    EXPECT_EQ(outage.since(), kStart + 5min);
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
        outage.note_failing_user(client(i), Failing::goes_on, kStart);
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
    outage.note_failing_user(client(1), Failing::goes_on, kStart + 20min);
    outage.advance(kStart + 50min);
    EXPECT_TRUE(outage.since());
    outage.advance(kStart + 50min + 1us);
    EXPECT_FALSE(outage.since());
}

}  // namespace
}  // namespace mailban
