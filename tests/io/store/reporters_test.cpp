// Whoever tells of an event, and whatever it is about: it comes back from the state database.
#include "io/store/history.h"
#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::io::reporters_test {
namespace {

constexpr Timestamp kTold{std::chrono::seconds(1'800'000'000)};

// One event for each value of each enumeration that a row holds.
std::vector<Event> one_of_each_value()
{
    std::vector<Event> events;
    const auto add = [&](auto Event::*member, auto last) {
        for (int value = 0; value <= static_cast<int>(last); ++value) {
            Event& event = events.emplace_back();
            event.time = kTold + std::chrono::seconds(events.size());
            event.ip = IpAddress::v4(192, 0, 2, 7);
            event.account = "bob";
            event.*member = static_cast<decltype(last)>(value);
        }
    };
    add(&Event::kind, static_cast<EventKind>(kEventKinds - 1));
    add(&Event::server, static_cast<MailServer>(kMailServers - 1));
    add(&Event::service, Service::submission);
    add(&Event::reporter, Reporter::report);
    return events;
}

class AnEventOfEachKind : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(store_.ok());
        ASSERT_TRUE((*store_)->begin().ok());
        for (const Event& event : events_)
            ASSERT_TRUE((*store_)->put_event(event, "log", 1).ok());
        ASSERT_TRUE((*store_)->commit().ok());
    }

    TempDirectory directory_{};
    Result<std::unique_ptr<Store>> store_ = Store::open(directory_.path());
    std::vector<Event> events_ = one_of_each_value();
};

// What a restart counts again.
TEST_F(AnEventOfEachKind, IsGivenBackInTheOrderOfWriting)
{
    const auto page = (*store_)->events_since(kTold, 0, 1000);
    ASSERT_TRUE(page.ok()) << page.error().message;
    ASSERT_EQ(page->events.size(), events_.size());
    for (std::size_t at = 0; at < events_.size(); ++at)
        EXPECT_EQ(page->events[at].event, events_[at]) << at;
}

// What `show ADDRESS` shows.
TEST_F(AnEventOfEachKind, IsAmongThoseOfItsAddress)
{
    const auto found = (*store_)->events_of(events_.front().ip, 1000);
    ASSERT_TRUE(found.ok()) << found.error().message;
    ASSERT_EQ(found->size(), events_.size());
    for (std::size_t at = 0; at < events_.size(); ++at)
        EXPECT_EQ((*found)[events_.size() - 1 - at].event, events_[at]) << at;
}

// What `events` shows.
TEST_F(AnEventOfEachKind, IsInTheHistory)
{
    auto history = History::open(directory_.path());
    ASSERT_TRUE(history.ok());
    std::size_t count = 0;
    const auto done = history->each_activity({Timestamp(), {}, {}}, {}, [&](const Activity&) {
        ++count;
        return true;
    });
    EXPECT_TRUE(done.ok()) << done.error().message;
    EXPECT_EQ(count, events_.size());
}

}  // namespace
}  // namespace mailban::io::reporters_test
