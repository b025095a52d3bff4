// A transaction that is written in portions is stored as a whole, or not at all; what is noted
// meanwhile waits for the next one.
#include "io/daemon/recorder.h"
#include "io/support/temp_directory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>

#include "seed.h"

namespace mailban::io::recorder_portions_test {
namespace {

constexpr Timestamp kNow{std::chrono::microseconds(1'800'000'000'000'000)};
constexpr const char* kFails =
    "CREATE TRIGGER fails BEFORE INSERT ON events WHEN new.attempts = 7 "
    "BEGIN SELECT raise(ABORT, 'the disk says no'); END";

struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
};

// Another program that has the database open, and sees what is stored.
class Witness {
public:
    explicit Witness(const std::string& path)
    {
        sqlite3* raw = nullptr;
        EXPECT_EQ(sqlite3_open(path.c_str(), &raw), SQLITE_OK);
        database_.reset(raw);
    }
    bool says(const char* sql)
    {
        return sqlite3_exec(database_.get(), sql, nullptr, nullptr, nullptr) == SQLITE_OK;
    }
    std::int64_t number(const char* sql)
    {
        sqlite3_stmt* statement = nullptr;
        EXPECT_EQ(sqlite3_prepare_v2(database_.get(), sql, -1, &statement, nullptr), SQLITE_OK);
        const bool has_row = sqlite3_step(statement) == SQLITE_ROW;
        const auto number = has_row ? sqlite3_column_int64(statement, 0) : 0;
        sqlite3_finalize(statement);
        return number;
    }
    std::int64_t events() { return number("SELECT count(*) FROM events"); }
    std::int64_t reached() { return number("SELECT offset FROM positions"); }

private:
    std::unique_ptr<sqlite3, Close> database_{};
};

class ARecorderInPortions : public ::testing::Test {
protected:
    void SetUp() override { ASSERT_TRUE(store_); }

    // The log's next line is an event; the log was read as far as the line's number.
    void read_line(std::uint32_t attempts = 1)
    {
        RecordEvent record;
        record.event.time = kNow;
        record.event.attempts = attempts;
        record.source = log_;
        record.counted = ++lines_;
        recorder_.note(record);
        LogPosition position;
        position.files.push_back({1, 2, lines_, 0, 0});
        recorder_.note_position("log", position);
    }
    void read_lines(std::size_t count)
    {
        for (std::size_t line = 0; line < count; ++line)
            read_line();
    }
    void write_portions()
    {
        do {
            ASSERT_TRUE(recorder_.commit_some(clock_).ok());
        } while (recorder_.is_writing());
    }
    // Every line once, in order.
    void expect_lines(std::int64_t count)
    {
        EXPECT_EQ(witness_.events(), count);
        EXPECT_EQ(witness_.reached(), count);
        EXPECT_EQ(witness_.number("SELECT count(*) FROM events WHERE counted = id"), count);
    }

    TempDirectory directory_{};
    Result<std::unique_ptr<Store>> store_ = Store::open(directory_.path());
    Recorder::Clock::time_point clock_{};
    SourceNames names_{};
    SourceId log_ = names_.id_of("log");
    Recorder recorder_{**store_, names_, [](Store&) { return Status(Done{}); }};
    Witness witness_{directory_ / "mailban.db"};
    std::uint32_t lines_ = 0;
};

TEST_F(ARecorderInPortions, StoresNothingOfATransactionBeforeAllOfIt)
{
    read_lines(3 * Recorder::kPortion);
    for (int portion = 0; portion < 2; ++portion) {
        ASSERT_TRUE(recorder_.commit_some(clock_).ok());
        EXPECT_TRUE(recorder_.is_writing());
        expect_lines(0);
    }
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    EXPECT_FALSE(recorder_.is_writing());
    expect_lines(3 * Recorder::kPortion);
    EXPECT_FALSE(recorder_.is_due(clock_ + Recorder::kBetweenPositions)) << "nothing is left";
}

TEST_F(ARecorderInPortions, WritesVeryManyInFewPortions)
{
    read_lines(Recorder::kMostAtOnce);
    EXPECT_FALSE(recorder_.is_crowded()) << "nothing is being written yet";
    std::size_t portions = 0;
    do {
        ASSERT_TRUE(recorder_.commit_some(clock_).ok());
        ++portions;
    } while (recorder_.is_writing());
    EXPECT_LE(portions, Recorder::kMostPortions);
    EXPECT_GE(portions, Recorder::kMostPortions / 2) << "each is short";
    expect_lines(Recorder::kMostAtOnce);
}

TEST_F(ARecorderInPortions, LeavesWhatIsNotedMeanwhileToTheNextOne)
{
    read_lines(Recorder::kPortion + 1);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    read_lines(5);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    expect_lines(Recorder::kPortion + 1);
    EXPECT_TRUE(recorder_.is_due(clock_ + Recorder::kBetweenEvents));
    write_portions();
    expect_lines(Recorder::kPortion + 6);
}

TEST_F(ARecorderInPortions, WritesAllThatIsLeftWhenItMust)
{
    read_lines(2 * Recorder::kPortion);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    read_lines(5);
    ASSERT_TRUE(recorder_.commit(clock_).ok());
    EXPECT_FALSE(recorder_.is_writing());
    expect_lines(2 * Recorder::kPortion + 5);
}

// The files are what a process that is killed leaves.
TEST_F(ARecorderInPortions, LeavesEventsAndPositionsOfOneMomentWhenItIsKilled)
{
    read_lines(3);
    ASSERT_TRUE(recorder_.commit(clock_).ok());
    read_lines(2 * Recorder::kPortion);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    ASSERT_TRUE(recorder_.is_writing());
    const TempDirectory left;
    for (const auto* const name : {"mailban.db", "mailban.db-wal"})
        std::filesystem::copy(directory_ / name, left / name);
    Witness heir(left / "mailban.db");
    EXPECT_EQ(heir.events(), 3);
    EXPECT_EQ(heir.reached(), 3);
}

TEST_F(ARecorderInPortions, BeginsAgainWithAllOfItWhenAPortionFails)
{
    ASSERT_TRUE(witness_.says(kFails));
    read_lines(Recorder::kPortion);
    read_line(7);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    read_lines(2);
    EXPECT_FALSE(recorder_.commit_some(clock_).ok());
    EXPECT_FALSE(recorder_.is_writing());
    expect_lines(0);
    ASSERT_TRUE(witness_.says("DROP TRIGGER fails"));
    write_portions();
    expect_lines(Recorder::kPortion + 3);
}

TEST_F(ARecorderInPortions, WritesHowBansStandIfThatBecameNecessaryMeanwhile)
{
    ASSERT_TRUE(witness_.says(kFails));
    Ban ban;
    ban.prefix = *Prefix::parse("192.0.2.7/32");
    ban.since = kNow;
    recorder_.note(RecordBan{ban});
    read_lines(Recorder::kPortion);
    read_line(7);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    recorder_.note_standing();
    EXPECT_FALSE(recorder_.commit_some(clock_).ok());
    EXPECT_EQ(recorder_.waiting(), 0U) << "the ban is part of what stands";
    ASSERT_TRUE(witness_.says("DROP TRIGGER fails"));
    write_portions();
    EXPECT_EQ((*store_)->active_bans()->size(), 0U) << "no ban stands";
    expect_lines(Recorder::kPortion + 1);
}

TEST_F(ARecorderInPortions, GoesOnInAnotherStoreWithAllThatTheFirstDidNotStore)
{
    read_lines(2 * Recorder::kPortion);
    ASSERT_TRUE(recorder_.commit_some(clock_).ok());
    const TempDirectory elsewhere;
    auto other = Store::open(elsewhere.path());
    ASSERT_TRUE(other);
    recorder_.abandon();
    recorder_.write_to(**other);
    read_lines(1);
    write_portions();
    EXPECT_EQ(Witness(elsewhere / "mailban.db").events(), 2 * Recorder::kPortion + 1);
    expect_lines(0);
}

// At every moment what is stored are the first lines, and how far these reach.
TEST_F(ARecorderInPortions, KeepsEventsAndPositionsTogetherWhateverHappens)
{
    std::mt19937_64 random(test::property_seed());
    const auto rounds = test::property_amount(1500);
    for (std::size_t round = 0; round < rounds; ++round) {
        SCOPED_TRACE(round);
        const auto draw = random() % 20;
        if (draw < 8) {
            read_lines(random() % Recorder::kPortion);
        } else if (draw == 8) {
            read_line(7);
        } else if (draw == 9) {
            // Refused while a transaction is being written.
            static_cast<void>(witness_.says(kFails));
        } else if (draw == 10) {
            static_cast<void>(witness_.says("DROP TRIGGER IF EXISTS fails"));
        } else if (draw == 11) {
            static_cast<void>(recorder_.commit(clock_));
        } else if (draw == 12) {
            recorder_.abandon();
        } else {
            static_cast<void>(recorder_.commit_some(clock_));
        }
        ASSERT_NO_FATAL_FAILURE(expect_lines(witness_.events()));
    }
    recorder_.abandon();
    ASSERT_TRUE(witness_.says("DROP TRIGGER IF EXISTS fails"));
    ASSERT_TRUE(recorder_.commit(clock_).ok());
    expect_lines(lines_);
}

}  // namespace
}  // namespace mailban::io::recorder_portions_test
