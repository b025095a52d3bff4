// The order of search, without a file.
#include "mailban/rotation/order.h"

#include <gmock/gmock.h>

#include <algorithm>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "seed.h"

namespace mailban::order_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

FilePosition with_lines(std::uint64_t inode)
{
    return {1, inode, 500, 1000 + inode, 60};
}

FilePosition without_lines(std::uint64_t inode)
{
    return {1, inode, 0, 0, 0};
}

TEST(SearchPlaces, BeginWithTheLogsNameAndEndInItsDirectories)
{
    EXPECT_THAT(search_places(with_lines(1), "mainlog"),
                ElementsAre(SearchPlace::log_name, SearchPlace::directory, SearchPlace::olddir));
}

// Its inode may be any file's in another directory.
TEST(SearchPlaces, OfAFileWithoutAFingerprintAreItsDirectoryAlone)
{
    EXPECT_THAT(search_places(without_lines(1), "mainlog"), ElementsAre(SearchPlace::directory));
}

TEST(SearchPlaces, OfAnArchivesNameAreNotTheName)
{
    EXPECT_THAT(search_places(with_lines(1), "mainlog.gz"),
                ElementsAre(SearchPlace::directory, SearchPlace::olddir));
}

TEST(SearchBeforeAFile, BeginsWithTheFileThatWasReadBeforeIt)
{
    const std::vector<FollowedFile> files{{with_lines(1)}, {with_lines(3), with_lines(2)}};
    EXPECT_THAT(sought_before(files, 1), ElementsAre(with_lines(2), with_lines(1)));
}

TEST(SearchBeforeAFile, LooksForAnEmptyFilesPredecessorNext)
{
    const std::vector<FollowedFile> files{{without_lines(5), with_lines(4)}, {with_lines(6)}};
    EXPECT_THAT(sought_before(files, 1), ElementsAre(without_lines(5), with_lines(4)));
    EXPECT_THAT(sought_before(files, 2),
                ElementsAre(with_lines(6), without_lines(5), with_lines(4)));
}

// Its inode may be another file's; if nothing else is open, there is nothing better.
TEST(SearchBeforeAFile, BelievesAnEmptyPredecessorOnlyIfNoOtherFileIsOpen)
{
    const FollowedFile file{with_lines(2), without_lines(1)};
    EXPECT_THAT(sought_before({file}, 0), ElementsAre(without_lines(1)));
    EXPECT_THAT(sought_before({{with_lines(7)}, file}, 1), ElementsAre(with_lines(7)));
    EXPECT_THAT(sought_before({{with_lines(7)}}, 0), IsEmpty());
}

TEST(SearchBeforeAFile, ComesAgainWhenAFileWithoutContentHasSome)
{
    EXPECT_EQ(next_search(true), SearchBefore::none);
    EXPECT_EQ(next_search(false), SearchBefore::with_head);
}

// Whatever is open: each position once, all files before it, the newest of them first.
TEST(SearchBeforeAFile, LooksForEveryFileBeforeItAndForEachOnce)
{
    std::mt19937 random(test::property_seed());
    const auto draw = [&] {
        const auto inode = 1 + random() % 6;
        return random() % 3 == 0 ? without_lines(inode) : with_lines(inode);
    };
    for (std::size_t round = 0; round < test::property_amount(2000); ++round) {
        std::vector<FollowedFile> files(random() % 5);
        for (auto& file : files) {
            file.reached = draw();
            if (random() % 2 == 0) file.before = draw();
        }
        const auto index = random() % (files.size() + 1);
        const auto sought = sought_before(files, index);
        for (std::size_t at = 0; at < sought.size(); ++at)
            EXPECT_EQ(std::count(sought.begin(), sought.end(), sought[at]), 1);
        auto last = sought.begin();
        for (auto at = index; at-- > 0;) {
            const auto found = std::ranges::find(sought, files[at].reached);
            ASSERT_NE(found, sought.end());
            const bool is_repeated = std::any_of(
                files.begin() + static_cast<std::ptrdiff_t>(at) + 1, files.end(),
                [&](const FollowedFile& later) {
                    return later.reached == files[at].reached || later.before == files[at].reached;
                });
            if (is_repeated) continue;
            EXPECT_GE(found, last);
            last = found;
        }
    }
}

TEST(RotatedFiles, EndWhereTheFileOfTheLogsNameHasTheirLines)
{
    RotatedFile file;
    EXPECT_FALSE(ends_rotated(file, true));
    file.is_copy_of_named = true;
    EXPECT_TRUE(ends_rotated(file, true));
    EXPECT_FALSE(ends_rotated(file, false)) << "nothing has the name";
    file.is_archive = true;
    EXPECT_TRUE(ends_rotated(file, true));
}

TEST(RotatedFiles, ThatAreOpenAreTheNamedFileOrNone)
{
    RotatedFile file;
    file.is_open = true;
    file.is_copy_of_named = true;
    EXPECT_FALSE(ends_rotated(file, true));
    file.has_log_name = true;
    EXPECT_TRUE(ends_rotated(file, true));
}

TEST(RotatedFiles, EndWithACopyThatIsJustBegun)
{
    RotatedFile file;
    file.is_empty = true;
    EXPECT_FALSE(ends_rotated(file, true)) << "an older one was empty when it was rotated";
    file.is_newest = true;
    EXPECT_TRUE(ends_rotated(file, true));
    file.is_archive = true;
    EXPECT_FALSE(ends_rotated(file, true));
}

TEST(TheNamedFile, IsComparedByDeviceAndInode)
{
    const FileStat newest{1, 10, 500};
    EXPECT_EQ(named_file(std::nullopt, newest), NamedFile::none);
    EXPECT_EQ(named_file(FileStat{1, 10, 900}, newest), NamedFile::newest);
    EXPECT_EQ(named_file(FileStat{2, 10, 500}, newest), NamedFile::another);
    EXPECT_EQ(named_file(FileStat{1, 11, 500}, newest), NamedFile::another);
    EXPECT_EQ(named_file(newest, std::nullopt), NamedFile::another);
}

TEST(GoneFiles, AreLostUnlessAnArchiveIsLeftForThem)
{
    EXPECT_EQ(settle_gone(3, 1), (GoneFiles{2, 0}));
    EXPECT_EQ(settle_gone(1, 3), (GoneFiles{0, 2}));
    EXPECT_EQ(settle_gone(0, 2), (GoneFiles{0, 2}));
}

TEST(AQuietLog, IsUndisturbedOnlyIfNothingAtAllHasChanged)
{
    const QuietLog quiet{true, 1, true, SearchBefore::none, 500, 500, true};
    EXPECT_TRUE(is_undisturbed(quiet));
    std::vector<QuietLog> disturbed(7, quiet);
    disturbed[0].is_settled = false;
    disturbed[1].files = 2;
    disturbed[2].has_log_name = false;
    disturbed[3].search = SearchBefore::with_head;
    disturbed[4].size = 501;
    disturbed[5].size = 499;
    disturbed[6].is_as_it_was = false;
    for (std::size_t at = 0; at < disturbed.size(); ++at)
        EXPECT_FALSE(is_undisturbed(disturbed[at])) << at;
}

}  // namespace
}  // namespace mailban::order_test
