#include "mailban/config/ownership.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::ownership_test {
namespace {

using ::testing::HasSubstr;

constexpr std::uint32_t kOwn = 990;

TEST(AFile, IsTrustedThatOnlyRootOrOurselvesCanHaveWritten)
{
    for (const std::uint32_t user : {0U, kOwn})
        for (const std::uint32_t mode : {0600U, 0640U, 0644U, 0660U, 0444U, 0755U})
            EXPECT_EQ(distrust_of_file({"/etc/a", user, mode}, kOwn), std::nullopt) << mode;
}

TEST(AFile, IsRefusedThatEverybodyCanWriteWithWhatHelps)
{
    for (const std::uint32_t mode : {0602U, 0666U, 0777U, 0002U}) {
        const auto distrust = distrust_of_file({"/etc/a", 0, mode}, kOwn);
        ASSERT_TRUE(distrust) << mode;
        EXPECT_THAT(*distrust, HasSubstr("chmod o-w /etc/a"));
    }
    EXPECT_THAT(*distrust_of_file({"/etc/a", 0, 0666}, kOwn), HasSubstr("mode 0666"));
}

TEST(AFile, IsRefusedThatSomebodyElseOwns)
{
    const auto distrust = distrust_of_file({"/etc/a", 1000, 0600}, kOwn);
    ASSERT_TRUE(distrust);
    EXPECT_THAT(*distrust, HasSubstr("belongs to the user 1000"));
    EXPECT_THAT(*distrust, HasSubstr("chown root /etc/a"));
    EXPECT_TRUE(distrust_of_file({"/etc/a", kOwn, 0600}, 0));
}

TEST(ADirectory, IsRefusedInWhichEverybodyCanReplaceFilesUnlessItIsSticky)
{
    EXPECT_TRUE(distrust_of_directory({"/srv", 0, 0777}, kOwn));
    EXPECT_THAT(*distrust_of_directory({"/srv", 0, 0703}, kOwn), HasSubstr("chmod o-w /srv"));
    EXPECT_FALSE(distrust_of_directory({"/tmp", 0, 01777}, kOwn));
    EXPECT_FALSE(distrust_of_directory({"/etc", 0, 0755}, kOwn));
    EXPECT_FALSE(distrust_of_directory({"/etc/mailban", kOwn, 0755}, kOwn));
}

TEST(ADirectory, IsRefusedWhoseOwnerCanReplaceFilesByOthersOfRoot)
{
    for (const std::uint32_t mode : {0700U, 0755U, 01777U}) {
        const auto distrust = distrust_of_directory({"/home/a", 1000, mode}, kOwn);
        ASSERT_TRUE(distrust) << mode;
        EXPECT_THAT(*distrust, HasSubstr("its directory /home/a"));
        EXPECT_THAT(*distrust, HasSubstr("chown root /home/a"));
    }
}

TEST(TheStateDirectory, IsNobodyElsesAndBelongsToNobodyElse)
{
    EXPECT_FALSE(distrust_of_state({"/var/lib/mailban", kOwn, 0700}, kOwn));
    EXPECT_FALSE(distrust_of_state({"/var/lib/mailban", 0, 0755}, kOwn));
    // Sticky or not: somebody else may have put a database there before us.
    EXPECT_THAT(*distrust_of_state({"/tmp", 0, 01777}, kOwn), HasSubstr("mode 1777"));
    EXPECT_THAT(*distrust_of_state({"/home/a", 1000, 0700}, kOwn), HasSubstr("as that user"));
}

TEST(AFile, IsDoubtfulThatItsGroupCanWrite)
{
    EXPECT_THAT(*doubt_about({"/etc/a", 0, 0664}), HasSubstr("chmod g-w /etc/a"));
    EXPECT_FALSE(doubt_about({"/etc/a", 0, 0644}));
}

}  // namespace
}  // namespace mailban::ownership_test
