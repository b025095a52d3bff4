// The state while another program keeps the database.
#include "io/daemon/state.h"

#include "io/run.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>

namespace mailban::io::state_test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

constexpr Timestamp kNoon{std::chrono::seconds(1'793'534'400)};

// A state, and an administrator's sqlite3 beside it.
class ABusyState : public ::testing::Test {
protected:
    ABusyState()
    {
        config_.state.directory = directory_.path().string();
        EXPECT_TRUE(state_.open());
        state_.follow(engine_, {});
        sqlite3* raw = nullptr;
        EXPECT_EQ(sqlite3_open((directory_ / "mailban.db").c_str(), &raw), SQLITE_OK);
        other_.reset(raw);
    }
    void other_says(const char* sql)
    {
        EXPECT_EQ(sqlite3_exec(other_.get(), sql, nullptr, nullptr, nullptr), SQLITE_OK) << sql;
    }
    void note_ban()
    {
        Ban ban;
        ban.prefix = *Prefix::parse("192.0.2.7/32");
        ban.since = kNoon;
        state_.recorder().note(RecordBan{ban});
    }

    struct Close {
        void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
    };

    TempDirectory directory_{};
    Config config_{};
    Engine engine_{config_, PrefixSet(), 1};
    SourceNames names_{};
    State state_{config_, names_};
    std::unique_ptr<sqlite3, Close> other_{};
};

TEST_F(ABusyState, KeepsNobodyWaitingAndLosesNothing)
{
    other_says("BEGIN IMMEDIATE");
    note_ban();
    const auto began = std::chrono::steady_clock::now();
    state_.commit();
    EXPECT_LT(std::chrono::steady_clock::now() - began, 1s) << "it used to wait for 5 s";
    EXPECT_TRUE(state_.is_busy());
    EXPECT_EQ(state_.problem(), "") << "that happens, and passes";
    EXPECT_FALSE(state_.commit_all());
    other_says("COMMIT");
    EXPECT_TRUE(state_.commit_all());
    EXPECT_FALSE(state_.is_busy());
    EXPECT_EQ(state_.store()->active_bans()->size(), 1U);
}

TEST_F(ABusyState, AnswersFromTheDatabaseMeanwhile)
{
    note_ban();
    EXPECT_TRUE(state_.commit_all());
    other_says("BEGIN IMMEDIATE");
    EXPECT_EQ(state_.store()->active_bans()->size(), 1U);
    EXPECT_TRUE(state_.store()->events_of(*IpAddress::parse("192.0.2.7"), 10));
    other_says("COMMIT");
}

TEST_F(ABusyState, BeginsAnewWhereDamageShowsThoughNothingIsToBeWritten)
{
    note_ban();
    EXPECT_TRUE(state_.commit_all());
    other_says("UPDATE bans SET prefix = 'nowhere'");
    EXPECT_FALSE(state_.store()->active_bans());
    EXPECT_FALSE(state_.has_to_write());
    state_.commit_if_due();
    EXPECT_THAT(state_.damage(), HasSubstr("it was renamed to"));
    EXPECT_EQ(state_.store()->active_bans()->size(), 0U) << "none stands";
}

State::Instant steady{};

State::Instant steady_now()
{
    return steady;
}

// A state that a thread writes. What that has done is taken home by run(), and is at work until
// then.
class AStateWithAThread : public ABusyState {
protected:
    AStateWithAThread()
    {
        steady = State::Instant(1h);
        EXPECT_TRUE(beside_.open());
        beside_.follow(engine_, {});
        beside_.write_beside(context_.get_executor());
    }
    void note_events(std::size_t events)
    {
        RecordEvent record;
        record.event.time = kNoon;
        record.source = names_.id_of("log");
        record.counted = 1;
        for (std::size_t event = 0; event < events; ++event)
            beside_.recorder().note(record);
    }
    bool rests()
    {
        while (beside_.is_at_work())
            if (!await_result(context_, beside_.until_at_rest(1min))) return false;
        return true;
    }
    std::int64_t stored() { return state_.store()->last_event()->value_or(0); }

    asio::io_context context_{};
    State beside_{config_, names_, steady_now};
};

TEST_F(AStateWithAThread, KeepsNobodyWaiting)
{
    note_events(3);
    beside_.commit_if_due();
    EXPECT_TRUE(beside_.is_at_work());
    EXPECT_EQ(beside_.store_at_rest(), nullptr) << "it is the thread's";
    note_events(2);
    beside_.commit_if_due();
    EXPECT_TRUE(beside_.has_to_write());
    EXPECT_TRUE(rests());
    EXPECT_EQ(stored(), 3) << "what came meanwhile belongs to the next one";
    EXPECT_NE(beside_.store_at_rest(), nullptr);
    steady += 1s;
    beside_.commit_if_due();
    EXPECT_TRUE(rests());
    EXPECT_EQ(stored(), 5);
    EXPECT_FALSE(beside_.has_to_write());
}

TEST_F(AStateWithAThread, GoesOnWithWhatHasBecomeDueMeanwhile)
{
    note_events(1);
    beside_.commit();
    note_events(Recorder::kFullBatch);
    EXPECT_TRUE(rests());
    EXPECT_EQ(stored(), 1 + Recorder::kFullBatch);
}

TEST_F(AStateWithAThread, LetsWhoNeedsTheDatabaseWait)
{
    note_events(3);
    beside_.commit();
    EXPECT_EQ(beside_.store()->last_event()->value_or(0), 3);
    EXPECT_FALSE(beside_.is_at_work());
    EXPECT_FALSE(beside_.has_to_write());
}

TEST_F(AStateWithAThread, WritesAllOfItForWhoReadsIt)
{
    note_events(3);
    beside_.commit();
    note_events(2);
    EXPECT_TRUE(beside_.commit_all());
    EXPECT_EQ(stored(), 5);
    EXPECT_TRUE(await_result(context_, beside_.until_at_rest(1min))) << "nothing comes home twice";
}

TEST_F(AStateWithAThread, ReportsTheSizeItHadMeanwhile)
{
    const auto before = beside_.report();
    EXPECT_GT(before.bytes, 0U);
    EXPECT_EQ(before.oldest_event, std::nullopt);
    note_events(3);
    beside_.commit();
    EXPECT_EQ(beside_.report().bytes, before.bytes);
    EXPECT_EQ(beside_.report().oldest_event, std::nullopt);
    EXPECT_TRUE(rests());
    EXPECT_EQ(beside_.report().oldest_event, kNoon);
}

TEST_F(AStateWithAThread, DropsWhatIsOldAfterWhatIsBeingWritten)
{
    note_events(3);
    beside_.commit();
    beside_.prune(kNoon + 24h * 3650);
    EXPECT_TRUE(rests());
    EXPECT_FALSE(beside_.has_to_write());
    EXPECT_EQ(stored(), 0);
    EXPECT_EQ(beside_.report().oldest_event, std::nullopt);
}

TEST_F(AStateWithAThread, WritesAfterwardsWhatIsAskedForMeanwhile)
{
    note_events(1);
    beside_.commit();
    note_events(1);
    const auto newest = beside_.recorder().newest();
    beside_.commit();
    EXPECT_LT(beside_.recorder().settled(), newest);
    EXPECT_TRUE(rests());
    EXPECT_EQ(beside_.recorder().settled(), newest) << "though it is not due";
    EXPECT_EQ(stored(), 2);
}

// A portion takes some milliseconds: the next one is not to wait for the next second.
TEST_F(AStateWithAThread, HasMoreToPruneUntilAPortionFindsNothing)
{
    note_events(100);
    EXPECT_TRUE(beside_.commit_all());
    const Timestamp later = kNoon + 24h * 3650;
    beside_.prune(later);
    EXPECT_TRUE(rests());
    ASSERT_TRUE(beside_.has_more_to_prune());
    beside_.prune(later);
    EXPECT_TRUE(beside_.has_more_to_prune()) << "it is not known yet";
    EXPECT_TRUE(rests());
    while (beside_.has_more_to_prune()) {
        beside_.prune(later);
        EXPECT_TRUE(rests());
    }
    EXPECT_EQ(stored(), 0);
}

TEST_F(AStateWithAThread, LeavesItsThreadAloneWhereNothingHasChanged)
{
    const auto has_to_prune = [this](Timestamp now) {
        beside_.prune(now);
        const bool works = beside_.is_at_work();
        EXPECT_TRUE(rests());
        return works;
    };
    EXPECT_TRUE(has_to_prune(kNoon)) << "it was never looked at";
    while (beside_.has_more_to_prune())
        has_to_prune(kNoon);
    EXPECT_FALSE(has_to_prune(kNoon + 1s));
    note_events(1);
    beside_.commit();
    EXPECT_TRUE(rests());
    EXPECT_TRUE(has_to_prune(kNoon + 2s)) << "something was stored";
    EXPECT_FALSE(has_to_prune(kNoon + 3s));
    config_.state.max_size += 1;
    EXPECT_TRUE(has_to_prune(kNoon + 4s)) << "something else is asked for";
    EXPECT_TRUE(has_to_prune(kNoon + 1h)) << "something may be too old";
    while (beside_.has_more_to_prune())
        has_to_prune(kNoon + 1h);
    EXPECT_TRUE(has_to_prune(kNoon)) << "the clock was set back";
}

TEST_F(AStateWithAThread, WaitsWhereItWouldHaveToKeepTooMuch)
{
    note_events(1);
    beside_.commit();
    note_events(Recorder::kCrowd);
    beside_.commit_if_due();
    EXPECT_TRUE(beside_.is_at_work()) << "what waited is being written";
    EXPECT_FALSE(beside_.recorder().is_crowded());
    EXPECT_TRUE(rests());
    EXPECT_EQ(stored(), 1 + Recorder::kCrowd);
}

TEST_F(AStateWithAThread, SaysThatTheDiskTakesItsTime)
{
    note_events(1);
    beside_.commit();
    steady += State::kTooLong - 1ms;
    beside_.commit_if_due();
    EXPECT_EQ(beside_.problem(), "");
    steady += 1ms;
    beside_.commit_if_due();
    EXPECT_THAT(beside_.problem(), HasSubstr("the disk has not finished a write for more than 5s"));
    EXPECT_TRUE(rests());
    EXPECT_EQ(beside_.problem(), "") << "it has now";
    EXPECT_EQ(stored(), 1);
}

TEST_F(AStateWithAThread, TriesAgainWhatAnotherProgramKeepsFromBeingWritten)
{
    other_says("BEGIN IMMEDIATE");
    note_events(3);
    beside_.commit();
    EXPECT_TRUE(rests());
    EXPECT_TRUE(beside_.is_busy());
    EXPECT_TRUE(beside_.has_to_write());
    beside_.commit_if_due();
    EXPECT_FALSE(beside_.is_at_work()) << "not at once";
    other_says("COMMIT");
    steady += 100ms;
    beside_.commit_if_due();
    EXPECT_TRUE(beside_.is_at_work());
    EXPECT_TRUE(rests());
    EXPECT_FALSE(beside_.is_busy());
    EXPECT_EQ(stored(), 3);
}

}  // namespace
}  // namespace mailban::io::state_test
