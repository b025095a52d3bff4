// Lines that arrive around a rotation while nobody looks: each once, after the restart.
#include "io/source/rotation_fixture.h"
#include "io/support/pack.h"

#include <sys/stat.h>

namespace mailban::io::rotation_restart_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

class ARotationMeanwhile : public ARotation {};

TEST_F(ARotationMeanwhile, WhileStoppedLosesNothingUnderAnyName)
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

TEST_F(ARotationMeanwhile, SeveralTimesWhileStoppedIsReadThroughInOrder)
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

TEST_F(ARotationMeanwhile, OfALogThatKeepsItsExtensionIsReadThroughInOrder)
{
    log = directory / "mail.log";
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    write("two\n");
    rename("mail.log", "mail.2.log");
    append(directory / "mail.1.log", "three\n");
    write("four\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotationMeanwhile, IntoADirectoryBesideTheLogIsReadThroughInOrder)
{
    start_with("one\n");
    const auto position = life->committed;
    life.reset();
    write("two\n");
    fs::create_directory(directory / "old");
    rename("mainlog", "old/mainlog.2");
    append(directory / "old/mainlog.1", "three\n");
    write("four\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotationMeanwhile, ByCopyAndTruncateWhileStoppedTakesUnreadLinesFromTheCopy)
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

TEST_F(ARotationMeanwhile, WhileStoppedDoesNotMistakeAReusedInodeForTheOldFile)
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

// After a reboot the same disk may have another number.
LogPosition on_another_device(LogPosition position)
{
    for (FilePosition& file : position.files)
        file.device += 1;
    return position;
}

TEST_F(ARotationMeanwhile, IsReadThroughWhereTheDiskHasAnotherNumberThanBefore)
{
    start_with("one\n");
    const auto position = on_another_device(*life->committed);
    life.reset();
    write("two\n");
    start(position);
    EXPECT_TRUE(hands_over({"two"}));
    EXPECT_EQ(status().vanished, 0U);
    life.reset();
    rename("mainlog", "mainlog.1");
    write("three\n");
    start(position);
    EXPECT_TRUE(hands_over({"two", "three"}));
    EXPECT_EQ(status().vanished, 0U);
}

TEST_F(ARotationMeanwhile, LosesNothingOfAnEmptyLogWhoseDiskHasAnotherNumberThanBefore)
{
    start_with("");
    const auto position = on_another_device(*life->committed);
    ASSERT_EQ(position.files.size(), 1U);
    life.reset();
    write("one\n");
    start(position);
    EXPECT_TRUE(hands_over({"one"}));
}

TEST_F(ARotationMeanwhile, WithCompressionWhileStoppedReadsOnInTheArchive)
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

TEST_F(ARotationMeanwhile, WithCompressionSeveralTimesWhileStoppedIsReadThroughInOrder)
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

// As `tail -F mainlog >> mainlog.copy` keeps one: it holds what came after the rotation, too.
TEST_F(ARotationMeanwhile, IsNotReadInACopyThatSomebodyKeepsBesideTheLog)
{
    for (const std::string name : {"mainlog.1", "mainlog-20261101", "mainlog.2.gz"}) {
        fs::remove(log);
        life.reset();
        start_with("one\n");
        const auto position = life->committed;
        life.reset();
        const std::string old = "one\ntwo\n";
        append(directory / name, name.ends_with(".gz") ? gzip(old) : old);
        append(directory / "mainlog.copy", old + "three\n");
        // Packing and copying have made another file of it, of another number.
        fs::remove(log);
        write("three\n");
        start(position);
        EXPECT_TRUE(hands_over({"two", "three"})) << name;
        append(directory / "mainlog.copy", "four\n");
        write("four\n");
        EXPECT_TRUE(hands_over({"two", "three", "four"})) << name;
        fs::remove(directory / name);
        fs::remove(directory / "mainlog.copy");
    }
}

TEST_F(ARotationMeanwhile, ReadsAFileAndNotTheArchiveThatIsBeingMadeOfIt)
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

TEST_F(ARotationMeanwhile, GoesOnInALongArchiveWhereItWasKilled)
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

TEST_F(ARotationMeanwhile, WithAnArchiveThatIsDamagedSaysWhatMayBeMissing)
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

TEST_F(ARotationMeanwhile, WithAnArchiveThatCannotBeReadSaysWhatMayBeMissing)
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

// Seed 369: the number of a file that was empty, packed and gone was the log's again much later.
TEST_F(ARotationMeanwhile, DoesNotTakeALaterFileForTheEmptyOneWhoseNumberItHas)
{
    start_with("one\n");
    auto position = *life->committed;
    life.reset();
    rename("mainlog", "mainlog.4");
    append(directory / "mainlog.2", "two\n");
    append(directory / "mainlog.1", "three\n");
    write("four\n");
    struct ::stat later = {};
    ASSERT_EQ(::stat((directory / "mainlog.1").c_str(), &later), 0);
    struct ::stat known = {};
    ASSERT_EQ(::stat((directory / "mainlog.2").c_str(), &known), 0);
    FilePosition empty{later.st_dev, later.st_ino, 0,
                       LogFile::open(log).file->position().fingerprint, 0};
    auto second = LogFile::open(directory / "mainlog.2").file;
    ASSERT_TRUE(second->look_at_head());
    position.files.push_back(empty);
    position.files.push_back(second->position());
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
}

TEST_F(ARotationMeanwhile, DoesNotSkipTheFilesBeforeOneThatHasAnEmptyOnesNumber)
{
    start_with("one\n");
    auto position = *life->committed;
    life.reset();
    rename("mainlog", "mainlog.3");
    append(directory / "mainlog.2", "two\n");
    append(directory / "mainlog.1", "three\n");
    write("four\n");
    struct ::stat later = {};
    ASSERT_EQ(::stat((directory / "mainlog.1").c_str(), &later), 0);
    FilePosition empty{later.st_dev, later.st_ino, 0,
                       LogFile::open(log).file->position().fingerprint, 0};
    position.files.push_back(empty);
    position.files.push_back(empty);
    position.files.back().inode = 1;
    start(position);
    EXPECT_TRUE(hands_over({"two", "three", "four"}));
}

// Seed 1179: the beginning was known, nothing was read, and after the restart it was forgotten.
TEST_F(ARotationMeanwhile, RemembersTheBeginningOfAFileOfWhichNothingWasHandedOver)
{
    write("one\n");
    auto file = LogFile::open(log).file;
    ASSERT_TRUE(file->look_at_head());
    const auto position = file->position();
    ASSERT_EQ(position.offset, 0U);
    ASSERT_EQ(position.fingerprint_length, 4U);
    auto again = LogFile::open(log).file;
    EXPECT_TRUE(again->resume_at(position));
    EXPECT_EQ(again->position(), position);
    std::ofstream(log, std::ios::trunc) << "other\n";
    EXPECT_EQ(again->read([](std::string_view) {}), LogFile::Progress::truncated);
    EXPECT_FALSE(LogFile::open(log).file->resume_at(position));
}

TEST_F(ARotationMeanwhile, KeepsItsPlaceInBothFilesOverARestart)
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
}  // namespace mailban::io::rotation_restart_test
