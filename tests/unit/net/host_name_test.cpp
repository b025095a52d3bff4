#include "mailban/net/host_name.h"

#include <gtest/gtest.h>

namespace mailban::host_name_test {
namespace {

TEST(AHostName, IsKeptInLowerCaseWithoutItsLastDot)
{
    EXPECT_EQ(parse_host_name("office.example.net"), "office.example.net");
    EXPECT_EQ(parse_host_name("Office.EXAMPLE.net."), "office.example.net");
    EXPECT_EQ(parse_host_name("3com.xn--bcher-kva.example"), "3com.xn--bcher-kva.example");
    EXPECT_EQ(parse_host_name("a-b.c1"), "a-b.c1");
}

TEST(AHostName, HasADomainAndNothingThatNoHostMayBeCalled)
{
    for (const auto* const bad : {"",
                                  ".",
                                  "..",
                                  "localhost",
                                  "localhost.",
                                  "a..b",
                                  ".a.b",
                                  "a.b..",
                                  "-a.b",
                                  "a-.b",
                                  "a.-b",
                                  "a_b.example",
                                  "a b.example",
                                  "a.example/24",
                                  "1.2.3",
                                  "192.0.2.7",
                                  "01.2.3.4",
                                  "a.7",
                                  "b\xc3\xbc"
                                  "cher.example",
                                  "a.example\n",
                                  "*.example.net",
                                  "::1",
                                  "a.b:25"})
        EXPECT_EQ(parse_host_name(bad), std::nullopt) << bad;
    EXPECT_EQ(parse_host_name(std::string("a\0.example", 10)), std::nullopt);
}

TEST(AHostName, IsBounded)
{
    const std::string label(63, 'a');
    const std::string longest = label + '.' + label + '.' + label + '.' + std::string(61, 'a');
    EXPECT_EQ(parse_host_name(longest), longest);
    EXPECT_EQ(parse_host_name(longest + 'a'), std::nullopt);
    EXPECT_EQ(parse_host_name(label + "a.example"), std::nullopt);
}

}  // namespace
}  // namespace mailban::host_name_test
