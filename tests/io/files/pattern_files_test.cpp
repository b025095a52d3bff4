#include "io/files/pattern_files.h"

#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace mailban::io::pattern_files_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;

void write(const std::string& path, const std::string& text, mode_t mode = 0644)
{
    std::ofstream(path) << text;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
}

TEST(PatternFilesOfAFolder, AreItsYamlFilesByName)
{
    TempDirectory folder;
    write(folder / "b.yaml", "two");
    write(folder / "a.yaml", "one");
    write(folder / "README.md", "three");
    const auto files = read_pattern_files(folder.path());
    ASSERT_EQ(files.size(), 2U);
    EXPECT_EQ(files[0].name, "a");
    EXPECT_EQ(files[0].path, folder / "a.yaml");
    EXPECT_EQ(files[0].text, "one");
    EXPECT_EQ(files[1].name, "b");
    EXPECT_THAT(files[1].problem, IsEmpty());
}

TEST(APatternFile, ThatEverybodyCanWriteIsNotRead)
{
    TempDirectory folder;
    write(folder / "a.yaml", "one", 0646);
    const auto files = read_pattern_files(folder.path());
    ASSERT_EQ(files.size(), 1U);
    EXPECT_THAT(files[0].text, IsEmpty());
    EXPECT_THAT(files[0].problem, HasSubstr("chmod o-w"));
}

TEST(PatternFilesOfAFolder, AreNoneWhereThereIsNoFolder)
{
    EXPECT_THAT(read_pattern_files("/no/such/folder"), IsEmpty());
}

TEST(TheShippedFolder, MayBeNamedByTheEnvironment)
{
    ASSERT_EQ(::setenv("MAILBAN_PATTERNS", "/somewhere", 1), 0);
    EXPECT_EQ(pattern_folder(), "/somewhere");
    ASSERT_EQ(::unsetenv("MAILBAN_PATTERNS"), 0);
    EXPECT_THAT(pattern_folder(), HasSubstr("share/mailban/patterns"));
}

}  // namespace
}  // namespace mailban::io::pattern_files_test
