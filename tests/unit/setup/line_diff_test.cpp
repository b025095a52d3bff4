#include "mailban/setup/line_diff.h"

#include <gmock/gmock.h>

#include <random>

namespace mailban::line_diff_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<std::string> diff_texts(const std::vector<DiffLine>& lines)
{
    std::vector<std::string> all;
    for (const auto& line : lines)
        all.push_back(to_string(line));
    return all;
}

TEST(ALineDiff, ShowsAChangeWithThreeLinesAroundIt)
{
    EXPECT_THAT(
        diff_texts(line_diff("1\n2\n3\n4\n5\n6\n7\n8\n9\n", "1\n2\n3\n4\nfive\n6\n7\n8\n9\n")),
        ElementsAre("@@ -2,7 +2,7 @@", " 2", " 3", " 4", "-5", "+five", " 6", " 7", " 8"));
}

TEST(ALineDiff, SeparatesChangesThatAreFarApart)
{
    EXPECT_THAT(
        diff_texts(line_diff("a\n1\n2\n3\n4\n5\n6\n7\n8\nb\n", "1\n2\n3\n4\n5\n6\n7\n8\nb\nc\n")),
        ElementsAre("@@ -1,4 +1,3 @@", "-a", " 1", " 2", " 3", "@@ -8,3 +7,4 @@", " 7", " 8", " b",
                    "+c"));
}

TEST(ALineDiff, OfEqualTextsIsEmpty)
{
    EXPECT_THAT(line_diff("a\nb\n", "a\nb\n"), IsEmpty());
    EXPECT_THAT(line_diff("", ""), IsEmpty());
}

TEST(ALineDiff, OfANewTextAddsAllOfIt)
{
    EXPECT_THAT(diff_texts(line_diff("", "a\nb\n")), ElementsAre("@@ -0,0 +1,2 @@", "+a", "+b"));
    EXPECT_THAT(diff_texts(line_diff("a\n", "")), ElementsAre("@@ -1,1 +0,0 @@", "-a"));
}

TEST(ALineDiff, OfTextsWithThousandsOfChangesEndsSoon)
{
    std::string before;
    std::string after;
    for (int line = 0; line < 5000; ++line) {
        before += "b" + std::to_string(line) + '\n';
        after += "a" + std::to_string(line) + '\n';
    }
    EXPECT_EQ(line_diff(before, after).size(), 10'001U);
}

// Whatever the texts: what the diff shows as kept or added is the new text, if all is shown.
TEST(ALineDiff, LeadsFromOneTextToTheOther)
{
    std::mt19937 random(11);
    for (int round = 0; round < 300; ++round) {
        const auto some = [&] {
            std::string text;
            for (auto lines = random() % 7; lines > 0; --lines)
                text += std::string(1, static_cast<char>('a' + random() % 3)) + '\n';
            return text;
        };
        const auto before = some();
        const auto after = some();
        std::string removed;
        std::string added;
        for (const auto& line : line_diff(before, after)) {
            const bool is_text = line.kind != DiffLine::Kind::gap;
            if (is_text && line.kind != DiffLine::Kind::added) removed += line.text + '\n';
            if (is_text && line.kind != DiffLine::Kind::removed) added += line.text + '\n';
        }
        // Short texts are shown whole, or not at all where they are equal.
        EXPECT_TRUE(removed.empty() || before.find(removed) != std::string::npos);
        EXPECT_TRUE(added.empty() || after.find(added) != std::string::npos);
        if (before == after) {
            EXPECT_TRUE(removed.empty());
        }
        if (before != after) {
            EXPECT_NE(removed, added);
        }
    }
}

}  // namespace
}  // namespace mailban::line_diff_test
