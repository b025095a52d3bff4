#include "mailban/time/time_zone.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

#include "seed.h"

namespace mailban::time_zone_test {
namespace {

using namespace std::chrono_literals;

Timestamp at(std::chrono::sys_days day, Duration time = {})
{
    return day + time;
}

constexpr auto k2026 = std::chrono::sys_days(std::chrono::year(2026) / 1 / 1);

std::string bytes_of(const std::string& zone)
{
    std::ifstream file("/usr/share/zoneinfo/" + zone, std::ios::binary);
    return {std::istreambuf_iterator<char>(file), {}};
}

TEST(AUtcOffset, IsReadInEachWayItIsWritten)
{
    EXPECT_EQ(parse_utc_offset("UTC"), 0s);
    EXPECT_EQ(parse_utc_offset("Z"), 0s);
    EXPECT_EQ(parse_utc_offset("+01:00"), 1h);
    EXPECT_EQ(parse_utc_offset("-0330"), -(3h + 30min));
    EXPECT_EQ(parse_utc_offset("+05"), 5h);
    EXPECT_EQ(parse_utc_offset("-5"), -5h);
    for (const auto* text : {"", "+", "1", "+1:00", "+01:60", "+25", "+01:0", "+010", "CET",
                             "+0:100", "+01:00 ", "+:100", "+1:000"})
        EXPECT_EQ(parse_utc_offset(text), std::nullopt) << text;
}

TEST(AUtcOffset, IsWrittenAsItIsRead)
{
    for (std::chrono::seconds offset = -12h; offset <= 14h; offset += 15min) {
        const auto text = format_utc_offset(offset);
        EXPECT_EQ(parse_utc_offset(text == "UTC" ? text : text.substr(3)), offset) << text;
    }
}

TEST(AZoneName, StaysInTheDatabase)
{
    for (const auto* name :
         {"Europe/Berlin", "UTC", "Etc/GMT+5", "America/Argentina/Ushuaia", "EST5EDT"})
        EXPECT_TRUE(is_zone_name(name)) << name;
    for (const auto* name : {"", "/etc/passwd", "../passwd", "Europe//Berlin", "Europe/", "a/../b",
                             "Europe/Ber lin", "Europe\n", "1", "-x"})
        EXPECT_FALSE(is_zone_name(name)) << name;
}

TEST(ATzRule, ChangesOnItsDays)
{
    const auto rule = parse_tz_rule("CET-1CEST,M3.5.0,M10.5.0/3");
    ASSERT_TRUE(rule);
    const auto changes = rule->changes_in(std::chrono::year(2026));
    ASSERT_EQ(changes.size(), 2U);
    EXPECT_EQ(format_timestamp(changes[0].from), "2026-03-29T01:00:00Z");
    EXPECT_EQ(changes[0].offset, 2h);
    EXPECT_EQ(format_timestamp(changes[1].from), "2026-10-25T01:00:00Z");
    EXPECT_EQ(changes[1].offset, 1h);
}

TEST(ATzRule, CountsDaysOfTheYearWithAndWithoutTheLeapDay)
{
    const auto rule = parse_tz_rule("AAA0BBB-1,J60/0,59/0");
    ASSERT_TRUE(rule);
    const auto leap = rule->changes_in(std::chrono::year(2028));
    EXPECT_EQ(format_timestamp(leap[0].from), "2028-02-28T23:00:00Z");  // day 59: 29 February
    EXPECT_EQ(format_timestamp(leap[1].from), "2028-03-01T00:00:00Z");  // J60 is always 1 March
}

TEST(ATzRule, IsRefusedWhereItIsNotWellFormed)
{
    for (const auto* text :
         {"", "CE-1", "CET", "CET-1CEST", "CET-1CEST,M3.5.0", "CET-1CEST,M13.5.0,M10.5.0",
          "CET-1CEST,M3.6.0,M10.5.0", "CET-1CEST,M3.5.7,M10.5.0", "CET-1CEST,J0,J5",
          "CET-1CEST,M3.5.0,M10.5.0/3x", "<>-1", "CET-168", "Europe/Berlin"})
        EXPECT_FALSE(parse_tz_rule(text)) << text;
    EXPECT_TRUE(parse_tz_rule("<+0330>-3:30"));
}

TEST(ATimeZone, OfARuleAloneHasItInEachYear)
{
    const TimeZone zone(*parse_tz_rule("NZST-12NZDT,M9.5.0,M4.1.0/3"));
    const auto over = zone.over(at(k2026), at(k2026) + std::chrono::days(700));
    EXPECT_EQ(over.offset_at(at(k2026)), 13h);
    EXPECT_EQ(over.offset_at(at(k2026) + std::chrono::days(180)), 12h);
    EXPECT_EQ(over.offset_at(at(k2026) + std::chrono::days(365)), 13h);
}

TEST(ATimeZone, IsNotReadFromBytesThatAreNone)
{
    const auto berlin = bytes_of("Europe/Berlin");
    ASSERT_TRUE(TimeZone::read(berlin));
    EXPECT_FALSE(TimeZone::read(""));
    EXPECT_FALSE(TimeZone::read("TZif2"));
    for (std::size_t size = 0; size < berlin.size(); ++size)
        EXPECT_FALSE(TimeZone::read(berlin.substr(0, size))) << size;
}

TEST(ATimeZone, SurvivesAnyBytes)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE(seed);
    std::mt19937 random(seed);
    const auto berlin = bytes_of("Europe/Berlin");
    for (int round = 0; round < 20'000; ++round) {
        auto bytes = berlin;
        for (int count = 0; count < 3; ++count)
            bytes[random() % bytes.size()] = static_cast<char>(random());
        if (const auto zone = TimeZone::read(bytes))
            zone->over(at(k2026), at(k2026) + std::chrono::days(3));
    }
}

// The C library reads the same files.
class LibraryTime {
public:
    explicit LibraryTime(const std::string& zone)
    {
        ::setenv("TZ", zone.c_str(), 1);
        ::tzset();
    }
    ~LibraryTime()
    {
        ::unsetenv("TZ");
        ::tzset();
    }
    LibraryTime(const LibraryTime&) = delete;
    LibraryTime& operator=(const LibraryTime&) = delete;
    std::chrono::seconds offset_at(Timestamp when) const
    {
        const std::time_t seconds =
            std::chrono::floor<std::chrono::seconds>(when).time_since_epoch().count();
        std::tm local = {};
        ::localtime_r(&seconds, &local);
        return std::chrono::seconds(local.tm_gmtoff);
    }
};

std::vector<std::string> all_zones()
{
    std::vector<std::string> zones;
    const std::filesystem::path root("/usr/share/zoneinfo");
    for (const auto& entry : std::filesystem::recursive_directory_iterator(root)) {
        const auto name = entry.path().lexically_relative(root).string();
        if (!entry.is_regular_file() || !is_zone_name(name) || name.starts_with("right/")) continue;
        if (bytes_of(name).starts_with("TZif")) zones.push_back(name);
    }
    return zones;
}

TEST(ATimeZone, HasTheOffsetsOfTheCLibrary)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE(seed);
    std::mt19937_64 random(seed);
    const auto zones = all_zones();
    ASSERT_GT(zones.size(), 300U);
    for (const auto& name : zones) {
        const auto zone = TimeZone::read(bytes_of(name));
        ASSERT_TRUE(zone) << name;
        const LibraryTime library(name);
        for (int round = 0; round < 40; ++round) {
            // 1990 to 2060
            const Timestamp when(std::chrono::seconds(631'152'000 + random() % 2'208'988'800));
            const auto over =
                zone->over(when - std::chrono::days(400), when + std::chrono::days(400));
            for (int days = -400; days <= 400; days += 50) {
                const auto then = when + std::chrono::days(days);
                ASSERT_EQ(over.offset_at(then), library.offset_at(then))
                    << name << " " << format_timestamp(then);
            }
        }
    }
}

Zone berlin()
{
    return TimeZone::read(bytes_of("Europe/Berlin"))
        ->over(at(k2026), at(k2026) + std::chrono::days(365));
}

// 2026-10-25T01:00:00Z: three o'clock is two o'clock again.
const Timestamp kAgain = at(std::chrono::sys_days(std::chrono::year(2026) / 10 / 25), 1h);

TEST(ALiveLine, IsOfThePassInWhichItArrives)
{
    auto zone = berlin();
    for (auto written = kAgain - 2h; written < kAgain + 2h; written += 7s) {
        for (const auto delay : {-30s, 0s, 2s, 300s}) {
            zone.look_from({.read_at = written + delay, .previous = {}, .is_live = true});
            const auto local = written + zone.offset_at(written);
            ASSERT_EQ(zone.to_utc(local), written)
                << format_timestamp(written) << " +" << delay.count();
        }
    }
}

TEST(ALiveLine, ThatArrivesLateIsNotOfThePassToCome)
{
    auto zone = berlin();
    const auto written = kAgain - 1min;
    zone.look_from({.read_at = kAgain + 4min, .previous = {}, .is_live = true});
    EXPECT_EQ(zone.to_utc(written + 2h), written);
}

// An old log that is read in order, whenever it is read.
TEST(ALineOfAnOldLog, IsOfThePassThatComesInItsTurn)
{
    auto zone = berlin();
    for (const auto step : {1s, 59s, 240s, 1200s}) {
        std::optional<Timestamp> previous;
        for (auto written = kAgain - 3h; written < kAgain + 3h; written += step) {
            zone.look_from({.read_at = kAgain + 100h, .previous = previous, .is_live = false});
            const auto read = zone.to_utc(written + zone.offset_at(written));
            ASSERT_EQ(read, written) << format_timestamp(written);
            previous = read;
        }
    }
}

TEST(ALineOfAnOldLog, MayBeALittleOutOfOrder)
{
    auto zone = berlin();
    zone.look_from({.read_at = {}, .previous = kAgain - 30min, .is_live = false});
    EXPECT_EQ(zone.to_utc(kAgain - 32min + 2h), kAgain - 32min);
}

}  // namespace
}  // namespace mailban::time_zone_test
