#include "mailban/config/load.h"

#include <gmock/gmock.h>

namespace mailban::allow_file_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

std::vector<std::string> prefixes_in(std::string_view text)
{
    std::vector<std::string> shown;
    for (const auto& prefix : read_allow_file(text, "allow.list").prefixes)
        shown.push_back(prefix.to_string());
    return shown;
}

std::vector<std::string> mistakes_in(std::string_view text)
{
    std::vector<std::string> shown;
    for (const auto& error : read_allow_file(text, "allow.list").errors)
        shown.push_back(to_string(error));
    return shown;
}

TEST(AnAllowFile, HoldsOneEntryALine)
{
    constexpr std::string_view text =
        "# the office\n"
        "192.0.2.0/24\n"
        "\n"
        "  2001:db8::/32\t# the other office\n"
        "198.51.100.7# at home\n"
        "\t \n"
        "::ffff:203.0.113.9\r\n"
        "2001:db8:1::7";
    EXPECT_THAT(prefixes_in(text), ElementsAre("192.0.2.0/24", "2001:db8::/32", "198.51.100.7/32",
                                               "203.0.113.9/32", "2001:db8:1::7/128"));
    EXPECT_THAT(mistakes_in(text), IsEmpty());
}

TEST(AnAllowFile, MayBeEmpty)
{
    for (const auto* const text : {"", "\n", "\n\n\n", "#", "# only words", " \t\r\n"}) {
        EXPECT_THAT(prefixes_in(text), IsEmpty());
        EXPECT_THAT(mistakes_in(text), IsEmpty());
    }
    EXPECT_THAT(prefixes_in("\xef\xbb\xbf"
                            "192.0.2.7\n"),
                ElementsAre("192.0.2.7/32"));
}

TEST(AnAllowFile, KeepsItsGoodLinesAndNamesTheBadOnes)
{
    constexpr std::string_view text =
        "192.0.2.7\n"
        "  mail.example.com\n"
        "10.0.0.1/8\n"
        "192.0.2.8 192.0.2.9\n"
        "192.0.2.10\n";
    EXPECT_THAT(prefixes_in(text), ElementsAre("192.0.2.7/32", "192.0.2.10/32"));
    EXPECT_THAT(
        mistakes_in(text),
        ElementsAre(
            "allow.list:2:3: this line is 'mail.example.com'; expected an address such as "
            "192.0.2.7 or a prefix such as 192.0.2.0/24, one in each line; the line is skipped",
            "allow.list:3:1: this line is '10.0.0.1/8'; expected a prefix without host "
            "bits, such as 10.0.0.0/8, one in each line; the line is skipped",
            HasSubstr("allow.list:4:1: this line is '192.0.2.8 192.0.2.9'")));
}

TEST(AnAllowFile, ShowsStrangeBytesSafely)
{
    using namespace std::string_view_literals;
    EXPECT_THAT(
        mistakes_in("192.0.2.7\0\n\x1b[2J\n\xff\n"sv),
        ElementsAre(HasSubstr("'192.0.2.7\\x00'"), HasSubstr("'\\x1b[2J'"), HasSubstr("'\\xff'")));
}

TEST(AnAllowFile, CountsMistakesPastAHundred)
{
    std::string text;
    for (int line = 0; line < 1'000; ++line)
        text += "junk\n";
    const auto shown = mistakes_in(text);
    ASSERT_EQ(shown.size(), 101U);
    EXPECT_THAT(shown.back(), HasSubstr("and 900 more errors"));
}

}  // namespace
}  // namespace mailban::allow_file_test
