#include "mailban/page/html.h"

#include <gtest/gtest.h>

namespace mailban::page::html_test {
namespace {

std::size_t count_of(const std::string& text, const std::string& part)
{
    std::size_t count = 0;
    for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1))
        ++count;
    return count;
}

TEST(EscapedText, CanBeNoMarkup)
{
    EXPECT_EQ(escaped("<b a=\"x\" c='y'>&"), "&lt;b a=&quot;x&quot; c=&#39;y&#39;&gt;&amp;");
    EXPECT_EQ(escaped("a\x1b\u202e\xff"), "a\\x1b\\u{202e}\\xff");
}

TEST(HtmlTable, EscapesItsCellsAndIsNothingWithoutRows)
{
    EXPECT_EQ(table({"A"}, {{"<x>"}}),
              "<table>\n<tr><th>A</th></tr>\n<tr><td>&lt;x&gt;</td></tr>\n</table>\n");
    EXPECT_EQ(table({"A"}, {}), "");
    EXPECT_EQ(titled_table("T", {"A"}, {}), "");
    EXPECT_TRUE(titled_table("a<b", {"A"}, {{"x"}}).starts_with("<h2>a&lt;b</h2>\n<table>"));
}

TEST(HtmlDocument, EscapesItsTitle)
{
    const auto page = document("<t>", "<p>body</p>\n");
    EXPECT_NE(page.find("<title>&lt;t&gt;</title>"), std::string::npos);
    EXPECT_NE(page.find("<body>\n<p>body</p>\n</body>"), std::string::npos);
}

TEST(BarChart, ShowsWhateverIsNotZeroAndEscapesLabels)
{
    const BarRow row{.heading = "a<b", .bars = {{"<one>", 0}, {"two", 1}, {"three", 100'000}}};
    const auto chart = bar_chart("\"d\"", {row});
    EXPECT_EQ(chart.find("<one>"), std::string::npos);
    EXPECT_EQ(chart.find("a<b"), std::string::npos);
    EXPECT_NE(chart.find("aria-label=\"&quot;d&quot;\""), std::string::npos);
    EXPECT_EQ(count_of(chart, "<rect"), 3U);
    EXPECT_EQ(count_of(chart, "height=\"0\""), 1U);
    EXPECT_EQ(count_of(chart, "height=\"1\""), 1U);
    EXPECT_EQ(count_of(chart, "height=\"130\""), 1U);
    EXPECT_NE(chart.find("<title>two: 1</title>"), std::string::npos);
}

TEST(BarChart, LabelsEachBarWhereAsked)
{
    const BarRow row{.heading = "h",
                     .series = BarRow::Series::second,
                     .labels = BarRow::Labels::each,
                     .bars = {{"5", 7}, {"6", 3}}};
    const auto chart = bar_chart("d", {row, row});
    EXPECT_EQ(count_of(chart, ">5</text>"), 2U);
    EXPECT_EQ(count_of(chart, ">7</text>"), 2U);
    EXPECT_EQ(count_of(chart, "<rect class=\"second\""), 4U);
    EXPECT_EQ(count_of(chart, "<title>"), 0U);
    EXPECT_NE(chart.find("viewBox=\"0 0 760 370\""), std::string::npos);
}

TEST(BarChart, OfNoBarsIsAnAxis)
{
    EXPECT_EQ(count_of(bar_chart("d", {{.heading = "h", .bars = {}}}), "<rect"), 0U);
}

}  // namespace
}  // namespace mailban::page::html_test
