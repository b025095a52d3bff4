#include "mailban/config/byte_size.h"

#include <gtest/gtest.h>

namespace mailban::byte_size_test {
namespace {

TEST(AByteSize, IsAWholeNumberAndItsUnit)
{
    EXPECT_EQ(parse_byte_size("1KiB"), 1024U);
    EXPECT_EQ(parse_byte_size("64MiB"), 64U << 20U);
    EXPECT_EQ(parse_byte_size("1GiB"), 1U << 30U);
    EXPECT_EQ(parse_byte_size("1024TiB"), std::uint64_t{1} << 50U);
    EXPECT_EQ(parse_byte_size("0MiB"), 0U);
}

TEST(AByteSize, IsNothingElse)
{
    for (const auto* text :
         {"", "1", "GiB", "1GB", "1gib", "1 GiB", " 1GiB", "1GiB ", "-1GiB", "+1GiB", "1.5GiB",
          "0x1GiB", "1025TiB", "18446744073709551615KiB", "18446744073709551616KiB", "1GiBB"})
        EXPECT_EQ(parse_byte_size(text), std::nullopt) << text;
}

TEST(AByteSize, IsShownInItsLargestUnit)
{
    EXPECT_EQ(format_byte_size(0), "0KiB");
    EXPECT_EQ(format_byte_size(512), "0.5KiB");
    EXPECT_EQ(format_byte_size(98304), "96KiB");
    EXPECT_EQ(format_byte_size(3U << 29U), "1.5GiB");
    for (const auto* text : {"1KiB", "1023KiB", "1MiB", "64MiB", "1GiB", "1024TiB"})
        EXPECT_EQ(format_byte_size(*parse_byte_size(text)), text);
}

}  // namespace
}  // namespace mailban::byte_size_test
