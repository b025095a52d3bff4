// Lines that arrive around a rotation: each once, whatever kind of rotation it is.
#include "io/source/tail_fixture.h"
#include "io/support/pack.h"

#include <sys/stat.h>

namespace mailban::io {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ARotation : public ATail {
protected:
    void start_with(const std::string& text)
    {
        write(text);
        start();
        ASSERT_TRUE(until([&] { return status().caught_up; }));
    }
    void copy_truncate(const std::string& to)
    {
        fs::copy_file(log, directory / to);
        truncate_file(log);
    }
};

TEST_F(ARotation, ByRenameLosesNothingThatWasWrittenJustBefore)
{
    start_with("one\n");
    write("two\n");
    rename("mainlog", "mainlog.1");
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    EXPECT_EQ(status().rotations, 1U);
}

TEST_F(ARotation, ByRenameLeavesTheWriterTimeToMoveOn)
{
    start_with("one\n");
    std::ofstream slow_writer(log, std::ios::app);
    rename("mainlog", "mainlog.1");
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    slow_writer << "three\n" << std::flush;
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    write("four\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four"}));
    EXPECT_EQ(status().files, 2U);
}

TEST_F(ARotation, ByRenameReadsTheOldFileOnWhileNothingHasItsName)
{
    start_with("one\n");
    std::ofstream writer(log, std::ios::app);
    rename("mainlog", "mainlog.1");
    ASSERT_TRUE(until([&] { return !status().present; }));
    writer << "two\n" << std::flush;
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(ARotation, LetsTheOldFileGoWhenItIsQuietAndTheNewOneInUse)
{
    options.quiet = 20ms;
    start_with("one\n");
    rename("mainlog", "mainlog.1");
    write("");
    ASSERT_TRUE(until([&] { return status().files == 2; }));
    write("two\n");
    EXPECT_EQ(life->watcher.watches(), 3U);
    EXPECT_TRUE(until([&] { return status().files == 1; }));
    EXPECT_EQ(life->committed->files.size(), 1U);
    EXPECT_EQ(life->watcher.watches(), 2U);
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(ARotation, KeepsTheOldFileWhileTheNewOneIsEmpty)
{
    options.quiet = 1ms;
    options.look_again = 1ms;
    start_with("one\n");
    rename("mainlog", "mainlog.1");
    write("");
    ASSERT_TRUE(until([&] { return status().files == 2; }));
    const auto later = std::chrono::steady_clock::now() + 20ms;
    EXPECT_TRUE(until([&] { return std::chrono::steady_clock::now() > later; }));
    EXPECT_EQ(status().files, 2U);
}

TEST_F(ARotation, IsAwaitedWithoutSpinningWhereNoTimeIsGiven)
{
    options.quiet = 0ms;
    start_with("one\n");
    rename("mainlog", "mainlog.1");
    write("");
    ASSERT_TRUE(until([&] { return status().files == 2; }));
    run_ready(life->context);
    std::size_t turns = 0;
    const auto later = std::chrono::steady_clock::now() + 20ms;
    while (life->context.run_one_until(later) > 0)
        ++turns;
    EXPECT_LT(turns, 10U);
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    EXPECT_TRUE(until([&] { return status().files == 1; }));
}

TEST_F(ARotation, LetsTheOldFileGoAtLastWhereTheNewOneStaysEmpty)
{
    options.look_again = 1ms;
    options.patience = 10ms;
    start_with("one\n");
    rename("mainlog", "mainlog.1");
    write("");
    ASSERT_TRUE(until([&] { return status().files == 2; }));
    EXPECT_TRUE(until([&] { return status().files == 1; }));
}

TEST_F(ARotation, SeveralTimesBetweenTwoLooksIsReadThroughInOrder)
{
    start_with("one\n");
    write("two\n");
    rename("mainlog", "mainlog.1");
    write("three\n");
    rename("mainlog.1", "mainlog.2");
    rename("mainlog", "mainlog.1");
    write("four\n");
    rename("mainlog.2", "mainlog.3");
    rename("mainlog.1", "mainlog.2");
    rename("mainlog", "mainlog.1");
    write("five\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four", "five"}));
}

TEST_F(ARotation, WithDatesBetweenTwoLooksIsReadThroughInOrder)
{
    append(directory / "mainlog-20261029", "long ago\n");
    start_with("one\n");
    write("two\n");
    rename("mainlog", "mainlog-20261030");
    write("three\n");
    rename("mainlog", "mainlog-20261031");
    write("four\n");
    rename("mainlog", "mainlog-20261101");
    write("five\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four", "five"}));
}

