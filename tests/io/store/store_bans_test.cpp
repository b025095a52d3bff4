// Bans of several origins, and what was pardoned, over a restart.
#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::io::store_bans_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kStart{std::chrono::microseconds(1'800'000'000'123'456)};

Ban ban(const char* prefix)
{
    Ban made;
    made.prefix = *Prefix::parse(prefix);
    made.since = kStart;
    made.until = kStart + 1h;
    made.rule = "r";
    return made;
}

class AStoreOfBans : public ::testing::Test {
protected:
    void SetUp() override { open(); }

    // Runs `work` in one transaction and opens the database anew.
    template <class Work>
    void write(Work work)
    {
        ASSERT_TRUE(store_->begin().ok());
        work(*store_);
        const auto done = store_->commit();
        ASSERT_TRUE(done.ok()) << done.error().message;
        open();
    }

    TempDirectory directory_;
    std::unique_ptr<Store> store_{};

private:
    void open()
    {
        store_.reset();
        auto opened = Store::open(directory_.path());
        ASSERT_TRUE(opened.ok()) << opened.error().message;
        store_ = std::move(*opened);
    }
};

TEST_F(AStoreOfBans, KeepsTheBansOfOnePrefixApartByTheirOrigin)
{
    Ban manual = ban("203.0.113.7");
    manual.origin = BanOrigin::manual;
    write([&](Store& store) {
        ASSERT_TRUE(store.put_ban(ban("203.0.113.7")).ok());
        ASSERT_TRUE(store.put_ban(manual).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ElementsAre(ban("203.0.113.7"), manual));
    write([&](Store& store) {
        ASSERT_TRUE(store.end_ban(manual.key(), kStart + 1h, BanEndReason::unbanned).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ElementsAre(ban("203.0.113.7")));
}

TEST_F(AStoreOfBans, TellsBehindWhichEventSomethingWasPardoned)
{
    const auto one = *Prefix::parse("203.0.113.7");
    const auto other = *Prefix::parse("203.0.113.0/24");
    Event event;
    event.time = kStart;
    write([&](Store& store) {
        ASSERT_TRUE(store.put_event({event, "log", 1}).ok());
        ASSERT_TRUE(store.put_event({event, "log", 2}).ok());
        ASSERT_TRUE(store.put_pardon(one, kStart).ok());
        ASSERT_TRUE(store.put_pardon(other, kStart).ok());
        ASSERT_TRUE(store.put_event({event, "log", 3}).ok());
    });
    for (const std::size_t limit : {1U, 2U, 3U, 100U}) {
        std::vector<std::string> order;
        for (std::optional<std::int64_t> from = 0; from;) {
            const auto page = store_->events_since(kStart, *from, limit);
            ASSERT_TRUE(page.ok()) << page.error().message;
            for (const auto& stored : page->events)
                order.push_back(std::to_string(stored.counted));
            for (const auto& prefix : page->pardoned)
                order.push_back(prefix.to_string());
            from = page->next;
        }
        EXPECT_THAT(order, ElementsAre("1", "2", "203.0.113.7/32", "203.0.113.0/24", "3")) << limit;
    }
}

TEST_F(AStoreOfBans, ForgetsAPardonWithTheEventsBeforeIt)
{
    Event event;
    event.time = kStart;
    write([&](Store& store) {
        ASSERT_TRUE(store.put_event({event, "log", 1}).ok());
        ASSERT_TRUE(store.put_pardon(*Prefix::parse("203.0.113.7"), kStart).ok());
        ASSERT_TRUE(store.drop_events(kStart + 1h, 10).ok());
        // Its number comes again.
        ASSERT_TRUE(store.put_event({event, "log", 2}).ok());
    });
    const auto page = store_->events_since(kStart, 0, 10);
    ASSERT_TRUE(page.ok());
    EXPECT_THAT(page->pardoned, IsEmpty());
    EXPECT_EQ(page->events.size(), 1U);
}

TEST_F(AStoreOfBans, ForgetsAnOffenderOfLevelNought)
{
    const auto prefix = *Prefix::parse("203.0.113.7");
    write([&](Store& store) {
        ASSERT_TRUE(store.put_offender({prefix, 2, kStart}).ok());
        ASSERT_TRUE(store.put_offender({prefix, 0, kStart}).ok());
    });
    EXPECT_THAT(*store_->offenders(), IsEmpty());
}

TEST_F(AStoreOfBans, ReplacesTheBanOfAPrefix)
{
    Ban longer = ban("203.0.113.7");
    longer.until = kStart + 24h;
    write([&](Store& store) {
        ASSERT_TRUE(store.put_ban(ban("203.0.113.7")).ok());
        ASSERT_TRUE(store.put_ban(longer).ok());
    });
    EXPECT_THAT(*store_->active_bans(), ElementsAre(longer));
}

}  // namespace
}  // namespace mailban::io::store_bans_test
