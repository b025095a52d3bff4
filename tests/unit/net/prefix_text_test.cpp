#include "mailban/net/prefix_text.h"

#include "mailban/plural.h"

#include <gtest/gtest.h>

namespace mailban::prefix_text_test {
namespace {

TEST(WhatIsNoPrefix, IsAskedBackWhereOnlyItsHostBitsAreWrong)
{
    EXPECT_EQ(why_no_prefix("198.51.100.7/24"),
              "'198.51.100.7/24' has host bits; did you mean 198.51.100.0/24?");
    EXPECT_EQ(why_no_prefix("2001:db8::1/32"),
              "'2001:db8::1/32' has host bits; did you mean 2001:db8::/32?");
    for (const auto* const text : {"", "bob", "198.51.100.7/33", "198.51.100.7/", "1.2.3/8"})
        EXPECT_EQ(why_no_prefix(text), "'" + std::string(text) +
                                           "' is neither an address nor a prefix such as "
                                           "192.0.2.0/24");
}

TEST(ANumberWithItsNoun, IsSingularForOneAlone)
{
    EXPECT_EQ(plural(0, "address", "addresses"), "0 addresses");
    EXPECT_EQ(plural(1, "address", "addresses"), "1 address");
    EXPECT_EQ(plural(12, "address", "addresses"), "12 addresses");
}

}  // namespace
}  // namespace mailban::prefix_text_test
