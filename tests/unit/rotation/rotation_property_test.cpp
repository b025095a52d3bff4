// Whatever happens to a log, and however often its reader is killed: each line is read once and in
// order, or the reader says that something was missed.
#include <gtest/gtest.h>

#include <optional>
#include <random>
#include <string>
#include <vector>

#include "seed.h"
#include "unit/rotation/simulated_log.h"
#include "unit/rotation/simulated_tail.h"

namespace mailban::test::rotation_property_test {
namespace {

struct Life {
    Habit habit = Habit::counted;
    bool compresses = false;
    bool replaces = false;
    std::size_t keeps = 1000;  // rotated files
    bool reuses_inodes = true;

    // Of a file that was replaced before it was opened nobody knows that the copy has all of it.
    bool loses_nothing() const { return keeps == 1000 && !replaces; }
    // An open file that was compressed in a burst may be counted as one that nobody has opened.
    bool is_quiet() const { return loses_nothing() && !compresses; }
};

class ARotatedLog : public ::testing::Test {
protected:
    void live(std::uint32_t seed, const Life& life)
    {
        std::mt19937 random(seed);
        SimulatedDirectory directory;
        directory.reuses_inodes = life.reuses_inodes;
        SimulatedWriter writer(directory, life.habit, life.compresses, life.keeps);
        const bool is_patient = random() % 2 == 0;
        options_ = {};
        options_.quiet = is_patient ? std::chrono::hours(2) : std::chrono::hours(0);
        options_.patience = random() % 4 == 0 ? std::chrono::hours(0) : std::chrono::hours(2);
        lines_.clear();
        missed_ = 0;
        position_.reset();
        writer.write(1);
        tail_.emplace(directory, position_, options_);
        const auto nothing = [] {};
        tail_->run(nothing);
        commit();
        for (int i = 0; i < 60; ++i)
            step(random, directory, writer, life);
        if (!tail_) tail_.emplace(directory, position_, options_);
        writer.write(1);
        tail_->run(nothing);
        commit();
        judge(writer, life);
    }

    void live_often(const std::vector<Habit>& habits, Life life)
    {
        const auto seed = property_seed();
        for (const auto habit : habits) {
            life.habit = habit;
            for (std::uint32_t round = 0; round < 15; ++round) {
                SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed + round) + ", habit " +
                             std::to_string(static_cast<int>(habit)));
                live(seed + round, life);
                if (HasFatalFailure()) return;
            }
        }
    }

private:
    void commit()
    {
        if (!tail_) return;
        lines_.insert(lines_.end(), tail_->lines.begin(), tail_->lines.end());
        tail_->lines.clear();
        missed_ += std::exchange(tail_->missed, 0);
        position_ = tail_->position();
    }
    void step(std::mt19937& random, SimulatedDirectory& directory, SimulatedWriter& writer,
              const Life& life)
    {
        const auto burst = [&] {
            if (random() % 4 != 0) return;
            writer.write(random() % 3);
            writer.rotate();
        };
        switch (random() % 12) {
        case 0:
        case 1:
        case 2: writer.write(random() % 20); break;
        case 3: writer.write_part(random() % 40); break;
        case 4: writer.write(random() % 200); break;
        case 5:
        case 6: writer.rotate(); break;
        case 7: life.replaces ? writer.replace() : writer.write(1); break;
        case 8: commit(); break;
        case 9: kill(directory); break;
        case 10:
        case 11:
            if (!tail_) tail_.emplace(directory, position_, options_);
            tail_->run(burst);
            break;
        }
    }
    // What was not committed is read again.
    void kill(SimulatedDirectory& directory)
    {
        tail_.reset();
        directory.open.clear();
    }
    void judge(const SimulatedWriter& writer, const Life& life) const
    {
        std::size_t expected = 0;
        for (const auto& line : lines_) {
            const auto number = std::stoul(line.substr(5));
            ASSERT_EQ(line, SimulatedWriter::line(number)) << "a line was cut";
            ASSERT_GE(number, expected) << "a line was read twice, or late";
            if (number > expected) {
                ASSERT_GT(missed_, 0U) << "line " << expected << " was lost, unsaid";
                ASSERT_FALSE(life.loses_nothing()) << "line " << expected << " was lost";
            }
            expected = number + 1;
        }
        ASSERT_EQ(expected, writer.written()) << "the last lines were not read";
        if (life.is_quiet()) {
            ASSERT_EQ(missed_, 0U) << "nothing was missed";
        }
    }

    TailOptions options_{};
    std::optional<SimulatedTail> tail_{};
    std::vector<std::string> lines_{};  // committed
    std::size_t missed_ = 0;
    std::optional<LogPosition> position_{};
};

const std::vector<Habit> kRenaming{Habit::counted, Habit::before_extension, Habit::dated};
const std::vector<Habit> kAll{Habit::counted, Habit::before_extension, Habit::dated, Habit::copied};

TEST_F(ARotatedLog, IsReadOnceAndInOrder)
{
    live_often(kAll, {});
}

TEST_F(ARotatedLog, OfWhichOldFilesAreCompressedIsReadOnceAndInOrder)
{
    Life life;
    life.compresses = true;
    live_often({Habit::counted}, life);
}

TEST_F(ARotatedLog, ThatIsReplacedByCopiesIsReadInOrderAndTheLossReported)
{
    Life life;
    life.replaces = true;
    live_often({Habit::counted}, life);
}

// Where inodes are used again, a later file may be taken for an empty one that is gone; and of a
// log that is always the same file, nobody knows how often it was cut while it was empty.
TEST_F(ARotatedLog, OfWhichFilesAreDeletedUnreadIsReadInOrderAndTheLossReported)
{
    Life life;
    life.keeps = 2;
    life.reuses_inodes = false;
    live_often(kRenaming, life);
}

}  // namespace
}  // namespace mailban::test::rotation_property_test
