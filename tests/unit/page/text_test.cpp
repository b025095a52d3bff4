#include "mailban/page/text.h"

#include <gmock/gmock.h>

namespace mailban::page::text_test {
namespace {

using ::testing::ElementsAre;

TEST(Columns, AreAsWideAsTheirWidestCell)
{
    Columns columns;
    EXPECT_THAT(columns.lines({{"A", "B", "C"}, {"long", "", "end"}}),
                ElementsAre("A     B  C", "long     end"));
}

TEST(Columns, KeepTheirWidthForLaterRows)
{
    Columns columns;
    columns.lines({{"long", "x"}});
    EXPECT_THAT(columns.lines({{"a", "x"}}), ElementsAre("a     x"));
    EXPECT_THAT(columns.lines({{"longer", "x"}}), ElementsAre("longer  x"));
}

TEST(Columns, CountCharactersNotBytes)
{
    Columns columns;
    EXPECT_THAT(columns.lines({{"\u00e4\u65e5", "x"}, {"ab", "x"}}),
                ElementsAre("\u00e4\u65e5  x", "ab  x"));
}

TEST(Columns, ContinueOnAFurtherLineWhereTheyDoNotFit)
{
    Columns columns;
    EXPECT_THAT(columns.lines({{"A", "B", "C", "D"}, {"one", "two", "three", "4"}}, 12),
                ElementsAre("A    B\n    C      D", "one  two\n    three  4"));
    // A cell that is wider than all there is stays whole.
    Columns wide;
    EXPECT_THAT(wide.lines({{"a", "0123456789", "b"}}, 6), ElementsAre("a\n    0123456789\n    b"));
    Columns one;
    EXPECT_THAT(one.lines({{"0123456789"}}, 4), ElementsAre("0123456789"));
}

TEST(Bar, IsAsLongAsItsShareAndShowsWhateverIsNotZero)
{
    EXPECT_EQ(bar(0, 10, 8, Blocks::ascii), "");
    EXPECT_EQ(bar(0, 0, 8, Blocks::ascii), "");
    EXPECT_EQ(bar(10, 10, 8, Blocks::ascii), "########");
    EXPECT_EQ(bar(5, 10, 8, Blocks::ascii), "####");
    EXPECT_EQ(bar(1, 10'000, 8, Blocks::ascii), "#");
    EXPECT_EQ(bar(10, 10, 2, Blocks::utf8), "██");
    EXPECT_EQ(bar(9, 16, 2, Blocks::utf8), "█▏");
    EXPECT_EQ(bar(1, 10'000, 8, Blocks::utf8), "▏");
}

TEST(BarLines, FitTheColumns)
{
    EXPECT_THAT(bar_lines({{"a", 4}, {"long", 0}, {"b", 2}}, 20, Blocks::ascii),
                ElementsAre("a    ############ 4", "long 0", "b    ###### 2"));
    EXPECT_THAT(bar_lines({{"a", 4}}, 3, Blocks::ascii), ElementsAre("a ########## 4"));
    EXPECT_TRUE(bar_lines({}, 80, Blocks::utf8).empty());
}

TEST(TimeBars, BeginAtMidnightOfLocalTimeAndLeaveNoHourOut)
{
    using std::chrono::hours;
    const Timestamp noon(hours(20'000 * 24 + 11));  // 2024-10-04 11:00 UTC
    const auto few = bars_of({{noon, 3}, {noon + hours(2), 4}}, Zone::fixed(hours(1)));
    EXPECT_EQ(few.each, "an hour");
    EXPECT_THAT(few.bars,
                ElementsAre(std::pair("2024-10-04 12:00", 3), std::pair("2024-10-04 13:00", 0),
                            std::pair("2024-10-04 14:00", 4)));
    const auto many = bars_of({{noon, 3}, {noon + hours(24 * 40), 4}}, Zone::fixed(hours(1)));
    EXPECT_EQ(many.each, "1d");
    EXPECT_EQ(many.bars.size(), 41U);
    EXPECT_EQ(many.bars.front().first, "2024-10-04 00:00");
    EXPECT_TRUE(bars_of({}, Zone()).bars.empty());
}

}  // namespace
}  // namespace mailban::page::text_test
