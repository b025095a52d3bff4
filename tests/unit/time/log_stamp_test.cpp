#include "mailban/time/log_stamp.h"

#include <gtest/gtest.h>

namespace mailban::log_stamp_test {
namespace {

using namespace std::chrono_literals;
using namespace std::string_view_literals;
using std::chrono::sys_days;
using std::chrono::year;

Timestamp utc(std::string_view text)
{
    const auto stamp = read_iso_stamp(text, Zone(), Timestamp());
    EXPECT_TRUE(stamp && stamp->length == text.size()) << text;
    return stamp ? stamp->time : Timestamp{};
}

const Timestamp kRead = sys_days(year(2026) / 11 / 24);

// Berlin, 2026: summer time from 29 March to 25 October, both at 01:00 UTC.
Zone berlin()
{
    return Zone({{Timestamp{}, 1h},
                 {sys_days(year(2026) / 3 / 29) + 1h, 2h},
                 {sys_days(year(2026) / 10 / 25) + 1h, 1h}});
}

std::string shown(const std::optional<LogStamp>& stamp)
{
    if (!stamp) return "none";
    return format_timestamp(stamp->time) + " " + std::to_string(stamp->length);
}

std::string exim(std::string_view text, const Zone& zone = {})
{
    return shown(read_plain_stamp(text, zone, kRead));
}
std::string iso(std::string_view text, const Zone& zone = {})
{
    return shown(read_iso_stamp(text, zone, kRead));
}
std::string syslog(std::string_view text, std::string_view now, const Zone& zone = {})
{
    return shown(read_syslog_stamp(text, zone, utc(now)));
}

TEST(EximStamp, IsReadWithItsFractionAndOffset)
{
    EXPECT_EQ(exim("2026-11-23 22:29:06"), "2026-11-23T22:29:06Z 19");
    EXPECT_EQ(exim("2026-11-23 22:29:06 H=(x) [192.0.2.7]"), "2026-11-23T22:29:06Z 19");
    EXPECT_EQ(exim("2026-11-23 22:29:06.578 H=x"), "2026-11-23T22:29:06.578Z 23");
    EXPECT_EQ(exim("2026-11-23 22:29:06 +0100 H=x"), "2026-11-23T21:29:06Z 25");
    EXPECT_EQ(exim("2026-11-23 22:29:06.578 -0530"), "2026-11-24T03:59:06.578Z 29");
    EXPECT_EQ(exim("2026-11-23 22:29:06 [1234] x"), "2026-11-23T22:29:06Z 19");
    EXPECT_EQ(exim("2026-11-23 22:29:06 +x"), "2026-11-23T22:29:06Z 19");
}

TEST(EximStamp, MayHaveAComma)
{
    EXPECT_EQ(exim("2026-11-23 22:29:06,578 WARN"), "2026-11-23T22:29:06.578Z 23");
    EXPECT_EQ(exim("2026-11-23 22:29:06,57 WARN"), "2026-11-23T22:29:06.570Z 22");
    EXPECT_EQ(exim("2026-11-23 22:29:06,5781234567 WARN"), "none");
    EXPECT_EQ(exim("2026-11-23 22:29:06, WARN"), "none");
}

std::string bracketed(std::string_view text, const Zone& zone = {})
{
    return shown(read_bracketed_stamp(text, zone, kRead));
}

TEST(ABracketedStamp, IsReadWithSlashesOrHyphens)
{
    EXPECT_EQ(bracketed("[23/Nov/2026 22:30:58] x"), "2026-11-23T22:30:58Z 22");
    EXPECT_EQ(bracketed("[23-Nov-2026 22:30:58]: x"), "2026-11-23T22:30:58Z 22");
    EXPECT_EQ(bracketed("[23-Nov-2026 22:30:58 +0100]: x"), "2026-11-23T21:30:58Z 28");
    EXPECT_EQ(bracketed("[23-Nov-2026 22:30:58 -0530]: x"), "2026-11-24T04:00:58Z 28");
    EXPECT_EQ(bracketed("[29/Feb/2028 00:00:00]"), "2028-02-29T00:00:00Z 22");
}

TEST(ABracketedStamp, IsLocalWithoutAnOffset)
{
    EXPECT_EQ(bracketed("[23/Nov/2026 22:30:58]", Zone::fixed(1h)), "2026-11-23T21:30:58Z 22");
    EXPECT_EQ(bracketed("[23/Nov/2026 22:30:58 +0000]", Zone::fixed(1h)),
              "2026-11-23T22:30:58Z 28");
}

TEST(ABracketedStamp, IsNoneIfAnyOfItIsWrong)
{
    for (const auto* text :
         {"", "[", "23/Nov/2026 22:30:58]", "[23/Nov/2026 22:30:58", "[23/Nov-2026 22:30:58]",
          "[23/nov/2026 22:30:58]", "[31/Nov/2026 22:30:58]", "[29/Feb/2026 22:30:58]",
          "[00/Nov/2026 22:30:58]", "[3/Nov/2026 22:30:58]", "[23/Nov/2026 24:30:58]",
          "[23/Nov/2026 22:60:58]", "[23/Nov/2026  22:30:58]", "[23/Nov/2026 22:30:58 x]",
          "[23/Nov/2026 22:30:58 0100]", "[23/Nov/2026 22:30:58 +0100"})
        EXPECT_EQ(bracketed(text), "none") << text;
}

TEST(EximStamp, IsLocalWithoutAnOffset)
{
    EXPECT_EQ(exim("2026-11-23 22:29:06", Zone::fixed(1h)), "2026-11-23T21:29:06Z 19");
    EXPECT_EQ(exim("2026-07-01 12:00:00 x", berlin()), "2026-07-01T10:00:00Z 19");
    EXPECT_EQ(exim("2026-07-01 12:00:00 +0000 x", berlin()), "2026-07-01T12:00:00Z 25");
}

TEST(EximStamp, RefusesMistakesInAnyColumn)
{
    for (const auto text : {""sv,
                            "2026"sv,
                            "2026-11-23"sv,
                            "2026-11-23 22:29"sv,
                            "2026-11-23 22:29:0"sv,
                            "2026-11-23T22:29:06"sv,
                            "2026-11-23  22:29:06"sv,
                            " 2026-11-23 22:29:06"sv,
                            "2026-00-23 22:29:06"sv,
                            "2026-13-23 22:29:06"sv,
                            "2026-11-00 22:29:06"sv,
                            "2026-11-31 22:29:06"sv,
                            "2026-02-29 22:29:06"sv,
                            "2100-02-29 22:29:06"sv,
                            "2026-11-23 24:00:00"sv,
                            "2026-11-23 22:60:06"sv,
                            "2026-11-23 22:29:61"sv,
                            "2026-1-23 22:29:06"sv,
                            "2026-11-23 22:29:067"sv,
                            "2026-11-23 22:29:06."sv,
                            "2026-11-23 22:29:06.5781234567"sv,
                            "2026-11-23 22:29:06 +2400"sv,
                            "2026-11-23 22:29:06 +0160"sv,
                            "2026-11-23 22:29:06 +01"sv,
                            "2026-11-23 22:29:06 +01000"sv,
                            "+026-11-23 22:29:06"sv,
                            "2026-11-23\00022:29:06"sv,
                            "20261123 222906"sv})
        EXPECT_EQ(exim(text), "none") << text;
}

TEST(IsoStamp, IsReadWithItsFractionAndOffset)
{
    EXPECT_EQ(iso("2026-11-23T22:31:54.312279+00:00 host"), "2026-11-23T22:31:54.312279Z 32");
    EXPECT_EQ(iso("2026-11-23T22:31:54Z host"), "2026-11-23T22:31:54Z 20");
    EXPECT_EQ(iso("2026-11-23T22:31:54.5Z"), "2026-11-23T22:31:54.500Z 22");
    EXPECT_EQ(iso("2026-11-23T22:31:54.123456789-08:00"), "2026-11-24T06:31:54.123456Z 35");
    EXPECT_EQ(iso("2026-11-23T22:31:54", Zone::fixed(-2h)), "2026-11-24T00:31:54Z 19");
    EXPECT_EQ(iso("2026-11-23T22:31:54+01:00", Zone::fixed(-2h)), "2026-11-23T21:31:54Z 25");
    EXPECT_EQ(iso("2026-01-01T00:30:00+01:00"), "2025-12-31T23:30:00Z 25");
}

TEST(IsoStamp, IsReadWithEveryFormOfItsOffset)
{
    EXPECT_EQ(iso("2026-11-23T22:31:54+0100 x", berlin()), "2026-11-23T21:31:54Z 24");
    EXPECT_EQ(iso("2026-11-23T22:31:54+01 x", berlin()), "2026-11-23T21:31:54Z 22");
    EXPECT_EQ(iso("2026-11-23T22:31:54.5-0330 x"), "2026-11-24T02:01:54.500Z 26");
    EXPECT_EQ(iso("2026-11-23T22:31:54z x", berlin()), "2026-11-23T22:31:54Z 20");
    EXPECT_EQ(iso("2026-11-23T22:31:54,123+01:00 x"), "2026-11-23T21:31:54.123Z 29");
    EXPECT_EQ(exim("2026-11-23 22:31:54+01:00 x", berlin()), "2026-11-23T21:31:54Z 25");
    EXPECT_EQ(exim("2026-11-23 22:31:54.123456+01 x"), "2026-11-23T21:31:54.123456Z 29");
    EXPECT_EQ(exim("2026-11-23 22:31:54Z x", berlin()), "2026-11-23T22:31:54Z 20");
    EXPECT_EQ(exim("2026-11-23 22:31:54 +01:00 x", berlin()), "2026-11-23T21:31:54Z 26");
}

TEST(IsoStamp, SaysWhetherItNeedsAZone)
{
    EXPECT_TRUE(read_iso_stamp("2026-11-23T22:31:54Z", Zone(), kRead)->has_offset);
    EXPECT_TRUE(read_plain_stamp("2026-11-23 22:31:54 +0100", Zone(), kRead)->has_offset);
    EXPECT_FALSE(read_iso_stamp("2026-11-23T22:31:54", Zone(), kRead)->has_offset);
    EXPECT_FALSE(read_syslog_stamp("Nov 23 22:30:58", Zone(), kRead)->has_offset);
}

TEST(IsoStamp, RefusesMistakesInAnyColumn)
{
    for (const auto text :
         {""sv, "2026-11-23 22:31:54"sv, "2026-11-23t22:31:54Z"sv, "2026-11-23T22:31:54."sv,
          "2026-11-23T22:31:54.Z"sv, "2026-11-23T22:31:54.1234567890Z"sv, "2026-11-23T22:31:54+1"sv,
          "2026-11-23T22:31:54+010"sv, "2026-11-23T22:31:54+24:00"sv, "2026-11-23T22:31:54+01:0"sv,
          "2026-11-23T22:31:54+01000"sv, "2026-11-23T22:31:54+"sv, "2026-11-23T22:31:54Z0"sv,
          "2026-11-23T24:00:00Z"sv, "2026-06-31T22:31:54Z"sv, "2026-W47-1T22:31:54Z"sv})
        EXPECT_EQ(iso(text), "none") << text;
}

TEST(IsoStamp, KnowsEveryMonthsLength)
{
    for (const int value : {1900, 2000, 2024, 2026, 2028, 2100})
        for (unsigned month = 1; month <= 12; ++month)
            for (unsigned day = 1; day <= 32; ++day) {
                const auto date = year(value) / static_cast<int>(month) / static_cast<int>(day);
                std::array<char, 40> text{};
                std::snprintf(text.data(), text.size(), "%04d-%02u-%02uT00:00:00Z", value, month,
                              day);
                const auto stamp = read_iso_stamp(text.data(), Zone(), kRead);
                ASSERT_EQ(stamp.has_value(), date.ok()) << text.data();
                if (!stamp) continue;
                ASSERT_EQ(stamp->time, Timestamp(sys_days(date)));
            }
}

TEST(LogStamps, CountALeapSecondIntoTheNextMinute)
{
    EXPECT_EQ(exim("2016-12-31 23:59:60"), "2017-01-01T00:00:00Z 19");
    EXPECT_EQ(iso("2016-12-31T23:59:60.5Z"), "2017-01-01T00:00:00.500Z 22");
    EXPECT_EQ(syslog("Dec 31 23:59:60", "2017-01-01T00:00:01Z"), "2017-01-01T00:00:00Z 15");
}

TEST(SyslogStamp, IsReadFromItsFixedColumns)
{
    const auto now = "2026-11-23T23:00:00Z"sv;
    EXPECT_EQ(syslog("Nov 23 22:30:58 mx exim[1]:", now), "2026-11-23T22:30:58Z 15");
    EXPECT_EQ(syslog("Nov  3 22:30:58", now), "2026-11-03T22:30:58Z 15");
    EXPECT_EQ(syslog("Nov 03 22:30:58", now), "2026-11-03T22:30:58Z 15");
    EXPECT_EQ(syslog("Nov 3 22:30:58", now), "2026-11-03T22:30:58Z 14");
    EXPECT_EQ(syslog("Nov 23 22:30:58.123456 mx", now), "2026-11-23T22:30:58.123456Z 22");
    EXPECT_EQ(syslog("Nov 23 2024 22:30:58 mx", now), "2024-11-23T22:30:58Z 20");
    EXPECT_EQ(syslog("2024 Nov 23 22:30:58 mx", now), "2024-11-23T22:30:58Z 20");
    EXPECT_EQ(syslog("2024 Nov  3 22:30:58.5 mx", now), "2024-11-03T22:30:58.500Z 22");
    for (const auto text : {""sv,
                            "Nov"sv,
                            "Nov 23"sv,
                            "nov 23 22:30:58"sv,
                            "NOV 23 22:30:58"sv,
                            "Nov 31 22:30:58"sv,
                            "Nov  0 22:30:58"sv,
                            "Nov 00 22:30:58"sv,
                            "Nov 32 22:30:58"sv,
                            "Feb 30 22:30:58"sv,
                            "Nov   3 22:30:58"sv,
                            "Nov  33 22:30:58"sv,
                            "Nov 23 24:00:00"sv,
                            "Nov 23 22:30:5"sv,
                            "Nov 23 22:30:588"sv,
                            "2026 Nov 31 22:30:58"sv,
                            "Nov 23 22:30:58."sv,
                            "Nov-23 22:30:58"sv,
                            "Foo 23 22:30:58"sv,
                            " Nov 23 22:30:58"sv})
        EXPECT_EQ(syslog(text, now), "none") << text;
}

std::string weekday(std::string_view text, const Zone& zone = {})
{
    return shown(read_weekday_stamp(text, zone, kRead));
}

TEST(AWeekdayStamp, IsThatOfJournalctlOrOfCtime)
{
    EXPECT_EQ(weekday("Mon 2026-11-23 22:30:58 CET mx", berlin()), "2026-11-23T21:30:58Z 27");
    EXPECT_EQ(weekday("Mon 2026-11-23 22:30:58 UTC mx", berlin()), "2026-11-23T22:30:58Z 27");
    EXPECT_EQ(weekday("Mon 2026-11-23 22:30:58 +03 mx"), "2026-11-23T19:30:58Z 27");
    EXPECT_EQ(weekday("Mon Nov 23 22:30:58 2026 mx", berlin()), "2026-11-23T21:30:58Z 24");
    EXPECT_EQ(weekday("Mon Nov  3 22:30:58 2026 mx"), "2026-11-03T22:30:58Z 24");
    for (const auto* text : {"", "Mon", "Mon 2026-11-23 22:30:58", "Mon 2026-11-23 22:30:58 ",
                             "Foo Nov 23 22:30:58 2026", "Mon Nov 31 22:30:58 2026",
                             "Mon Nov 23 22:30:58 20261", "Mon Nov 23 22:30:58"})
        EXPECT_EQ(weekday(text), "none") << text;
}

TEST(AUnixStamp, HasTenDigits)
{
    EXPECT_EQ(shown(read_unix_stamp("1795473058.123456 mx")), "2026-11-23T22:30:58.123456Z 17");
    EXPECT_EQ(shown(read_unix_stamp("1795473058")), "2026-11-23T22:30:58Z 10");
    for (const auto* text : {"", "179547305", "17954730581", "1795473058.", "179547305x"})
        EXPECT_EQ(shown(read_unix_stamp(text)), "none") << text;
}

TEST(ATai64nStamp, CountsFromMultilogsOrS6sEpoch)
{
    // 2^62 + 10 + 1795473058
    const auto* const multilog = "@400000006b04beac075bca00 x";
    EXPECT_EQ(shown(read_tai64n_stamp(multilog, kRead)), "2026-11-23T22:30:58.123456Z 25");
    // s6's label of the same instant is 27 greater, and would lie ahead of the moment it was read.
    const auto* const s6 = "@400000006b04bec7075bca00 x";
    EXPECT_EQ(shown(read_tai64n_stamp(s6, utc("2026-11-23T22:30:58.200000Z"))),
              "2026-11-23T22:30:58.123456Z 25");
    for (const auto* text :
         {"", "@", "@400000006b04bea", "400000006b04beac075bca00", "@400000006B04BEAC075BCA00",
          "@400000006b04beac3b9aca00", "@000000006b04beac075bca00", "@ffffffffffffffff075bca00"})
        EXPECT_EQ(shown(read_tai64n_stamp(text, kRead)), "none") << text;
}

TEST(SyslogStamp, BelongsToLastYearOnNewYearsDay)
{
    EXPECT_EQ(syslog("Dec 31 23:59:59", "2027-01-01T00:00:05Z"), "2026-12-31T23:59:59Z 15");
    EXPECT_EQ(syslog("Jan  1 00:00:03", "2027-01-01T00:00:05Z"), "2027-01-01T00:00:03Z 15");
    EXPECT_EQ(syslog("Jan  1 00:00:03", "2026-12-31T23:59:58Z"), "2027-01-01T00:00:03Z 15");
    EXPECT_EQ(syslog("Nov 23 10:00:00", "2027-01-15T00:00:00Z"), "2026-11-23T10:00:00Z 15");
}

TEST(SyslogStamp, IsAtMostADayAhead)
{
    const auto now = "2026-11-23T12:00:00Z"sv;
    EXPECT_EQ(syslog("Nov 23 13:00:00", now), "2026-11-23T13:00:00Z 15");
    EXPECT_EQ(syslog("Nov 24 12:00:00", now), "2026-11-24T12:00:00Z 15");
    EXPECT_EQ(syslog("Nov 24 12:00:01", now), "2025-11-24T12:00:01Z 15");
}

TEST(SyslogStamp, NeedsALeapYearForTheLeapDay)
{
    EXPECT_EQ(syslog("Feb 29 12:00:00", "2028-03-01T00:00:00Z"), "2028-02-29T12:00:00Z 15");
    EXPECT_EQ(syslog("Feb 29 12:00:00", "2028-02-28T00:00:00Z"), "2024-02-29T12:00:00Z 15");
    EXPECT_EQ(syslog("Feb 29 12:00:00", "2028-02-28T13:00:00Z"), "2028-02-29T12:00:00Z 15");
    EXPECT_EQ(syslog("Feb 29 12:00:00", "2026-11-23T00:00:00Z"), "2024-02-29T12:00:00Z 15");
    EXPECT_EQ(syslog("Feb 29 12:00:00", "2104-02-28T00:00:00Z"), "2096-02-29T12:00:00Z 15");
}

TEST(SyslogStamp, JudgesTheYearInTheLocalZone)
{
    // 2027 has begun in Auckland, not yet in UTC.
    EXPECT_EQ(syslog("Jan  1 00:30:00", "2026-12-31T11:30:10Z", Zone::fixed(13h)),
              "2026-12-31T11:30:00Z 15");
    EXPECT_EQ(syslog("Dec 31 20:00:00", "2027-01-01T01:00:10Z", Zone::fixed(-5h)),
              "2027-01-01T01:00:00Z 15");
}

TEST(AZone, KnowsItsOffsetAtEveryInstant)
{
    const auto zone = berlin();
    EXPECT_EQ(zone.offset_at(utc("1999-01-01T00:00:00Z")), 1h);
    EXPECT_EQ(zone.offset_at(utc("2026-03-29T00:59:59Z")), 1h);
    EXPECT_EQ(zone.offset_at(utc("2026-03-29T01:00:00Z")), 2h);
    EXPECT_EQ(zone.offset_at(utc("2026-10-25T00:59:59Z")), 2h);
    EXPECT_EQ(zone.offset_at(utc("2026-10-25T01:00:00Z")), 1h);
    EXPECT_EQ(Zone().offset_at(utc("2026-10-25T01:00:00Z")), 0h);
}

TEST(AZone, ReadsTheHourThatNeverIsWithTheOffsetBefore)
{
    EXPECT_EQ(exim("2026-03-29 01:59:59", berlin()), "2026-03-29T00:59:59Z 19");
    EXPECT_EQ(exim("2026-03-29 02:00:00", berlin()), "2026-03-29T01:00:00Z 19");
    EXPECT_EQ(exim("2026-03-29 02:59:59", berlin()), "2026-03-29T01:59:59Z 19");
    EXPECT_EQ(exim("2026-03-29 03:00:00", berlin()), "2026-03-29T01:00:00Z 19");
}

TEST(AZone, ReadsTheHourThatComesTwiceAsItsFirst)
{
    EXPECT_EQ(exim("2026-10-25 01:59:59", berlin()), "2026-10-24T23:59:59Z 19");
    EXPECT_EQ(exim("2026-10-25 02:00:00", berlin()), "2026-10-25T00:00:00Z 19");
    EXPECT_EQ(exim("2026-10-25 02:59:59", berlin()), "2026-10-25T00:59:59Z 19");
    EXPECT_EQ(exim("2026-10-25 03:00:00", berlin()), "2026-10-25T02:00:00Z 19");
}

TEST(AZone, GivesEveryInstantBackButTheHourThatComesAgain)
{
    const auto zone = berlin();
    const auto again_from = utc("2026-10-25T01:00:00Z");
    for (auto at = utc("2026-01-01T00:00:00Z"); at < utc("2027-01-01T00:00:00Z"); at += 10min) {
        const bool again = at >= again_from && at < again_from + 1h;
        ASSERT_EQ(zone.to_utc(at + zone.offset_at(at)), again ? at - 1h : at)
            << format_timestamp(at);
    }
}

}  // namespace
}  // namespace mailban::log_stamp_test
