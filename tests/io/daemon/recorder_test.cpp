// What waits while nothing can be written is bounded, and what is written then is how things stand.
#include "io/daemon/recorder.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::io::recorder_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

constexpr Timestamp kNow{std::chrono::microseconds(1'800'000'000'000'000)};

Ban ban_of(std::uint32_t number)
{
    const auto byte = [number](unsigned shift) {
        return static_cast<std::uint8_t>(number >> shift);
    };
    Ban ban;
    ban.prefix = Prefix::host(IpAddress::v4(10, byte(16), byte(8), byte(0)));
    ban.since = kNow;
    ban.until = kNow + 1h;
    return ban;
}

class ARecorder : public ::testing::Test {
protected:
    void SetUp() override
    {
        ASSERT_TRUE(store_);
        names_.id_of("log");
    }

    // As a daemon that stands by one ban, and by one offender.
    Standing standing()
    {
        ++times_asked_;
        return {{ban_of(7)}, {{ban_of(7).prefix, 2, kNow}}, kNow};
    }
    Status commit()
    {
        const RecordBatch* const batch = recorder_.begin();
        if (batch == nullptr) return Done{};
        auto written = batch->write_to(**store_);
        recorder_.settle(written.ok(), clock_);
        return written;
    }

    TempDirectory directory_;
    Result<std::unique_ptr<Store>> store_ = Store::open(directory_.path());
    std::size_t times_asked_ = 0;
    Recorder::Clock::time_point clock_{};
    SourceNames names_;
    Recorder recorder_{names_, [this] { return standing(); }};
};

TEST_F(ARecorder, WritesWhatWasNotedAndDoesNotAskHowItStands)
{
    recorder_.note(RecordBan{ban_of(1)});
    recorder_.note(RecordBan{ban_of(2)});
    recorder_.note(RecordEnd{ban_of(1).prefix, kNow, BanEndReason::unbanned});
    ASSERT_TRUE(commit().ok());
    const auto bans = (*store_)->active_bans();
    ASSERT_TRUE(bans.ok());
    EXPECT_THAT(*bans, ElementsAre(ban_of(2)));
    EXPECT_EQ(times_asked_, 0U);
}

TEST_F(ARecorder, WritesAPardonInItsPlaceAmongTheEvents)
{
    RecordEvent record;
    record.event.time = kNow;
    record.source = names_.id_of("log");
    record.counted = 1;
    recorder_.note(record);
    recorder_.note(RecordPardon{ban_of(1).prefix, kNow});
    record.counted = 2;
    recorder_.note(record);
    ASSERT_TRUE(commit().ok());
    const auto first = (*store_)->events_since(kNow, 0, 10);
    ASSERT_TRUE(first.ok());
    ASSERT_EQ(first->events.size(), 1U);
    EXPECT_EQ(first->events[0].counted, 1U);
    EXPECT_THAT(first->pardoned, ElementsAre(ban_of(1).prefix));
    const auto second = (*store_)->events_since(kNow, *first->next, 10);
    ASSERT_EQ(second->events.size(), 1U);
    EXPECT_EQ(second->next, std::nullopt);
}

TEST_F(ARecorder, KeepsABoundedNumberAndThenWritesHowTheyStand)
{
    const std::uint32_t many = 3 * Recorder::kMostWaiting;
    for (std::uint32_t number = 0; number < many; ++number) {
        recorder_.note(RecordOffender{{ban_of(number).prefix, 1, kNow}});
        recorder_.note(RecordBan{ban_of(number)});
        recorder_.note(RecordEnd{ban_of(number).prefix, kNow, BanEndReason::displaced});
        ASSERT_LE(recorder_.waiting(), 2 * Recorder::kMostWaiting);
    }
    ASSERT_TRUE(commit().ok());
    EXPECT_EQ(times_asked_, 1U);
    const auto bans = (*store_)->active_bans();
    ASSERT_TRUE(bans.ok());
    EXPECT_THAT(*bans, ElementsAre(ban_of(7)));
    const auto offenders = (*store_)->offenders();
    ASSERT_TRUE(offenders.ok());
    EXPECT_THAT(*offenders, ElementsAre(Offender{ban_of(7).prefix, 2, kNow}));
    // From then on each by itself again.
    recorder_.note(RecordBan{ban_of(8)});
    ASSERT_TRUE(commit().ok());
    EXPECT_EQ(times_asked_, 1U);
    EXPECT_EQ((*store_)->active_bans()->size(), 2U);
}

TEST_F(ARecorder, KeepsABoundedNumberOfLoginsAndCountsTheRest)
{
    for (std::uint32_t number = 0; number < Recorder::kMostWaiting + 5; ++number)
        recorder_.note(RecordLogin{{ban_of(number).prefix.base(), "bob", kNow, kNow}});
    EXPECT_EQ(recorder_.dropped(), 5U);
    ASSERT_TRUE(commit().ok());
    EXPECT_EQ((*store_)->logins_since(kNow, 1'000'000)->size(), Recorder::kMostWaiting);
}

// What is being written may have to be written again.
TEST_F(ARecorder, KeepsABoundedNumberTogetherWithWhatIsBeingWritten)
{
    for (int tries = 0; tries < 3; ++tries) {
        for (std::size_t number = 0; number < Recorder::kMostWaiting / 2; ++number)
            recorder_.note(RecordEvent{});
        ASSERT_NE(recorder_.begin(), nullptr);
        for (std::size_t number = 0; number < Recorder::kMostWaiting / 2 + 5; ++number)
            recorder_.note(RecordEvent{});
        recorder_.settle(false, clock_);
    }
    EXPECT_EQ(recorder_.dropped(), 2 * Recorder::kMostWaiting + 15);
    ASSERT_TRUE(commit().ok());
    EXPECT_EQ((*store_)->last_event()->value_or(0), Recorder::kMostWaiting);
}

TEST_F(ARecorder, WritesInTheOrderInWhichItWasTold)
{
    RecordEvent event;
    event.event.time = kNow + 1h;
    event.source = names_.id_of("another log");
    event.counted = 1;
    recorder_.note(event);
    recorder_.note(RecordSetBack{kNow});
    event.event.time = kNow + 2h;
    recorder_.note(event);
    recorder_.note(RecordWithdrawal{event.event.ip, event.event.time, std::nullopt});
    ASSERT_TRUE(commit().ok());
    const auto page = (*store_)->events_since(kNow, 0, 10);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->events.size(), 2U);
    EXPECT_EQ(page->events[0].event.time, kNow);
    EXPECT_EQ(page->events[0].source, "another log");
    EXPECT_EQ(page->events[0].counted, 1U);
    EXPECT_EQ(page->events[1].event.time, kNow + 2h);
    EXPECT_EQ(page->events[1].counted, 0U);
}

TEST_F(ARecorder, WritesWhatWasRecordedBeforeFirst)
{
    recorder_.note(RecordEvent{});
    recorder_.note_before({StoredEvent{{}, "earlier", 3}});
    ASSERT_TRUE(commit().ok());
    const auto page = (*store_)->events_since({}, 0, 10);
    ASSERT_TRUE(page.ok());
    ASSERT_EQ(page->events.size(), 2U);
    EXPECT_EQ(page->events[0].source, "earlier");
    EXPECT_EQ(page->events[1].source, "log");
}

TEST_F(ARecorder, WritesAtOnceWhenItBegins)
{
    EXPECT_FALSE(recorder_.is_due(clock_));
    recorder_.note_position("log", LogPosition{});
    EXPECT_TRUE(recorder_.is_due(clock_));
}

TEST_F(ARecorder, IsDueTheSoonerTheMoreWhatWaitsMatters)
{
    const auto waits = [&](auto&& note, Recorder::Clock::duration between) {
        recorder_.note_position("log", LogPosition{});
        ASSERT_TRUE(commit().ok());
        EXPECT_FALSE(recorder_.is_due(clock_ + 1h)) << "there is nothing";
        recorder_.note_position("log", LogPosition{});
        note();
        EXPECT_FALSE(recorder_.is_due(clock_ + between - 1us));
        EXPECT_TRUE(recorder_.is_due(clock_ + between));
    };
    waits([] {}, Recorder::kBetweenPositions);
    waits([&] { recorder_.note(RecordEvent{}); }, Recorder::kBetweenEvents);
    waits([&] { recorder_.note(RecordLogin{}); }, Recorder::kBetweenEvents);
    waits(
        [&] {
            for (std::size_t number = 0; number < Recorder::kMany; ++number)
                recorder_.note(RecordEvent{});
        },
        Recorder::kBetweenMany);
    waits([&] { recorder_.note(RecordBan{ban_of(1)}); }, Recorder::kBetweenBans);
    waits(
        [&] {
            recorder_.note(RecordEnd{ban_of(1).prefix, kNow, BanEndReason::expired});
        },
        Recorder::kBetweenBans);
    waits(
        [&] {
            recorder_.note(RecordBan{ban_of(2)});
            for (std::size_t number = 0; number < Recorder::kVeryMany; ++number)
                recorder_.note(RecordEvent{});
        },
        Recorder::kBetweenVeryMany);
    waits([&] { recorder_.note(RecordAllowed{}); }, Recorder::kBetweenBans);
    waits([&] { recorder_.note_standing(); }, Recorder::kBetweenBans);
}

TEST_F(ARecorder, IsDueAsSoonAsMuchWaits)
{
    ASSERT_TRUE(commit().ok());
    recorder_.note_position("log", LogPosition{});
    ASSERT_TRUE(commit().ok());
    for (std::size_t number = 0; number < Recorder::kFullBatch; ++number) {
        EXPECT_FALSE(recorder_.is_due(clock_));
        recorder_.note(RecordEvent{});
    }
    EXPECT_TRUE(recorder_.is_due(clock_));
}

TEST_F(ARecorder, GoesOnAskingHowThingsStandUntilThatIsWritten)
{
    recorder_.note_standing();
    EXPECT_EQ(recorder_.waiting(), 0U);
    // Somebody else writes meanwhile; the store is busy.
    recorder_.note(RecordBan{ban_of(1)});
    ASSERT_TRUE((*store_)->begin().ok());
    EXPECT_FALSE(commit().ok());
    ASSERT_TRUE(commit().ok());
    EXPECT_THAT(*(*store_)->active_bans(), ElementsAre(ban_of(7)));
}

}  // namespace
}  // namespace mailban::io::recorder_test
