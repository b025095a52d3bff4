// A transaction is stored as a whole, or not at all; what is noted while it is being written waits
// for the next one.
#include "io/daemon/recorder.h"
#include "io/support/temp_directory.h"

#include <gtest/gtest.h>
#include <sqlite3.h>

#include <filesystem>
#include <random>

#include "seed.h"

namespace mailban::io::recorder_batch_test {
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

class ARecorderThatIsWriting : public ::testing::Test {
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
    bool begin() { return (batch_ = recorder_.begin()) != nullptr; }
    // Writes what was begun, as the thread does.
    bool finish()
    {
        const bool is_written = batch_->write_to(**store_).ok();
        recorder_.settle(is_written, clock_);
        return is_written;
    }
    bool commit() { return begin() && finish(); }
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
    Recorder recorder_{names_, [] { return Standing{{}, {}, kNow}; }};
    const RecordBatch* batch_ = nullptr;
    Witness witness_{directory_ / "mailban.db"};
    std::uint32_t lines_ = 0;
};

TEST_F(ARecorderThatIsWriting, WritesOneTransactionAtATime)
{
    read_lines(3);
    ASSERT_TRUE(begin());
    EXPECT_TRUE(recorder_.is_writing());
    expect_lines(0);
    read_lines(5);
    EXPECT_EQ(recorder_.begin(), nullptr);
    ASSERT_TRUE(finish());
    EXPECT_FALSE(recorder_.is_writing());
    expect_lines(3);
    EXPECT_TRUE(recorder_.is_due(clock_ + Recorder::kBetweenEvents)) << "what came meanwhile";
    ASSERT_TRUE(commit());
    expect_lines(8);
    EXPECT_FALSE(recorder_.has_any());
    EXPECT_EQ(recorder_.begin(), nullptr) << "nothing is left";
}

TEST_F(ARecorderThatIsWriting, TellsTheTransactionThatHoldsWhatWasNoted)
{
    EXPECT_EQ(recorder_.newest(), recorder_.settled()) << "nothing was noted";
    read_line();
    const auto first = recorder_.newest();
    EXPECT_GT(first, recorder_.settled());
    ASSERT_TRUE(begin());
    EXPECT_EQ(recorder_.newest(), first);
    EXPECT_LT(recorder_.settled(), first) << "it is not stored yet";
    read_line();
    EXPECT_EQ(recorder_.newest(), first + 1);
    ASSERT_TRUE(finish());
    EXPECT_EQ(recorder_.settled(), first);
    ASSERT_TRUE(commit());
    EXPECT_EQ(recorder_.settled(), first + 1);
}

// The files are what a process that is killed leaves.
TEST_F(ARecorderThatIsWriting, LeavesEventsAndPositionsOfOneMomentWhenItIsKilled)
{
    read_lines(3);
    ASSERT_TRUE(commit());
    read_lines(100);
    ASSERT_TRUE((*store_)->begin());
    Event event;
    event.time = kNow;
    ASSERT_TRUE((*store_)->put_event(event, "log", 4));
    const TempDirectory left;
    for (const auto* const name : {"mailban.db", "mailban.db-wal"})
        std::filesystem::copy(directory_ / name, left / name);
    (*store_)->rollback();
    Witness heir(left / "mailban.db");
    EXPECT_EQ(heir.events(), 3);
    EXPECT_EQ(heir.reached(), 3);
}

TEST_F(ARecorderThatIsWriting, BeginsAgainWithAllOfItWhenARecordFails)
{
    ASSERT_TRUE(witness_.says(kFails));
    read_lines(50);
    read_line(7);
    ASSERT_TRUE(begin());
    read_lines(2);
    EXPECT_FALSE(finish());
    EXPECT_FALSE(recorder_.is_writing());
    expect_lines(0);
    ASSERT_TRUE(witness_.says("DROP TRIGGER fails"));
    ASSERT_TRUE(commit());
    expect_lines(53);
}

TEST_F(ARecorderThatIsWriting, WritesHowBansStandIfThatBecameNecessaryMeanwhile)
{
    ASSERT_TRUE(witness_.says(kFails));
    Ban ban;
    ban.prefix = *Prefix::parse("192.0.2.7/32");
    ban.since = kNow;
    recorder_.note(RecordBan{ban});
    read_line(7);
    ASSERT_TRUE(begin());
    recorder_.note_standing();
    EXPECT_FALSE(finish());
    EXPECT_EQ(recorder_.waiting(), 0U) << "the ban is part of what stands";
    ASSERT_TRUE(witness_.says("DROP TRIGGER fails"));
    ASSERT_TRUE(commit());
    EXPECT_EQ((*store_)->active_bans()->size(), 0U) << "no ban stands";
    expect_lines(1);
}

TEST_F(ARecorderThatIsWriting, GoesOnInAnotherStoreWithAllThatTheFirstDidNotStore)
{
    read_lines(50);
    ASSERT_TRUE(begin());
    const TempDirectory elsewhere;
    auto other = Store::open(elsewhere.path());
    ASSERT_TRUE(other);
    recorder_.change_store();
    EXPECT_FALSE(recorder_.is_writing());
    read_lines(1);
    ASSERT_TRUE(begin());
    ASSERT_TRUE(batch_->write_to(**other));
    EXPECT_EQ(Witness(elsewhere / "mailban.db").events(), 51);
    expect_lines(0);
}

// At every moment what is stored are the first lines, and how far these reach.
TEST_F(ARecorderThatIsWriting, KeepsEventsAndPositionsTogetherWhateverHappens)
{
    std::mt19937_64 random(test::property_seed());
    const auto rounds = test::property_amount(1500);
    for (std::size_t round = 0; round < rounds; ++round) {
        SCOPED_TRACE(round);
        const auto draw = random() % 20;
        if (draw < 8) {
            read_lines(random() % 32);
        } else if (draw == 8) {
            read_line(7);
        } else if (draw == 9) {
            // Refused where it is there already.
            static_cast<void>(witness_.says(kFails));
        } else if (draw < 12) {
            ASSERT_TRUE(witness_.says("DROP TRIGGER IF EXISTS fails"));
        } else if (recorder_.is_writing()) {
            static_cast<void>(finish());
        } else {
            static_cast<void>(begin());
        }
        ASSERT_NO_FATAL_FAILURE(expect_lines(witness_.events()));
    }
    ASSERT_TRUE(witness_.says("DROP TRIGGER IF EXISTS fails"));
    ASSERT_TRUE(!recorder_.is_writing() || finish());
    ASSERT_TRUE(!recorder_.has_any() || commit());
    expect_lines(lines_);
}

}  // namespace
}  // namespace mailban::io::recorder_batch_test
