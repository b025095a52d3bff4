#include "mailban/detect/storm.h"

#include "mailban/detect/account.h"

#include <gtest/gtest.h>

namespace mailban::storm_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;

constexpr Timestamp kDawn{std::chrono::seconds(1'800'000'000)};

// A storm watch that has seen two quiet days.
class AStorm : public ::testing::Test {
protected:
    AStorm()
    {
        for (int hour = 0; hour <= 48; ++hour)
            storm_.advance(now_ = kDawn + std::chrono::hours(hour));
    }

    // Each number in a /24 of its own.
    static IpAddress client(std::uint32_t number)
    {
        return IpAddress::v4(100, static_cast<std::uint8_t>(number / 256),
                             static_cast<std::uint8_t>(number), 7);
    }
    void fail(const IpAddress& ip, int account)
    {
        Event event;
        event.ip = ip;
        event.account = "user" + std::to_string(account);
        storm_.note_failure(event, ip, account_key(*event.account, 1), now_);
    }
    void wait(Duration length) { storm_.advance(now_ += length); }
    std::size_t take_all()
    {
        std::size_t count = 0;
        while (storm_.take_guilty())
            ++count;
        return count;
    }
    // So many strangers, a minute apart, each at an account of its own.
    void strangers(std::uint32_t from, std::uint32_t count, int accounts = 1'000'000)
    {
        for (std::uint32_t i = from; i < from + count; ++i) {
            fail(client(i), static_cast<int>(i) % accounts);
            wait(1min);
        }
    }

    Storm storm_{StormSettings{}, 1};
    Timestamp now_{};
};

TEST_F(AStorm, IsManyStrangersAtManyAccounts)
{
    strangers(0, 29);
    wait(20min);
    EXPECT_FALSE(storm_.since());
    EXPECT_EQ(take_all(), 0U);
    strangers(29, 1);
    wait(20min);
    ASSERT_TRUE(storm_.since());
    EXPECT_EQ(take_all(), 30U);  // also those of before
    EXPECT_EQ(storm_.text(),
              "a storm of strangers: 30 networks failed at 30 accounts within 6h, "
              "usually 4 networks");
}

TEST_F(AStorm, IsNotManyStrangersAtOneAccount)
{
    strangers(0, 200, 19);
    wait(20min);
    EXPECT_FALSE(storm_.since());
}

TEST_F(AStorm, IsNotOneNetworkWithManyAddresses)
{
    for (int host = 1; host < 250; ++host) {
        fail(IpAddress::v4(100, 1, 1, static_cast<std::uint8_t>(host)), host);
        wait(1min);
    }
    EXPECT_FALSE(storm_.since());
}

TEST_F(AStorm, IsNotMadeOfThoseWhoLogInSoon)
{
    for (std::uint32_t i = 0; i < 200; ++i) {
        fail(client(i), static_cast<int>(i));
        wait(10s);
        storm_.note_login(client(i));
    }
    wait(1h);
    EXPECT_FALSE(storm_.since());
    EXPECT_EQ(storm_.networks(), 0U);
}

TEST_F(AStorm, GivesEachFurtherStrangerTimeToLogIn)
{
    strangers(0, 60);
    take_all();
    ASSERT_TRUE(storm_.since());
    wait(20min);
    take_all();
    fail(client(1000), 1);
    fail(client(1001), 2);
    fail(client(1001), 2);  // mistypes twice
    wait(1min);
    storm_.note_login(client(1001));
    wait(13min);
    EXPECT_EQ(take_all(), 0U);
    wait(1min);
    const auto guilty = storm_.take_guilty();
    ASSERT_TRUE(guilty);
    EXPECT_EQ(guilty->event.ip, client(1000));
    EXPECT_FALSE(guilty->event.account);
    EXPECT_EQ(take_all(), 0U);
}

TEST_F(AStorm, GivesNoTimeToWhoTriesAnotherAccountOrTooOften)
{
    strangers(0, 60);
    wait(20min);
    take_all();
    fail(client(1000), 1);
    fail(client(1000), 2);
    EXPECT_EQ(take_all(), 1U);
    for (int i = 0; i < 3; ++i)
        fail(client(1001), 1);
    EXPECT_EQ(take_all(), 0U);
    fail(client(1001), 1);
    EXPECT_EQ(take_all(), 1U);
    fail(client(1001), 1);
    EXPECT_EQ(take_all(), 0U);  // each once
}

TEST_F(AStorm, EndsWhenTheStrangersHaveGone)
{
    strangers(0, 60);
    wait(20min);
    EXPECT_TRUE(storm_.since());
    wait(6h);
    EXPECT_FALSE(storm_.since());
    EXPECT_TRUE(storm_.clients().empty());
}

TEST_F(AStorm, NeedsADayToKnowWhatIsUsual)
{
    Storm young(StormSettings{}, 1);
    for (std::uint32_t i = 0; i < 200; ++i) {
        Event event;
        event.ip = client(i);
        young.note_failure(event, event.ip, client(i), kDawn + i * 5min);
    }
    EXPECT_FALSE(young.since());
}

TEST_F(AStorm, IsFarMoreThanUsual)
{
    for (std::uint32_t i = 0; i < 3 * 24 * 4; ++i) {  // four an hour, for three days
        fail(client(i), static_cast<int>(i));
        wait(15min);
    }
    EXPECT_FALSE(storm_.since());
    EXPECT_EQ(storm_.usual(), 24U);
    EXPECT_EQ(storm_.threshold(), 72U);
    strangers(2000, 40);
    wait(20min);
    EXPECT_FALSE(storm_.since());
    strangers(3000, 80);
    wait(20min);
    EXPECT_TRUE(storm_.since());
}

TEST_F(AStorm, TeachesLittleOfWhatIsUsual)
{
    for (std::uint32_t i = 0; i < 3 * 24 * 60; ++i) {  // one a minute, for three days
        fail(client(i), static_cast<int>(i));
        wait(1min);
    }
    EXPECT_TRUE(storm_.since());
    EXPECT_LE(storm_.usual(), 10U);
}

TEST_F(AStorm, ForgetsTheOldestWhenThereAreTooMany)
{
    for (std::uint32_t i = 0; i < Storm::kMostSuspects + 5000; ++i) {
        fail(client(i), 1);
        if (i % 100 == 0) wait(1s);
    }
    EXPECT_EQ(storm_.clients().size(), Storm::kMostSuspects);
}

TEST_F(AStorm, FollowsAClockThatIsSetBack)
{
    strangers(0, 60);
    wait(20min);
    now_ -= 3h;
    storm_.set_back(now_);
    EXPECT_TRUE(storm_.since());
    take_all();
    wait(5h);
    EXPECT_TRUE(storm_.since());
    wait(2h);
    EXPECT_FALSE(storm_.since());
}

}  // namespace
}  // namespace mailban::storm_test
