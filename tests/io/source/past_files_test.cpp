#include "io/source/past_files.h"

#include "io/support/temp_directory.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::past_files_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class TheFilesOfALog : public ::testing::Test {
protected:
    // Last written so many hours after the test's beginning of time.
    void write(const std::string& name, int hour)
    {
        const std::string path = folder / name;
        std::ofstream(path) << name;
        const ::timespec at{kBegin.time_since_epoch() / std::chrono::seconds(1) + hour * 3600L,
                            500'000'000};
        const ::timespec times[] = {at, at};
        ASSERT_EQ(::utimensat(AT_FDCWD, path.c_str(), times, 0), 0);
    }
    std::vector<std::string> found(const std::string& pattern,
                                   std::optional<Timestamp> since = std::nullopt) const
    {
        std::vector<std::string> names;
        for (const auto& file : past_files(folder / pattern, since))
            names.push_back(std::filesystem::path(file.path).filename());
        return names;
    }

    static constexpr Timestamp kBegin{std::chrono::seconds(1'790'000'000)};
    TempDirectory folder{};
};

TEST_F(TheFilesOfALog, ComeWithWhatRotationLeftTheOldestFirst)
{
    write("mainlog", 9);
    write("mainlog.1", 8);
    write("mainlog.2.gz", 7);
    write("mainlog.10.zst", 1);
    write("mainlog-20261101", 6);
    write("mainlog.old", 5);
    write("mainlog.md", 4);
    write("mainlog-stats", 4);
    write("mainlog2", 4);
    write("rejectlog.1", 4);
    EXPECT_THAT(found("mainlog"), ElementsAre("mainlog.10.zst", "mainlog.old", "mainlog-20261101",
                                              "mainlog.2.gz", "mainlog.1", "mainlog"));
}

TEST_F(TheFilesOfALog, AreNotThoseThatWereLastWrittenTooEarly)
{
    write("mainlog", 9);
    write("mainlog.1", 8);
    write("mainlog.2.gz", 7);
    EXPECT_THAT(found("mainlog", kBegin + std::chrono::hours(8)),
                ElementsAre("mainlog.1", "mainlog"));
    // In the same second, but later.
    EXPECT_THAT(found("mainlog", kBegin + std::chrono::hours(8) + std::chrono::milliseconds(400)),
                ElementsAre("mainlog.1", "mainlog"));
    EXPECT_THAT(found("mainlog", kBegin + std::chrono::hours(8) + std::chrono::milliseconds(600)),
                ElementsAre("mainlog"));
    EXPECT_THAT(found("mainlog", kBegin + std::chrono::hours(10)), IsEmpty());
}

TEST_F(TheFilesOfALog, AreThereOnce)
{
    write("mainlog", 9);
    write("mainlog.1", 8);
    write("mainlog.1.gz", 8);
    std::filesystem::create_symlink(folder / "mainlog", folder / "mainlog.2");
    EXPECT_THAT(found("mainlog"), SizeIs(2));
}

TEST_F(TheFilesOfALog, AreThoseOfAllThatAPatternNames)
{
    write("a.log", 3);
    write("a.log.1", 1);
    write("b.log", 4);
    write("b.log.1.gz", 2);
    write("c.txt", 2);
    EXPECT_THAT(found("*.log"), ElementsAre("a.log.1", "b.log.1.gz", "a.log", "b.log"));
    EXPECT_THAT(found("*.nothing"), IsEmpty());
}

TEST_F(TheFilesOfALog, MayBeGoneButForTheRotatedOnes)
{
    write("mainlog.1", 8);
    EXPECT_THAT(found("mainlog"), ElementsAre("mainlog.1"));
    // For whoever reads it to say that it is not there.
    EXPECT_THAT(found("none"), ElementsAre("none"));
}

TEST_F(TheFilesOfALog, AreFoundInAFolderWhoseNameLooksLikeAPattern)
{
    std::filesystem::create_directories(folder / "a\\b");
    write("a\\b/log", 2);
    write("a\\b/log.1", 1);
    EXPECT_THAT(found("a\\b/log"), ElementsAre("log.1", "log"));
}

}  // namespace
}  // namespace mailban::io::past_files_test