TEST_F(ARotation, ByCopyAndTruncateGoesOnAtTheBeginning)
{
    start_with("one\n");
    copy_truncate("mainlog.1");
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    EXPECT_EQ(status().rotations, 1U);
}

TEST_F(ARotation, ByCopyAndTruncateIsNoticedWhenTheFileHasOutgrownItsOldSize)
{
    start_with("one\n");
    copy_truncate("mainlog.1");
    write("two\nthree\nfour\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four"}));
}

TEST_F(ARotation, ByCopyAndTruncateTakesUnreadLinesFromTheCopy)
{
    start_with("one\n");
    write("two\nthr");
    run_ready(life->context);
    write("ee\nfour\n");
    copy_truncate("mainlog.1");
    write("five\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four", "five"}));
}

TEST_F(ARotation, ByCopyAndTruncateTwiceBetweenTwoLooksIsReadThroughInOrder)
{
    start_with("one\n");
    write("two\n");
    copy_truncate("mainlog.1");
    write("three\n");
    rename("mainlog.1", "mainlog.2");
    copy_truncate("mainlog.1");
    write("four\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four"}));
}

TEST_F(ARotation, ByPlainTruncationGoesOnAtTheBeginning)
{
    start_with("one\ntwo\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    truncate_file(log);
    run_ready(life->context);
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
}

TEST_F(ARotation, IsNotWhatAnEditedCopyIs)
{
    start_with("one\ntwo\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    fs::copy_file(log, directory / "copy");
    append(directory / "copy", "three\n");
    rename("copy", "mainlog");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
}

TEST_F(ARotation, IsWhatAFileOfTheSameBeginningAndLengthIsThatHoldsOtherLines)
{
    const std::string same = std::string(5000, 'a') + "\n";
    start_with(same + "one\n" + same);
    EXPECT_TRUE(hands_over({std::string(5000, 'a'), "one", std::string(5000, 'a')}));
    append(directory / "other", same + "two\n" + std::string(4999, 'a') + "b\n");
    rename("other", "mainlog");
    EXPECT_TRUE(hands_over({std::string(5000, 'a'), "one", std::string(5000, 'a'),
                            std::string(5000, 'a'), "two", std::string(4999, 'a') + "b"}));
}

TEST_F(ARotation, IsNotWhatAFileIsThatHoldsTheSame)
{
    start_with("one\n");
    append(directory / "other", "one\n");
    rename("other", "mainlog");
    ASSERT_TRUE(until([&] { return status().rotations == 1; }));
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(ARotation, BeginsAFileAnewThatBeginsLikeTheOneThatWasRenamed)
{
    start_with("turned over\n");
    rename("mainlog", "mainlog.1");
    write("turned over\n");
    EXPECT_TRUE(hands_over({"turned over", "turned over"}));
}

TEST_F(ARotation, UndoneReadsOnInTheFileThatGotItsNameBack)
{
    start_with("one\n");
    rename("mainlog", "mainlog.1");
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    fs::remove(log);
    rename("mainlog.1", "mainlog");
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
}

// The same while nobody looks at all.

TEST_F(ARotation, WhileStoppedLosesNothingUnderAnyName)
{
    for (const std::string name : {"mainlog.1", "mainlog.01", "mainlog-20261101", "mainlog.old",
                                   "mainlog.0", "backup-of-it"}) {
        fs::remove(log);
        life.reset();
        start_with("one " + name + "\n");
        EXPECT_TRUE(hands_over({"one " + name}));
        const auto position = life->committed;
        life.reset();
        write("two\n");
        rename("mainlog", name);
        write("three\n");
        start(position);
        EXPECT_TRUE(hands_over({"two", "three"})) << name;
        EXPECT_EQ(status().vanished, 0U);
        fs::remove(directory / name);
    }
}

TEST_F(ARotation, SeveralTimesWhileStoppedIsReadThroughInOrder)
{
    append(directory / "mainlog.1", "long ago\n");
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    write("two\n");
    rename("mainlog.1", "mainlog.3");
    rename("mainlog", "mainlog.2");
    append(directory / "mainlog.1", "three\n");
    write("four\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
}

TEST_F(ARotation, ByCopyAndTruncateWhileStoppedTakesUnreadLinesFromTheCopy)
{
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    write("two\n");
    copy_truncate("mainlog.1");
    write("three\nfour\nfive\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four", "five"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotation, WhileStoppedDoesNotMistakeAReusedInodeForTheOldFile)
{
    start_with("one\n");
    auto position = *life->committed;
    life.reset();
    fs::remove(log);
    write("two is longer\n");
    struct ::stat st = {};
    ASSERT_EQ(::stat(log.c_str(), &st), 0);
    position.files.at(0).inode = st.st_ino;
    start(position);
    EXPECT_TRUE(hands_over({"two is longer"}));
    EXPECT_EQ(status().vanished, 1U);
}

TEST_F(ARotation, WithCompressionWhileStoppedReadsOnInTheArchive)
{
    for (const auto& [name, pack] :
         {std::pair{"mainlog.1.gz", &gzip}, {"mainlog-20261101.zst", &zstd}}) {
        fs::remove(log);
        life.reset();
        start_with("one\ntwo\n");
        EXPECT_TRUE(hands_over({"one", "two"}));
        const auto position = life->committed;
        life.reset();
        fs::remove(log);
        append(directory / name, pack("one\ntwo\nthree\nfour\n"));
        write("five\n");
        start(position);
        EXPECT_TRUE(hands_over({"three", "four", "five"})) << name;
        EXPECT_EQ(status().vanished, 0U);
        fs::remove(directory / name);
    }
}

TEST_F(ARotation, WithCompressionSeveralTimesWhileStoppedIsReadThroughInOrder)
{
    append(directory / "mainlog.5.gz", gzip("long ago\n"));
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    fs::remove(log);
    append(directory / "mainlog.4.gz", gzip("one\ntwo\n"));
    append(directory / "mainlog.3.zst", zstd("three\n"));
    append(directory / "mainlog.2.gz", gzip(""));
    append(directory / "mainlog.1", "four\n");
    write("five\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four", "five"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotation, ReadsAFileAndNotTheArchiveThatIsBeingMadeOfIt)
{
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    rename("mainlog", "mainlog.2");
    append(directory / "mainlog.2", "two\n");
    append(directory / "mainlog.2.gz", gzip("one\ntwo\n").substr(0, 12));
    append(directory / "mainlog.1", "three\n");
    append(directory / "mainlog.1.gz", gzip("three\n"));
    write("four\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotation, GoesOnInALongArchiveWhereItWasKilled)
{
    std::string text;
    ATail::Lines expected;
    for (int i = 0; i < 100'000; ++i) {
        expected.push_back("line " + std::to_string(i));
        text += expected.back() + "\n";
    }
    start_with("line 0\nline 1\n");
    auto position = life->committed;
    life.reset();
    fs::remove(log);
    append(directory / "mainlog.1.gz", gzip(text));
    ATail::Lines lines{"line 0", "line 1"};
    // Killed in the middle of the archive, then left to come to the end.
    start(position);
    ASSERT_TRUE(life->until_lines(20'000));
    ASSERT_LT(life->lines.size(), 90'000U);
    lines.insert(lines.end(), life->lines.begin(), life->lines.end());
    kill_and_restart();
    ASSERT_TRUE(life->until_lines(expected.size() - lines.size()));
    run_ready(life->context);
    lines.insert(lines.end(), life->lines.begin(), life->lines.end());
    EXPECT_EQ(lines, expected);
}

TEST_F(ARotation, WithAnArchiveThatIsDamagedSaysWhatMayBeMissing)
{
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    fs::remove(log);
    auto packed = gzip("one\ntwo\n");
    packed.resize(packed.size() - 2);
    append(directory / "mainlog.1.gz", packed);
    write("three\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three"}));
    EXPECT_EQ(status().vanished, 1U);
    EXPECT_EQ(status().note,
              "cannot read " + (directory / "mainlog.1.gz") + ": the gzip archive is cut short");
}

TEST_F(ARotation, WithAnArchiveThatCannotBeReadSaysWhatMayBeMissing)
{
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    fs::remove(log);
    append(directory / "mainlog.1.xz", std::string("\xfd\x37zXZ\0\0\4", 8));
    write("three\n");
    start(position);
    EXPECT_TRUE(hands_over({"three"}));
    EXPECT_EQ(status().vanished, 1U);
    EXPECT_EQ(status().note, "an earlier file of " + log +
                                 " is gone before it was certainly read to its end; a "
                                 "compressed file could not be read");
}

TEST_F(ARotation, KeepsItsPlaceInBothFilesOverARestart)
{
    start_with("one\n");
    std::ofstream slow_writer(log, std::ios::app);
    rename("mainlog", "mainlog.1");
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    EXPECT_EQ(life->committed->files.size(), 2U);
    const auto position = life->committed;
    life.reset();
    slow_writer << "three\n" << std::flush;
    write("four\n");
    start(position);
    EXPECT_TRUE(hands_over({"three", "four"}));
}

}  // namespace
}  // namespace mailban::io
