#include "mailban/envelope/line_splitter.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "seed.h"

namespace mailban::line_splitter_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr auto kMax = LineSplitter::kMaxLineLength;

std::vector<std::string> drain(LineSplitter& splitter, std::string_view chunk)
{
    std::vector<std::string> lines;
    splitter.feed(chunk);
    while (const auto line = splitter.next())
        lines.emplace_back(*line);
    return lines;
}

TEST(ALineSplitter, HandsOutLinesWithoutTheirNewline)
{
    LineSplitter splitter;
    EXPECT_THAT(drain(splitter, "one\ntwo\n\nfour\n"), ElementsAre("one", "two", "", "four"));
    EXPECT_EQ(splitter.consumed(), 14U);
    EXPECT_EQ(splitter.pending(), 0U);
}

TEST(ALineSplitter, KeepsAPartialLineUntilItsNewlineComes)
{
    LineSplitter splitter;
    EXPECT_THAT(drain(splitter, "done\npar"), ElementsAre("done"));
    EXPECT_EQ(splitter.consumed(), 5U);
    EXPECT_EQ(splitter.pending(), 3U);
    EXPECT_THAT(drain(splitter, "ti"), IsEmpty());
    EXPECT_EQ(splitter.consumed(), 5U);
    EXPECT_THAT(drain(splitter, "al\nnext"), ElementsAre("partial"));
    EXPECT_EQ(splitter.consumed(), 13U);
    EXPECT_EQ(splitter.pending(), 4U);
}

TEST(ALineSplitter, EndsALineAtLfOnly)
{
    LineSplitter splitter;
    const std::string raw("a\rb\0c\fd\x0b\x85\n", 10);
    EXPECT_THAT(drain(splitter, raw), ElementsAre(raw.substr(0, 9)));
}

TEST(ALineSplitter, TellsAfterEachLineWhereItEnded)
{
    LineSplitter splitter;
    splitter.feed("a\nbcd\nrest");
    splitter.next();
    EXPECT_EQ(splitter.consumed(), 2U);
    splitter.next();
    EXPECT_EQ(splitter.consumed(), 6U);
    EXPECT_FALSE(splitter.next());
    EXPECT_EQ(splitter.consumed(), 6U);
}

TEST(ALineSplitter, DoesNotCopyALineThatLiesWholeInTheChunk)
{
    LineSplitter splitter;
    const std::string chunk = "first\nsecond\n";
    splitter.feed(chunk);
    EXPECT_EQ(splitter.next()->data(), chunk.data());
    EXPECT_EQ(splitter.next()->data(), chunk.data() + 6);
}

TEST(ALineSplitter, AcceptsALineOfTheMaximumAndSkipsOneMore)
{
    LineSplitter splitter;
    const std::string longest(kMax, 'x');
    EXPECT_THAT(drain(splitter, longest + "\n" + longest + "y\nafter\n"),
                ElementsAre(longest, "after"));
    EXPECT_EQ(splitter.oversized(), 1U);
    EXPECT_EQ(splitter.consumed(), 2 * kMax + 3 + 6);
}

TEST(ALineSplitter, SkipsAnEndlessLineUpToItsNewlineAndCountsItOnce)
{
    LineSplitter splitter;
    const std::string piece(10'000, 'x');
    for (int i = 0; i < 100; ++i)
        EXPECT_THAT(drain(splitter, piece), IsEmpty());
    EXPECT_EQ(splitter.pending(), 1'000'000U);
    EXPECT_EQ(splitter.consumed(), 0U);
    EXPECT_THAT(drain(splitter, "end\nnext\n"), ElementsAre("next"));
    EXPECT_EQ(splitter.oversized(), 1U);
    EXPECT_EQ(splitter.consumed(), 1'000'009U);
}

TEST(ALineSplitter, GivesTheLastLineOfAFileThatEndsWithoutNewline)
{
    LineSplitter splitter;
    EXPECT_THAT(drain(splitter, "one\ntwo"), ElementsAre("one"));
    EXPECT_EQ(splitter.take_rest(), "two");
    EXPECT_EQ(splitter.consumed(), 7U);
    EXPECT_FALSE(splitter.take_rest());
}

TEST(ALineSplitter, HasNoRestBehindANewlineNorOfAnOversizedLine)
{
    LineSplitter splitter;
    drain(splitter, "one\n");
    EXPECT_FALSE(splitter.take_rest());
    drain(splitter, std::string(kMax + 1, 'x'));
    EXPECT_FALSE(splitter.take_rest());
    EXPECT_EQ(splitter.oversized(), 1U);
    EXPECT_EQ(splitter.consumed(), 4 + kMax + 1);
}

TEST(ALineSplitter, ForgetsEverythingOnReset)
{
    LineSplitter splitter;
    drain(splitter, "one\npartial");
    splitter.reset();
    EXPECT_EQ(splitter.consumed(), 0U);
    EXPECT_EQ(splitter.pending(), 0U);
    EXPECT_THAT(drain(splitter, "new\n"), ElementsAre("new"));
}

// The plain way to say the same, over the whole input at once.
std::vector<std::string> split_plainly(const std::string& input)
{
    std::vector<std::string> lines;
    std::size_t start = 0;
    for (auto end = input.find('\n'); end != std::string::npos; end = input.find('\n', start)) {
        if (end - start <= kMax) lines.push_back(input.substr(start, end - start));
        start = end + 1;
    }
    return lines;
}

std::string random_input(std::mt19937& random)
{
    std::string input;
    for (auto lines = random() % 40; lines > 0; --lines) {
        const auto is_long = random() % 20 == 0;
        const auto length = is_long ? kMax - 3 + random() % 7 : random() % 200;
        input.append(length, static_cast<char>('a' + random() % 26));
        if (random() % 30 != 0) input += '\n';
    }
    return input;
}

TEST(ALineSplitter, FindsTheSameLinesWhereverTheInputIsCut)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        const auto input = random_input(random);
        LineSplitter splitter;
        std::vector<std::string> lines;
        const auto widest = 1 + random() % 3000;
        for (std::size_t at = 0; at < input.size();) {
            const auto chunk = std::string_view(input).substr(at, 1 + random() % widest);
            for (auto& line : drain(splitter, chunk))
                lines.push_back(line);
            at += chunk.size();
            ASSERT_EQ(splitter.consumed() + splitter.pending(), at);
        }
        ASSERT_EQ(lines, split_plainly(input));
    }
}

TEST(ALineSplitter, LosesAndRepeatsNothingWhenResumedFromWhatItConsumed)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    for (int round = 0; round < 200; ++round) {
        const auto input = random_input(random);
        const auto cut = input.empty() ? 0 : random() % input.size();
        LineSplitter before;
        auto lines = drain(before, std::string_view(input).substr(0, cut));
        LineSplitter after;
        for (auto& line : drain(after, std::string_view(input).substr(before.consumed()))) {
            lines.push_back(line);
        }
        ASSERT_EQ(lines, split_plainly(input));
    }
}

}  // namespace
}  // namespace mailban::line_splitter_test
