// With which files a log is read on after a restart: each test is a position and a directory.
#include "mailban/rotation/resume.h"

#include <gmock/gmock.h>

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailban::resume_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using File = Resumption::File;

FilePosition read_of(const std::string& content, std::uint64_t inode)
{
    const auto [hash, length] = fingerprint_of(content);
    return {1, inode, content.size(), hash, length};
}

FilePosition empty_file(std::uint64_t inode)
{
    return {1, inode, 0, 0, 0};
}

class AResumption : public ::testing::Test {
protected:
    // What looking for file `at` of the position finds; `inode` 0: another one for each.
    void finds(std::size_t at, std::string name, const std::string& content,
               bool is_followed = false, std::uint64_t inode = 0)
    {
        if (inode == 0) inode = 100 + at;
        found[at] = {std::move(name), {{1, inode, content.size()}, false, content}, is_followed};
    }
    Resumption::Plan plan()
    {
        Resumption resumption(position, "m");
        while (const auto at = resumption.next()) {
            asked.push_back(*at);
            const auto one = found.find(*at);
            if (one == found.end()) {
                resumption.not_found(has_unreadable_archive);
            } else {
                resumption.found(one->second);
            }
        }
        return resumption.plan();
    }

    LogPosition position{};
    std::map<std::size_t, Resumption::Found> found{};
    std::vector<std::size_t> asked{};
    bool has_unreadable_archive = false;
};

TEST_F(AResumption, GoesOnInTheFileThatWasRead)
{
    position.files = {read_of("one\n", 10)};
    finds(0, "m", "one\ntwo\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}));
    EXPECT_EQ(plan().missed, 0U);
    EXPECT_TRUE(plan().is_certain);
}

TEST_F(AResumption, GoesOnInARotatedFileAndThoseThatAreNewer)
{
    position.files = {read_of("one\n", 10)};
    finds(0, "m.2", "one\ntwo\n", true);
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}));
    EXPECT_EQ(plan().newer_than, 0U);
}

TEST_F(AResumption, GoesOnInBothFilesThatWereOpen)
{
    position.files = {read_of("one\n", 10), read_of("two\n", 11)};
    finds(0, "m.2", "one\n", true);
    finds(1, "m.1", "two\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}, File{1, false}));
    EXPECT_EQ(plan().newer_than, 1U);
}

TEST_F(AResumption, SaysThatAFileWasMissed)
{
    position.files = {read_of("one\n", 10)};
    const auto result = plan();
    EXPECT_THAT(result.files, IsEmpty());
    EXPECT_EQ(result.missed, 1U);
    EXPECT_FALSE(result.is_certain);
    EXPECT_FALSE(result.may_be_compressed);
}

TEST_F(AResumption, SaysThatAMissedFileMayBeAnArchiveThatCannotBeRead)
{
    position.files = {read_of("one\n", 10)};
    has_unreadable_archive = true;
    EXPECT_TRUE(plan().may_be_compressed);
}

TEST_F(AResumption, DoesNotMissAFileOfWhichNothingWasReadAfterOneThatIsThere)
{
    position.files = {read_of("one\n", 10), empty_file(11), read_of("three\n", 12)};
    finds(0, "m.2", "one\n", true);
    finds(2, "m", "three\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}, File{2, false}));
    EXPECT_EQ(plan().missed, 0U);
}

TEST_F(AResumption, DoesNotMissAFileThatOnlyShowsThePlaceOfAnEmptyOne)
{
    position.files = {read_of("one\n", 10), empty_file(11)};
    finds(1, "m", "");
    EXPECT_THAT(plan().files, ElementsAre(File{1, true}));
    EXPECT_EQ(plan().missed, 0U);
}

TEST_F(AResumption, NeedNotLookForAnEmptyFileAfterOneThatIsThere)
{
    position.files = {read_of("one\n", 10), empty_file(11)};
    finds(0, "m.1", "one\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}));
    EXPECT_THAT(asked, ElementsAre(0U));
}

TEST_F(AResumption, DoesNotTakeAFileForAnEmptyOneWhoseInodeItHas)
{
    // The inode of the empty file belongs to the log's third file, which the position knows.
    position.files = {read_of("one\n", 10), empty_file(11), read_of("three\n", 12)};
    finds(1, "m", "three\nfour\n", false, 11);
    finds(2, "m", "three\nfour\n", false, 11);
    EXPECT_THAT(plan().files, ElementsAre(File{2, false}));
}

TEST_F(AResumption, DoesNotTakeAnArchiveForAnEmptyFile)
{
    position.files = {read_of("one\n", 10), empty_file(11), read_of("three\n", 12)};
    finds(0, "m.3", "one\n", true);
    finds(1, "m.9.gz", "other\n");
    found[1].facts.is_archive = true;
    finds(2, "m", "three\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}, File{2, false}));
}

TEST_F(AResumption, DropsAFileThatIsNewerThanOneThatCameAfterIt)
{
    position.files = {read_of("one\n", 10), empty_file(11), read_of("three\n", 12)};
    finds(0, "m.4", "one\n", true);
    finds(1, "m.1", "five\n");
    finds(2, "m.2", "three\n", true);
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}, File{2, false}));
    // Where the names cannot be compared, the inode is believed.
    finds(1, "m.old", "two\n");
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}, File{1, true}, File{2, false}));
}

// The first was replaced by a copy of itself, which was read on, and is gone.
TEST_F(AResumption, GoesOnInACopyWhereTheCopyItselfWasLeft)
{
    position.files = {read_of("one\n", 10), read_of("one\ntwo\n", 11)};
    finds(0, "m", "one\ntwo\nthree\n", false, 11);
    finds(1, "m", "one\ntwo\nthree\n", false, 11);
    EXPECT_THAT(plan().files, ElementsAre(File{1, false}));
}

TEST_F(AResumption, OpensAFileOnceThatTwoFilesOfThePositionHaveBecome)
{
    position.files = {read_of("one\n", 10), read_of("one\n", 11)};
    finds(0, "m.1", "one\ntwo\n", false, 12);
    finds(1, "m.1", "one\ntwo\n", false, 12);
    EXPECT_THAT(plan().files, ElementsAre(File{0, false}));
}

TEST_F(AResumption, OfNothingIsNothing)
{
    EXPECT_THAT(plan().files, IsEmpty());
    EXPECT_TRUE(plan().is_certain);
}

}  // namespace
}  // namespace mailban::resume_test
