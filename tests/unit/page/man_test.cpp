#include "mailban/page/man.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::page::man_test {
namespace {

TEST(AManualPage, HasTextThatRoffTakesAsItIs)
{
    EXPECT_EQ(man_text(R"(a\b -x '~^`)"), R"(a\eb \-x \(aq\(ti\(ha\(ga)");
    EXPECT_EQ(man_item("term", ".rule of 'x'"), ".TP\nterm\n\\&.rule of \\(aqx\\(aq\n");
    EXPECT_EQ(man_example("one\n.two\n"), ".PP\n.RS 4\n.nf\none\n\\&.two\n.fi\n.RE\n");
    EXPECT_EQ(man_section("See also"), ".SH SEE ALSO\n");
}

TEST(Markdown, BecomesHeadingsAndParagraphs)
{
    EXPECT_EQ(
        man_of_markdown(
            "# Title\n\nOne `code` and\n**two** [three](x.md#y).\n\n## Part\n### `sub`\nEnd\n"),
        ".PP\nOne \\fBcode\\fR and\n\\fBtwo\\fR three.\n.SH PART\n.SS \\fBsub\\fR\n.PP\nEnd\n");
    EXPECT_EQ(man_of_markdown("<a id=\"here\"></a>Text\n.dot\n"), ".PP\nText\n\\&.dot\n");
    EXPECT_EQ(man_of_markdown("a ` b ** c [d] `"), ".PP\na \\fB b ** c [d] \\fR\n");
}

TEST(Markdown, BecomesListsAndExamples)
{
    EXPECT_EQ(man_of_markdown("- one\n  more\n- two\n\n1. first\n"),
              ".IP \\(bu 4\none\nmore\n.IP \\(bu 4\ntwo\n.IP 1. 4\nfirst\n");
    EXPECT_EQ(man_of_markdown("Text:\n\n    a: 1\n\n      b\n\nEnd\n"),
              ".PP\nText:\n.PP\n.RS 4\n.nf\na: 1\n\n  b\n.fi\n.RE\n.PP\nEnd\n");
    EXPECT_EQ(man_of_markdown("```\n# no heading\n\n.x\n```\n"),
              ".PP\n.RS 4\n.nf\n# no heading\n\n\\&.x\n.fi\n.RE\n");
    // An item's further lines are indented, too, and no example.
    EXPECT_EQ(man_of_markdown("- one\n    more\n"), ".IP \\(bu 4\none\nmore\n");
}

TEST(Markdown, BecomesAnItemForEachRowOfATable)
{
    EXPECT_EQ(
        man_of_markdown("| key | default | meaning |\n|---|---|---|\n| `a` | `1` | the first |\n"
                        "| `b \\| c` | | x\\|y |\n"),
        ".TP\n\\fBa\\fR\ndefault: \\fB1\\fR. the first\n.TP\n\\fBb | c\\fR\nx|y\n");
}

}  // namespace
}  // namespace mailban::page::man_test
