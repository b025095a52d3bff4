// What syslog daemons leave out is counted all the same, and nothing else is.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::repeated_line_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

constexpr std::string_view kHead = "Nov 23 22:26:32 mail postfix/smtpd[143]: ";
constexpr std::string_view kFailure =
    "warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6";

class ALogWithRepeatedLines : public ::testing::Test {
protected:
    // "time address xN", or "nothing".
    std::string read(std::string_view line)
    {
        const auto event = parser_.parse(line, kNow);
        if (!event) return "nothing";
        return format_timestamp(event->time).substr(11, 8) + " " + event->ip.to_string() + " x" +
               std::to_string(event->attempts);
    }

    std::string read_message(std::string_view message)
    {
        return read(std::string(kHead) + std::string(message));
    }

    std::string fail() { return read_message(kFailure); }

    LogParser parser_{};
};

TEST_F(ALogWithRepeatedLines, CountsThemByTheNumberThatRsyslogGives)
{
    EXPECT_EQ(fail(), "22:26:32 192.0.2.7 x1");
    EXPECT_EQ(read_message("message repeated 4 times: [ " + std::string(kFailure) + "]"),
              "22:26:32 192.0.2.7 x4");
    EXPECT_EQ(read("2026-11-23T22:28:46Z mail postfix/smtpd[1]: message repeated 2 times: [ " +
                   std::string(kFailure) + "]"),
              "22:28:46 192.0.2.7 x2");
    EXPECT_EQ(read("<20>1 2026-11-23T22:28:46Z mail postfix/smtpd 1 - - message repeated 2 times: "
                   "[ " +
                   std::string(kFailure) + "]"),
              "22:28:46 192.0.2.7 x2");
}

TEST_F(ALogWithRepeatedLines, OfOtherServersAreReadAlike)
{
    EXPECT_EQ(read("Nov 23 22:26:32 mail exim[7]: message repeated 3 times: [ login authenticator "
                   "failed for (x) [192.0.2.7]: 535 Incorrect authentication data (set_id=bob)]"),
              "22:26:32 192.0.2.7 x3");
}

TEST_F(ALogWithRepeatedLines, LosesTheAccountWhereTheMessageWasCut)
{
    const auto message = [](std::size_t length) {
        std::string text = " " + std::string(kFailure) + ", sasl_username=";
        text.append(length - text.size(), 'a');
        return std::string(kHead) + "message repeated 4 times: [" + text + "]";
    };
    EXPECT_TRUE(parser_.parse(message(799), kNow)->account);
    EXPECT_FALSE(parser_.parse(message(800), kNow)->account);
}

TEST_F(ALogWithRepeatedLines, CountsThemByTheNumberThatSysklogdGives)
{
    EXPECT_EQ(fail(), "22:26:32 192.0.2.7 x1");
    EXPECT_EQ(read("Nov 23 22:27:02 mail last message repeated 2 times"), "22:27:02 192.0.2.7 x2");
    // It goes on.
    EXPECT_EQ(read("Nov 23 22:29:02 mail last message repeated 1 time"), "22:29:02 192.0.2.7 x1");
    // Old rsyslog, with the tag of the line that was repeated.
    EXPECT_EQ(read("Nov 23 22:30:02 mail postfix/smtpd[143]: last message repeated 3 times"),
              "22:30:02 192.0.2.7 x3");
}

TEST_F(ALogWithRepeatedLines, RepeatsTheLineBeforeWithoutItsOwnRepetitions)
{
    EXPECT_EQ(read_message("message repeated 4 times: [ " + std::string(kFailure) + "]"),
              "22:26:32 192.0.2.7 x4");
    EXPECT_EQ(read("Nov 23 22:27:02 mail last message repeated 2 times"), "22:27:02 192.0.2.7 x2");
}

TEST_F(ALogWithRepeatedLines, RepeatsNothingButTheLineJustBefore)
{
    const std::string_view repeated = "Nov 23 22:27:02 mail last message repeated 2 times";
    EXPECT_EQ(read(repeated), "nothing");
    fail();
    EXPECT_EQ(read_message("connect from unknown[192.0.2.7]"), "nothing");
    EXPECT_EQ(read(repeated), "nothing");
    fail();
    EXPECT_EQ(read("not a line of a log"), "nothing");
    EXPECT_EQ(read(repeated), "nothing");
    fail();
    EXPECT_EQ(read("Nov 23 22:26:32 mail cron[1]: x"), "nothing");
    EXPECT_EQ(read(repeated), "nothing");
}

TEST_F(ALogWithRepeatedLines, RepeatsNothingOfAnotherHost)
{
    fail();
    EXPECT_EQ(read("Nov 23 22:27:02 other last message repeated 2 times"), "nothing");
    EXPECT_EQ(read("Nov 23 22:27:02 last message repeated 2 times"), "nothing");
}

TEST_F(ALogWithRepeatedLines, IsNotMovedByClientsThatImitateThem)
{
    const std::string forged =
        "message repeated 9 times: [ warning: unknown[8.8.8.8]: SASL LOGIN authentication failed: "
        "x]";
    EXPECT_EQ(read_message(std::string(kFailure) + ", sasl_username=" + forged),
              "22:26:32 192.0.2.7 x1");
    EXPECT_EQ(read_message("4BF0155EF: message-id=<" + forged + ">"), "nothing");
    EXPECT_EQ(read_message(std::string(kFailure) + ", sasl_username=last message repeated 9 times"),
              "22:26:32 192.0.2.7 x1");
    EXPECT_EQ(read_message("last message repeated 9 times and more"), "nothing");
    // Files that a server writes itself are not a syslog daemon's.
    EXPECT_EQ(read("2026-11-23 22:26:28 last message repeated 9 times"), "nothing");
}

TEST_F(ALogWithRepeatedLines, BelievesNoNumberBeyondReason)
{
    const auto repeated = [](const std::string& times) {
        return "message repeated " + times + " times: [ " + std::string(kFailure) + "]";
    };
    EXPECT_EQ(read_message(repeated("4000000000")), "22:26:32 192.0.2.7 x100000");
    EXPECT_EQ(read("Nov 23 22:27:02 mail last message repeated 4000000000 times"),
              "22:27:02 192.0.2.7 x100000");
    EXPECT_EQ(read_message(repeated("0")), "nothing");
    EXPECT_EQ(read_message(repeated("-1")), "nothing");
    EXPECT_EQ(read_message(repeated("99999999999999999999")), "nothing");
}

}  // namespace
}  // namespace mailban::repeated_line_test
