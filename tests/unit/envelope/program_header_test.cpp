#include "mailban/envelope/program_header.h"

#include <gtest/gtest.h>

namespace mailban::program_header_test {
namespace {

using namespace std::chrono;

const Zone kAnHourEast = Zone::fixed(hours(1));
const Timestamp kStamp = sys_days(year(2026) / 11 / 23) + hours(22) + minutes(30) + seconds(58);

struct Case {
    std::string line{};
    ProgramForm form{};
    std::string message{};
    Timestamp time{};  // read in kAnHourEast
};

const std::vector<Case>& cases()
{
    const Timestamp local = kStamp - hours(1);
    static const std::vector<Case> kCases{
        {"2026/11/23 22:30:58 [info] 12#12: x", ProgramForm::nginx, "[info] 12#12: x", local},
        {"[2026-11-23 22:30:58,601] INFO in nginx: x", ProgramForm::python, "INFO in nginx: x",
         local + milliseconds(601)},
        {"[2026-11-23 22:30:58.052][69105e66] IMAP[WARNING]: x", ProgramForm::snappymail,
         "IMAP[WARNING]: x", local + milliseconds(52)},
        {"[2026-11-23 22:30:58] x", ProgramForm::snappymail, "x", local},
        {"[2026-11-23 22:30:58 UTC] x", ProgramForm::snappymail, "x", kStamp},
        {"[12] [2026-11-23T22:30:58.123] WARN -- : x", ProgramForm::postal, "WARN -- : x",
         local + milliseconds(123)},
        {"\x1b[34m[smtp.1:12]\x1b[0m [2026-11-23T22:30:58.123] x", ProgramForm::postal, "x",
         local + milliseconds(123)},
        {"[000738:000027-00007F1164C23700] 23-11-2026 22:30:58   x", ProgramForm::domino, "x",
         local},
        {"[28325:00010-3735542592] 2026-11-23 22:30:58   x", ProgramForm::domino, "x", local},
        {"[28325:00010-3735542592] 23.11.2026 22:30:58   x", ProgramForm::domino, "x", local},
        {"[28325:00010-3735542592] 11/23/2026 10:30:58 PM  x", ProgramForm::domino, "x", local},
        {"[Mon Nov 23 22:30:58.123456 2026] [php:notice] x", ProgramForm::apache, "[php:notice] x",
         local + microseconds(123456)},
        {R"({"reqId":"a","level":2,"time":"2026-11-23T22:30:58+00:00","x":1})",
         ProgramForm::nextcloud,
         R"({"reqId":"a","level":2,"time":"2026-11-23T22:30:58+00:00","x":1})", kStamp}};
    return kCases;
}

TEST(AProgramsHeader, IsToldByItsShapeAndGivesTheTime)
{
    for (const auto& [line, form, message, time] : cases()) {
        const auto header = read_line_header(line);
        ASSERT_TRUE(header) << line;
        EXPECT_EQ(header->style, HeaderStyle::program) << line;
        EXPECT_EQ(program_form(header->stamp), form) << line;
        EXPECT_EQ(header->message, message) << line;
        EXPECT_TRUE(header->host.empty()) << line;
        EXPECT_TRUE(header_time(*header, kAnHourEast, kStamp) == time) << line;
    }
}

TEST(AProgramsStamp, IsNoneWithAMistakeInAnyField)
{
    for (const std::string line :
         {"2026/13/23 22:30:58 x", "2026/11/31 22:30:58 x", "2026/11/23 24:30:58 x",
          "2026/11/23 22:60:58 x", "[2026-11-31 22:30:58,601] x", "[2026-11-23 22:30:58,] x",
          "[2026-11-23 22:30:58 CET] x", "[2026-02-29 22:30:58] x",
          "[28325:00010-3735542592] 31-11-2026 22:30:58   x",
          "[28325:00010-3735542592] 13/23/2026 10:30:58 PM  x",
          "[28325:00010-3735542592] 11/23/2026 13:30:58 PM  x",
          "[28325:00010-3735542592] 11/23/2026 00:30:58 AM  x",
          "[Mon Foo 23 22:30:58.123456 2026] x", "[Mon Nov 31 22:30:58.123456 2026] x",
          "[12] [2026-11-23T25:30:58.123] x",
          R"({"reqId":"a","level":2,"time":"2026-11-23T22:30:99+00:00"})"}) {
        const auto header = read_line_header(line);
        EXPECT_FALSE(header && header_time(*header, Zone(), kStamp)) << line;
    }
}

TEST(AProgramsHeader, IsNoneOfOtherText)
{
    for (const std::string line :
         {"", "[", "[]", "2026/11/23", "2026/11/23 22:30:58", "[2026-11-23 22:30:58",
          "{\"reqId\":\"", R"({"reqId":"a\"","level":2,"time":"2026-11-23T22:30:58+00:00"})",
          R"({"level":2,"time":"2026-11-23T22:30:58+00:00"})", "[x] y", "[12] y",
          "[28325:00010-3735542592] 11/23/2026 22:30:58   x", "[28325:00010-3735542592]",
          " 2026/11/23 22:30:58 x", "\x1b[", "\x1b[31m"})
        EXPECT_FALSE(read_program_header(line)) << line;
}

TEST(AnAccessLogsStamp, HasAnOffset)
{
    const auto stamp = read_access_stamp("23/Nov/2026:22:30:58 +0100");
    ASSERT_TRUE(stamp);
    EXPECT_TRUE(stamp->time == kStamp - hours(1));
    EXPECT_EQ(stamp->length, 26U);
    EXPECT_TRUE(read_access_stamp("23/Nov/2026:22:30:58 -0230")->time ==
                kStamp + hours(2) + minutes(30));
    for (const auto* text : {"", "31/Nov/2026:22:30:58 +0100", "23/Nov/2026:22:30:58",
                             "23/nov/2026:22:30:58 +0100", "23/Nov/2026 22:30:58 +0100"})
        EXPECT_FALSE(read_access_stamp(text)) << text;
}

}  // namespace
}  // namespace mailban::program_header_test
