#include "mailban/rotation/fingerprint.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::fingerprint_test {
namespace {

FilePosition position_in(const std::string& content, std::uint64_t offset)
{
    const auto [hash, length] = fingerprint_of(std::string_view(content).substr(0, kHeadSize));
    return {1, 2, offset, hash, length};
}

FileFacts facts_of(const std::string& content)
{
    return {{7, 8, content.size()}, false, content.substr(0, kHeadSize)};
}

TEST(AFingerprint, IsOfWholeLines)
{
    EXPECT_EQ(fingerprint_of("").length, 0U);
    EXPECT_EQ(fingerprint_of("part").length, 0U);
    EXPECT_EQ(fingerprint_of("one\npart").length, 4U);
    EXPECT_EQ(fingerprint_of("one\npart"), fingerprint_of("one\nother"));
    EXPECT_NE(fingerprint_of("one\n"), fingerprint_of("two\n"));
}

TEST(AFingerprint, IsOfAllBytesWhereTheFirstLineIsLong)
{
    EXPECT_EQ(fingerprint_of(std::string(kHeadSize, 'x')).length, kHeadSize);
}

// It is stored: another hash would make every known log a new one.
TEST(AFingerprint, NeverChanges)
{
    EXPECT_EQ(fingerprint_of("").hash, 14695981039346656037U);
    EXPECT_EQ(fingerprint_of("a\n").hash, 0x89bdc07b544e7b2U);
}

TEST(AFile, BeginsLikeThePositionInItselfAndInACopy)
{
    const auto position = position_in("one\ntwo\n", 4);
    EXPECT_TRUE(begins_like(facts_of("one\ntwo\n"), position));
    EXPECT_TRUE(begins_like(facts_of("one\ntwo\nthree\n"), position));
    EXPECT_FALSE(begins_like(facts_of("one\nTwo\n"), position));
    EXPECT_FALSE(begins_like(facts_of(""), position));
}

TEST(AFile, DoesNotBeginLikeAPositionThatItDoesNotReach)
{
    const auto position = position_in("one\n", 100);
    auto facts = facts_of("one\ntwo\n");
    EXPECT_FALSE(begins_like(facts, position));
    // The size of an archive is not that of its content.
    facts.is_archive = true;
    EXPECT_TRUE(begins_like(facts, position));
}

TEST(AFile, BeginsLikeAnyPositionWithoutAFingerprint)
{
    EXPECT_TRUE(begins_like(facts_of("one\n"), FilePosition{1, 2, 0, 0, 0}));
}

}  // namespace
}  // namespace mailban::fingerprint_test
