#include "mailban/parse/exim_pieces.h"

#include <gtest/gtest.h>

namespace mailban::exim_pieces_test {
namespace {

constexpr EximWriter kOne{"mail", 7};
constexpr EximWriter kOther{"mail", 8};

TEST(PiecesOfALine, ArePutTogether)
{
    EximPieces pieces;
    pieces.begin(kOne, {1, 3}, "a");
    pieces.begin(kOther, {1, 2, true}, "x");
    EXPECT_FALSE(pieces.add(kOne, {2, 3}, "b"));
    EXPECT_EQ(pieces.add(kOther, {2, 2}, "y"), "x\ny");
    EXPECT_EQ(pieces.add(kOne, {3, 3}, "c"), "abc");
    EXPECT_EQ(pieces.lines(), 0U);
}

TEST(PiecesOfALine, AreNoLineWhereOneIsMissing)
{
    EximPieces pieces;
    EXPECT_FALSE(pieces.add(kOne, {2, 2}, "b"));
    pieces.begin(kOne, {1, 3}, "a");
    EXPECT_FALSE(pieces.add(kOne, {3, 3}, "c"));
    EXPECT_FALSE(pieces.add(kOne, {2, 3}, "b"));
    pieces.begin(kOne, {1, 3}, "a");
    EXPECT_FALSE(pieces.add(kOne, {2, 2}, "b"));  // of another line
    pieces.begin(kOne, {1, 2}, "a");
    EXPECT_FALSE(pieces.add({"mail2", 7}, {2, 2}, "b"));
    EXPECT_FALSE(pieces.add(kOther, {2, 2}, "b"));
    pieces.drop(kOne);
    EXPECT_FALSE(pieces.add(kOne, {2, 2}, "b"));
    pieces.begin(kOne, {1, 2}, "a");
    for (std::uint64_t piece = 0; piece < EximPieces::kMostBetween; ++piece)
        pieces.add(kOther, {2, 2}, "x");
    EXPECT_FALSE(pieces.add(kOne, {2, 2}, "b"));
    EXPECT_EQ(pieces.lines(), 0U);
}

TEST(PiecesOfALine, TakeNoMoreMemoryThanTheyMay)
{
    EximPieces pieces;
    for (std::uint32_t pid = 0; pid < 1000; ++pid)
        pieces.begin({"mail", pid}, {1, 99}, "a");
    EXPECT_EQ(pieces.lines(), EximPieces::kMostLines);
    EXPECT_EQ(pieces.add({"mail", 999}, {2, 99}, "b"), std::nullopt);
    const std::string much(8000, 'x');
    for (std::uint32_t pid = 0; pid < 1000; ++pid)
        pieces.begin({"mail", pid}, {1, 99}, much);
    EXPECT_LE(pieces.lines() * much.size(), EximPieces::kMostBytes);
    // One line longer than any of Exim's.
    EXPECT_FALSE(pieces.add({"mail", 999}, {2, 99}, much));
    EXPECT_FALSE(pieces.add({"mail", 999}, {3, 99}, much));
    EXPECT_FALSE(pieces.add({"mail", 999}, {4, 99}, "x"));
}

}  // namespace
}  // namespace mailban::exim_pieces_test
