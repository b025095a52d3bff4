// The state while another program keeps the database.
#include "io/daemon/state.h"

#include "io/support/temp_directory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <chrono>
#include <memory>
#include <optional>

namespace mailban::io::state_test {
namespace {

using namespace std::chrono_literals;

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

// A state that is written in portions, and how often it asked for another turn.
class AStateInPortions : public ABusyState {
protected:
    void SetUp() override
    {
        state_.write_in_portions([this] { ++asked_; });
        RecordEvent record;
        record.event.time = kNoon;
        record.source = names_.id_of("log");
        record.counted = 1;
        for (std::size_t event = 0; event < 3 * Recorder::kPortion; ++event)
            state_.recorder().note(record);
        state_.commit_if_due();
        EXPECT_EQ(asked_, 1);
    }
    std::optional<std::int64_t> last_event() { return *state_.store()->last_event(); }

    int asked_ = 0;
};

TEST_F(AStateInPortions, LetsOthersHaveTheirTurnBetweenThem)
{
    state_.commit_if_due();
    EXPECT_EQ(asked_, 1) << "a turn was asked for";
    state_.write_on();
    EXPECT_EQ(asked_, 2);
    EXPECT_TRUE(state_.recorder().is_writing());
    state_.write_on();
    EXPECT_EQ(asked_, 2);
    EXPECT_FALSE(state_.recorder().is_writing());
    other_says("BEGIN IMMEDIATE");
    EXPECT_EQ(last_event(), 3 * Recorder::kPortion);
    other_says("COMMIT");
    state_.write_on();
    EXPECT_EQ(asked_, 2) << "a turn that nobody needs any more";
}

TEST_F(AStateInPortions, WritesAllOfItForWhoReadsItOrDropsFromIt)
{
    EXPECT_TRUE(state_.commit_all());
    EXPECT_FALSE(state_.recorder().is_writing());
    EXPECT_EQ(last_event(), 3 * Recorder::kPortion);
}

TEST_F(AStateInPortions, DropsNothingFromWhatIsNotStoredYet)
{
    state_.prune(kNoon);
    EXPECT_TRUE(state_.recorder().is_writing()) << "it ends by itself";
    state_.prune(kNoon + State::kLongestWaitToPrune - 1s);
    EXPECT_TRUE(state_.recorder().is_writing());
    state_.prune(kNoon + State::kLongestWaitToPrune);
    EXPECT_FALSE(state_.recorder().is_writing());
    EXPECT_EQ(last_event(), 3 * Recorder::kPortion);
}

TEST_F(AStateInPortions, WritesMuchAtOnce)
{
    for (std::size_t event = 0; event < Recorder::kMostAtOnce; ++event)
        state_.recorder().note(RecordEvent{});
    state_.commit_if_due();
    EXPECT_FALSE(state_.recorder().is_writing());
}

}  // namespace
}  // namespace mailban::io::state_test
