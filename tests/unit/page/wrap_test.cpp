#include "mailban/page/wrap.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "seed.h"

namespace mailban::page::wrap_test {
namespace {

using ::testing::ElementsAre;

TEST(ALine, ThatFitsStaysAsItIs)
{
    EXPECT_THAT(wrapped("", 10), ElementsAre(""));
    EXPECT_THAT(wrapped("0123456789", 10), ElementsAre("0123456789"));
    EXPECT_THAT(wrapped("\033[31m0123456789\033[0m", 10), ElementsAre("\033[31m0123456789\033[0m"));
    EXPECT_THAT(wrapped("ääääääääää", 10), ElementsAre("ääääääääää"));
    EXPECT_THAT(wrapped("any width at all", 0), ElementsAre("any width at all"));
}

TEST(ALine, BreaksAtItsLastBlankThatFits)
{
    EXPECT_THAT(wrapped("one two three four", 10), ElementsAre("one two", "  three", "  four"));
    EXPECT_THAT(wrapped("one two three", 7), ElementsAre("one two", "  three"));
}

TEST(ALine, GoesOnBelowTheTextOfItsLabel)
{
    EXPECT_THAT(wrapped("State  one two three", 14), ElementsAre("State  one two", "  three"));
    EXPECT_THAT(wrapped("State  one two three", 16), ElementsAre("State  one two", "       three"));
    EXPECT_THAT(wrapped("  -x  one two three", 16), ElementsAre("  -x  one two", "      three"));
}

TEST(ALine, KeepsAWordThatIsTooLong)
{
    EXPECT_THAT(wrapped("0123456789abc", 10), ElementsAre("0123456789abc"));
    EXPECT_THAT(wrapped("x 0123456789abc y", 10), ElementsAre("x", "  0123456789abc", "  y"));
    EXPECT_THAT(wrapped("    0123456789abc", 10), ElementsAre("    0123456789abc"));
}

TEST(ALine, LosesNoWordAndIsNoWiderThanItsWords)
{
    std::mt19937 random(static_cast<std::mt19937::result_type>(test::property_seed()));
    for (int round = 0; round < 2000; ++round) {
        std::string line(random() % 5, ' ');
        std::string words;
        for (auto left = random() % 30; left > 0; --left) {
            const std::string word(1 + random() % 9, static_cast<char>('a' + random() % 26));
            words += word;
            line += word + std::string(1 + random() % 3, ' ');
        }
        const std::size_t width = 24 + random() % 60;
        std::string again;
        for (const auto& one : wrapped(line, width)) {
            const auto end = one.find_last_not_of(' ');
            if (end != std::string::npos && line.size() > width) {
                EXPECT_LE(end + 1, width) << line;
            }
            for (const char c : one)
                if (c != ' ') again += c;
        }
        EXPECT_EQ(again, words);
    }
}

}  // namespace
}  // namespace mailban::page::wrap_test
