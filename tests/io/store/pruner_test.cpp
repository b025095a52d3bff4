// A database that may not grow beyond its size, and what goes for it.
#include "io/store/pruner.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>

namespace mailban::io::pruner_test {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};
constexpr std::uint64_t kMost = 2U << 20U;

class APruner : public ::testing::Test {
protected:
    void SetUp() override
    {
        auto opened = Store::open(directory_.path());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(*opened);
        limits_.events = kNow - 30 * 24h;
        limits_.offenders = kNow - 60 * 24h;
        limits_.logins = kNow - 60 * 24h;
        limits_.needed = kNow - 24h;
        limits_.most_bytes = kMost;
    }
    void put(const std::function<void(Store&)>& work)
    {
        ASSERT_TRUE(store_->begin().ok());
        work(*store_);
        ASSERT_TRUE(store_->commit().ok());
    }
    // `count` events, evenly from `from` to `to`.
    void fill(Timestamp from, Timestamp to, int count)
    {
        put([&](Store& store) {
            for (int number = 0; number < count; ++number) {
                Event event;
                event.time = from + (to - from) * number / count;
                event.ip = IpAddress::v4(198, 51, static_cast<std::uint8_t>(number >> 8),
                                         static_cast<std::uint8_t>(number));
                event.account = "somebody.with.a.name@example.com";
                ASSERT_TRUE(store.put_event({event, "/var/log/mail.log", 1}).ok());
            }
        });
    }
    void fill_with_ended_bans(int count)
    {
        put([&](Store& store) {
            for (int number = 0; number < count; ++number) {
                Ban ban;
                ban.prefix =
                    Prefix::host(IpAddress::v4(203, 0, static_cast<std::uint8_t>(number >> 8),
                                               static_cast<std::uint8_t>(number)));
                ban.since = kNow - 2h;
                ban.rule = "password-guessing";
                ban.reason = "5 failures within 10m";
                ASSERT_TRUE(store.put_ban(ban).ok());
                ASSERT_TRUE(store.end_ban(ban.key(), kNow - 1h, BanEndReason::expired).ok());
            }
        });
    }
    // How many portions it took.
    int prune()
    {
        for (int portions = 1; portions < 100'000; ++portions) {
            const auto more = pruner_.run(*store_, limits_, kNow);
            EXPECT_TRUE(more) << more.error().message;
            if (!more || !*more) return portions;
        }
        ADD_FAILURE() << "it never ends";
        return 0;
    }
    std::vector<StoredEvent> events()
    {
        return std::move(store_->events_since(Timestamp::min(), 0, 1'000'000)->events);
    }

    TempDirectory directory_;
    std::unique_ptr<Store> store_;
    PruneLimits limits_;
    Pruner pruner_{std::chrono::microseconds(1)};  // one look at the clock a portion
};

TEST_F(APruner, DropsNothingOfADatabaseThatIsSmallAndYoung)
{
    fill(kNow - 20 * 24h, kNow, 1000);
    prune();
    EXPECT_EQ(events().size(), 1000U);
    EXPECT_EQ(pruner_.report().events, 0U);
    EXPECT_EQ(pruner_.report().at, std::nullopt);
}

