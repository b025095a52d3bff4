#include "io/setup/change_files.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>

namespace mailban::io::change_files_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class ChangedFiles : public ::testing::Test {
protected:
    void write(const std::string& path, const std::string& bytes)
    {
        std::ofstream(path, std::ios::binary) << bytes;
    }
    std::optional<std::string> bytes_of(const std::string& path)
    {
        const auto read = read_if_there(path);
        EXPECT_TRUE(read.ok());
        return read.ok() ? *read : std::nullopt;
    }
    std::size_t files() const
    {
        return static_cast<std::size_t>(
            std::distance(std::filesystem::directory_iterator(folder_.path()), {}));
    }

    TempDirectory folder_{};
    std::string config_ = folder_ / "mailban.yaml";
    std::string other_ = folder_ / "10-mailban.conf";
    std::string record_ = undo_record_of(config_);
};

TEST_F(ChangedFiles, AreTakenBackByteForByte)
{
    const std::string before("sources: auto\n# \xe4\0 no newline", 27);
    write(config_, before);
    ::chmod(config_.c_str(), 0640);
    ASSERT_TRUE(change_file(record_, config_, before, "one\n").ok());
    ASSERT_TRUE(change_file(record_, config_, "one\n", "two\n").ok());
    ASSERT_TRUE(change_file(record_, other_, std::nullopt, "new\n").ok());
    EXPECT_EQ(bytes_of(config_), "two\n");
    struct stat st = {};
    ASSERT_EQ(::stat(config_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777U, 0640U);
    ASSERT_EQ(::stat(record_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777U, 0600U);
    const auto undone = undo_changes(record_);
    ASSERT_TRUE(undone.ok()) << undone.error().message;
    EXPECT_THAT(*undone, ElementsAre(config_, other_));
    EXPECT_EQ(bytes_of(config_), before);
    EXPECT_EQ(bytes_of(other_), std::nullopt);
    ASSERT_EQ(::stat(config_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777U, 0640U);
    // Neither the record nor a temporary file is left.
    EXPECT_EQ(files(), 1U);
    EXPECT_THAT(*undo_changes(record_), IsEmpty());
}

TEST_F(ChangedFiles, ThatWereEditedSinceAreLeftAloneAllOfThem)
{
    write(config_, "before\n");
    ASSERT_TRUE(change_file(record_, config_, "before\n", "after\n").ok());
    ASSERT_TRUE(change_file(record_, other_, std::nullopt, "new\n").ok());
    write(other_, "new\n# mine\n");
    const auto undone = undo_changes(record_);
    ASSERT_FALSE(undone.ok());
    EXPECT_THAT(undone.error().message, HasSubstr(other_ + " was edited since"));
    EXPECT_EQ(bytes_of(config_), "after\n");
    write(other_, "new\n");
    EXPECT_TRUE(undo_changes(record_).ok());
    EXPECT_EQ(bytes_of(config_), "before\n");
}

TEST_F(ChangedFiles, AreNotWrittenOverAnothersChange)
{
    write(config_, "before\n");
    const auto changed = change_file(record_, config_, "something else\n", "after\n");
    ASSERT_FALSE(changed.ok());
    EXPECT_THAT(changed.error().message, HasSubstr("was changed by somebody else"));
    EXPECT_EQ(bytes_of(config_), "before\n");
    EXPECT_EQ(files(), 1U);
}

// The record is written first: a crash before the file is leaves nothing to take back.
TEST_F(ChangedFiles, ThatWereNeverWrittenNeedNoUndo)
{
    write(config_, "before\n");
    UndoRecord record;
    record.note({config_, "before\n", "after\n", 0644, ::geteuid(), ::getegid()});
    ASSERT_TRUE(replace_file({record_, {}, record.to_text(), 0600, ::geteuid(), ::getegid()}).ok());
    EXPECT_THAT(*undo_changes(record_), IsEmpty());
    EXPECT_EQ(bytes_of(config_), "before\n");
}

TEST_F(ChangedFiles, KeepALinkAndReplaceTheFileBehindIt)
{
    const auto real = folder_ / "real.yaml";
    write(real, "before\n");
    std::filesystem::create_symlink(real, config_);
    ASSERT_TRUE(change_file(record_, config_, "before\n", "after\n").ok());
    EXPECT_TRUE(std::filesystem::is_symlink(config_));
    EXPECT_EQ(bytes_of(real), "after\n");
    ASSERT_TRUE(undo_changes(record_).ok());
    EXPECT_TRUE(std::filesystem::is_symlink(config_));
    EXPECT_EQ(bytes_of(real), "before\n");
}

TEST_F(ChangedFiles, AreNotTakenBackByARecordThatOthersCanWrite)
{
    write(config_, "before\n");
    ASSERT_TRUE(change_file(record_, config_, "before\n", "after\n").ok());
    ::chmod(record_.c_str(), 0666);
    EXPECT_FALSE(undo_changes(record_).ok());
    EXPECT_EQ(bytes_of(config_), "after\n");
}

TEST_F(ChangedFiles, AreNoDirectoriesAndNotEndless)
{
    EXPECT_THAT(read_if_there(folder_.path().string()).error().message,
                HasSubstr("is not a regular file"));
    write(config_, std::string(100, 'x'));
    EXPECT_THAT(read_if_there(config_, 10).error().message, HasSubstr("larger than 10 bytes"));
    const auto missing = change_file(record_, folder_ / "no/such/folder", std::nullopt, "x");
    EXPECT_FALSE(missing.ok());
}

}  // namespace
}  // namespace mailban::io::change_files_test
