#include "io/files/trusted_file.h"

#include "io/store/store.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::trusted_file_test {
namespace {

using ::testing::HasSubstr;
namespace fs = std::filesystem;

class ATrustedFile : public ::testing::Test {
protected:
    void SetUp() override { write(path_, "content\n"); }

    static void write(const std::string& path, const std::string& text)
    {
        std::ofstream(path) << text;
        ASSERT_EQ(::chmod(path.c_str(), 0644), 0);
    }
    static void set_mode(const std::string& path, mode_t mode)
    {
        ASSERT_EQ(::chmod(path.c_str(), mode), 0);
    }
    static std::string refusal(const std::string& path)
    {
        const auto read = read_trusted(path);
        return read ? "it was read" : read.error().message;
    }

    TempDirectory directory_;
    std::string path_ = directory_ / "mailban.yaml";
};

TEST_F(ATrustedFile, IsRead)
{
    EXPECT_EQ(*read_trusted(path_), "content\n");
    set_mode(path_, 0660);
    EXPECT_EQ(*read_trusted(path_), "content\n");
}

// The daemon keeps the texts of all shipped patterns.
TEST_F(ATrustedFile, TakesNoMoreMemoryThanItIsLong)
{
    for (const std::size_t length : {0U, 1U, 4095U, 4096U, 4097U, 100'000U}) {
        const std::string text(length, 'x');
        write(path_, text);
        const auto read = read_trusted(path_);
        ASSERT_TRUE(read.ok()) << read.error().message;
        EXPECT_EQ(*read, text);
        EXPECT_LT(read->capacity(), length + 8192);
    }
}

TEST_F(ATrustedFile, OfTheKernelIsReadThoughItSaysThatItIsEmpty)
{
    const auto read = read_trusted("/proc/self/maps");
    ASSERT_TRUE(read.ok()) << read.error().message;
    EXPECT_GT(read->size(), 10'000U);
}

TEST_F(ATrustedFile, IsRefusedWhereEverybodyCanWriteIt)
{
    set_mode(path_, 0646);
    EXPECT_THAT(refusal(path_), HasSubstr("mode 0646"));
    EXPECT_THAT(refusal(path_), HasSubstr("chmod o-w " + path_));
}

TEST_F(ATrustedFile, IsRefusedWhereEverybodyCanReplaceIt)
{
    set_mode(directory_.path(), 0777);
    EXPECT_THAT(refusal(path_), HasSubstr("can replace files in"));
    set_mode(directory_.path(), 01777);
    EXPECT_EQ(*read_trusted(path_), "content\n");
}

TEST_F(ATrustedFile, IsFollowedThroughLinksOfWhichEachIsLookedAt)
{
    fs::create_directories(directory_ / "a/b");
    fs::create_symlink("../../mailban.yaml", directory_ / "a/b/link");
    fs::create_symlink(directory_ / "a/b/link", directory_ / "first");
    EXPECT_EQ(*read_trusted(directory_ / "first"), "content\n");
    set_mode(directory_ / "a/b", 0777);
    EXPECT_THAT(refusal(directory_ / "first"), HasSubstr("can replace files in"));
    EXPECT_EQ(*read_trusted(path_), "content\n");
    fs::create_symlink("round", directory_ / "round");
    EXPECT_THAT(refusal(directory_ / "round"), HasSubstr("symbolic links"));
}

TEST_F(ATrustedFile, IsARegularFileOfABoundedSize)
{
    ASSERT_EQ(::mkfifo((directory_ / "fifo").c_str(), 0600), 0);
    EXPECT_THAT(refusal(directory_ / "fifo"), HasSubstr("not a regular file"));
    EXPECT_THAT(refusal(directory_.path()), HasSubstr("not a regular file"));
    EXPECT_THAT(refusal(directory_ / "none"), HasSubstr("No such file"));
    EXPECT_TRUE(read_trusted(path_, 8));
    EXPECT_FALSE(read_trusted(path_, 7));
}

// Only root can give files away.
TEST_F(ATrustedFile, IsRefusedWhereSomebodyElseOwnsIt)
{
    if (::geteuid() != 0) return;
    ASSERT_EQ(::chown(path_.c_str(), 65534, 65534), 0);
    EXPECT_THAT(refusal(path_), HasSubstr("belongs to the user 65534"));
}

// Who owns the directory cannot write the file, but can put another one of root's in its place, or
// a link to one: the words that a program of root's was started with stand in such a file.
TEST_F(ATrustedFile, IsRefusedWhereSomebodyElseOwnsItsDirectory)
{
    if (::geteuid() != 0) return;
    const std::string theirs = directory_ / "theirs";
    fs::create_directory(theirs);
    fs::create_symlink("/proc/self/cmdline", theirs + "/link");
    write(theirs + "/file", "content\n");
    EXPECT_EQ(*read_trusted(theirs + "/file"), "content\n");
    EXPECT_TRUE(read_trusted(theirs + "/link"));
    ASSERT_EQ(::chown(theirs.c_str(), 65534, 65534), 0);
    for (const char* name : {"/file", "/link"})
        EXPECT_THAT(refusal(theirs + name), HasSubstr("its directory " + theirs));
}

TEST_F(ATrustedFile, IsTheStateOnlyInADirectoryOfOurs)
{
    const std::string state = directory_ / "state";
    ASSERT_TRUE(Store::open(state));
    set_mode(state, 01777);
    const auto opened = Store::try_open(state);
    ASSERT_FALSE(opened.status.ok());
    EXPECT_FALSE(opened.is_damaged);
    EXPECT_THAT(opened.status.error().message, HasSubstr("chmod o-w " + state));
}

TEST_F(ATrustedFile, IsTheDatabaseWhichOthersMayNotRead)
{
    const std::string state = directory_ / "state";
    ASSERT_TRUE(Store::open(state));
    set_mode(state + "/mailban.db", 0666);
    ASSERT_TRUE(Store::open(state));
    struct stat st = {};
    ASSERT_EQ(::stat((state + "/mailban.db").c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777U, 0600U);
}

}  // namespace
}  // namespace mailban::io::trusted_file_test
