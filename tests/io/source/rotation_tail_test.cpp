// Lines that arrive around a rotation: each once, whatever kind of rotation it is.
#include "io/source/rotation_fixture.h"
#include "io/support/pack.h"

#include <sys/stat.h>

namespace mailban::io::rotation_tail_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

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

TEST_F(ARotation, ByCopyAndTruncateTakesNothingFromACopyThatSomebodyKeepsBesideTheLog)
{
    start_with("one\n");
    append(directory / "mainlog.copy", "one\ntwo\nthree\n");
    write("two\n");
    copy_truncate("mainlog.1");
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
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

// As `sed -i` does it, while nobody has read the last lines yet.
TEST_F(ARotation, IsNoneWhereACopyTakesTheNameBeforeAllWasRead)
{
    start_with("one\n");
    write("two\n");
    std::filesystem::copy_file(log, directory / "edited");
    write("three\n");
    rename("edited", "mainlog");
    write("four\n");
    EXPECT_TRUE(hands_over({"one", "two", "three", "four"}));
}

}  // namespace
}  // namespace mailban::io::rotation_tail_test
