#include "mailban/time/time.h"

#include <gtest/gtest.h>

#include <random>

namespace mailban::duration_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::days;

TEST(Durations, AreReadInTheirUnits)
{
    EXPECT_EQ(parse_duration("90s"), Duration(90s));
    EXPECT_EQ(parse_duration("10m"), Duration(10min));
    EXPECT_EQ(parse_duration("1h30m"), Duration(90min));
    EXPECT_EQ(parse_duration("7d"), Duration(days(7)));
    EXPECT_EQ(parse_duration("2w"), Duration(days(14)));
    EXPECT_EQ(parse_duration("1w1d1h1m1s"), Duration(days(8) + 1h + 1min + 1s));
    EXPECT_EQ(parse_duration("1h05m"), Duration(65min));
    EXPECT_EQ(parse_duration("0s"), Duration(0s));
    EXPECT_EQ(parse_duration("36525d"), Duration(days(36525)));
}

TEST(Durations, AreRefusedWhenTheyAreAnythingElse)
{
    for (const auto text : {""sv,
                            "10"sv,
                            "m"sv,
                            "-10m"sv,
                            "+10m"sv,
                            " 10m"sv,
                            "10m "sv,
                            "10 m"sv,
                            "1.5h"sv,
                            "1h1h"sv,
                            "30m1h"sv,
                            "1s1w"sv,
                            "1h30"sv,
                            "10M"sv,
                            "10ms"sv,
                            "10min"sv,
                            "1y"sv,
                            "m10"sv,
                            "10m\0"sv,
                            "36526d"sv,
                            "36525d1s"sv,
                            "5218w"sv,
                            "3155760001s"sv,
                            "99999999999999999999s"sv,
                            "18446744073709551617s"sv,
                            "forever"sv})
        EXPECT_FALSE(parse_duration(text)) << text;
}

TEST(Durations, ArePrintedInTheirOwnNotation)
{
    EXPECT_EQ(format_duration(90min), "1h30m");
    EXPECT_EQ(format_duration(days(30)), "30d");
    EXPECT_EQ(format_duration(90s), "1m30s");
    EXPECT_EQ(format_duration(days(1) + 1s), "1d1s");
    EXPECT_EQ(format_duration(0s), "0s");
    EXPECT_EQ(format_duration(999'999us), "0s");
    EXPECT_EQ(format_duration(1'999'999us), "1s");
    EXPECT_EQ(format_duration(-5s), "0s");
}

TEST(Durations, AreReadBackAsPrinted)
{
    constexpr std::uint32_t kSeed = 20261101;
    SCOPED_TRACE("seed " + std::to_string(kSeed));
    std::mt19937_64 random(kSeed);
    for (int round = 0; round < 100'000; ++round) {
        const std::chrono::seconds length(static_cast<std::int64_t>(random() % 3'155'760'001U));
        ASSERT_EQ(parse_duration(format_duration(length)), Duration(length)) << length.count();
    }
}

TEST(Timestamps, ArePrintedInUtcWithAFractionOnlyWhereThereIsOne)
{
    using std::chrono::sys_days;
    const Timestamp november = sys_days(std::chrono::year(2026) / 11 / 1);
    EXPECT_EQ(format_timestamp(november), "2026-11-01T00:00:00Z");
    EXPECT_EQ(format_timestamp(november + 578ms), "2026-11-01T00:00:00.578Z");
    EXPECT_EQ(format_timestamp(november + 312279us), "2026-11-01T00:00:00.312279Z");
    EXPECT_EQ(format_timestamp(november + 1us), "2026-11-01T00:00:00.000001Z");
    EXPECT_EQ(format_timestamp(november - 1us), "2026-10-31T23:59:59.999999Z");
    EXPECT_EQ(format_timestamp(Timestamp{}), "1970-01-01T00:00:00Z");
    EXPECT_EQ(format_timestamp(Timestamp{} - 1s), "1969-12-31T23:59:59Z");
    EXPECT_EQ(format_timestamp(sys_days(std::chrono::year(2028) / 2 / 29) + 23h + 59min + 59s),
              "2028-02-29T23:59:59Z");
}

}  // namespace
}  // namespace mailban::duration_test