TEST_F(APruner, DropsTheOldestEventsUntilTheSizeIsKept)
{
    fill(kNow - 20 * 24h, kNow, 30'000);
    ASSERT_GT(store_->size()->used, kMost);
    const int portions = prune();
    EXPECT_LE(store_->size()->used, kMost);
    EXPECT_GT(store_->size()->used, kMost / 2);
    const auto left = events();
    ASSERT_EQ(left.size() + pruner_.report().events, 30'000U);
    EXPECT_EQ(pruner_.report().needed, 0U);
    EXPECT_EQ(pruner_.report().at, kNow);
    EXPECT_GT(left.front().event.time, *pruner_.report().reached);
    // Fifty at a time, so that nobody waits for long.
    EXPECT_GE(portions, static_cast<int>(pruner_.report().events / 50));
}

TEST_F(APruner, KeepsWhatARuleStillNeedsAsLongAsSomethingElseIsLeft)
{
    fill(kNow - 20 * 24h, kNow - 10 * 24h, 10'000);
    fill_with_ended_bans(20'000);
    fill(kNow - 1h, kNow, 3'000);
    prune();
    EXPECT_LE(store_->size()->used, kMost);
    EXPECT_EQ(events().size(), 3'000U);
    EXPECT_EQ(pruner_.report().events, 10'000U);
    EXPECT_GT(pruner_.report().bans, 0U);
    EXPECT_EQ(pruner_.report().needed, 0U);
}

TEST_F(APruner, DropsTheOldestOfWhatIsNeededAtLastAndTellsIt)
{
    fill(kNow - 1h, kNow, 30'000);
    prune();
    EXPECT_LE(store_->size()->used, kMost);
    EXPECT_GT(pruner_.report().needed, 0U);
    EXPECT_EQ(pruner_.report().needed, pruner_.report().events);
    EXPECT_EQ(events().size(), 30'000U - pruner_.report().needed);
    EXPECT_EQ(events().back().event.time, kNow - 1h + Duration(1h) * 29'999 / 30'000);
}

TEST_F(APruner, NeverDropsBansThatStandNorLoginsNorPositions)
{
    put([](Store& store) {
        for (int number = 0; number < 20'000; ++number) {
            const auto ip = IpAddress::v4(203, 0, static_cast<std::uint8_t>(number >> 8),
                                          static_cast<std::uint8_t>(number));
            Ban ban;
            ban.prefix = Prefix::host(ip);
            ban.since = kNow - 50 * 24h;
            ban.reason = "5 failures within 10m";
            ASSERT_TRUE(store.put_ban(ban).ok());
            ASSERT_TRUE(store.put_login({ip, "bob", kNow, kNow}).ok());
            ASSERT_TRUE(store.put_offender({ban.prefix, 1, kNow}).ok());
        }
        ASSERT_TRUE(store.put_position("/var/log/mail.log", LogPosition{{FilePosition{}}}).ok());
    });
    fill(kNow - 1h, kNow, 1000);
    ASSERT_GT(store_->size()->used, kMost);
    prune();
    EXPECT_EQ(store_->active_bans()->size(), 20'000U);
    EXPECT_EQ(store_->logins_since(kNow, 100'000)->size(), 20'000U);
    EXPECT_EQ(store_->offenders()->size(), 20'000U);
    EXPECT_EQ(store_->positions()->size(), 1U);
    EXPECT_TRUE(events().empty());
}

TEST_F(APruner, LetsTheFileGrowNoFurtherWhateverComes)
{
    for (int day = 0; day < 10; ++day) {
        fill(kNow - 20 * 24h, kNow - 2 * 24h, 5'000);
        prune();
    }
    EXPECT_LE(store_->size()->used, kMost);
    // What 5,000 take besides, and the eighth that is kept free.
    EXPECT_LE(store_->size()->file, 2 * kMost + (8U << 20U));
}

TEST_F(APruner, GivesTheFileSystemBackWhatIsNeededNoLonger)
{
    limits_.most_bytes = 64U << 20U;
    fill(kNow - 20 * 24h, kNow - 10 * 24h, 100'000);
    prune();
    const auto before = store_->size()->file;
    ASSERT_GT(before, 12U << 20U);
    limits_.most_bytes = kMost;
    Pruner later(std::chrono::milliseconds(20));
    for (int portions = 0; portions < 100'000; ++portions) {
        const auto more = later.run(*store_, limits_, kNow);
        ASSERT_TRUE(more);
        if (!*more) break;
    }
    EXPECT_LT(store_->size()->file, before / 2);
    EXPECT_FALSE(store_->is_damaged());
    store_.reset();
    const auto on_disk = std::filesystem::file_size(directory_ / "mailban.db");
    EXPECT_LT(on_disk, before / 2);
    auto again = Store::open(directory_.path());
    ASSERT_TRUE(again) << again.error().message;
}

TEST_F(APruner, DropsByAgeInPortionsToo)
{
    fill(kNow - 90 * 24h, kNow - 31 * 24h, 5'000);
    fill(kNow - 29 * 24h, kNow, 1'000);
    EXPECT_GE(prune(), 100);
    EXPECT_EQ(events().size(), 1'000U);
    EXPECT_EQ(pruner_.report().events, 0U);
}

}  // namespace
}  // namespace mailban::io::pruner_test
