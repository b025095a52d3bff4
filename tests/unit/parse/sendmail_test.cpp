// What Sendmail leaves out of a line, and whether anybody hears of it.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::sendmail_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

std::string failure_of(const std::string& relay)
{
    return "Nov 23 22:36:55 mail sendmail[114]: 6ANMasu8000114: AUTH failure (PLAIN): user not "
           "found (-20) SASL(-13): x, user=bob, relay=" +
           relay;
}

TEST(ASendmailLog, CountsLinesThatHaveLostTheirClient)
{
    LogParser parser;
    const std::string name(100, 'a');
    EXPECT_FALSE(parser.parse(failure_of(name), kNow));
    EXPECT_FALSE(parser.parse(failure_of(name.substr(0, 90) + " [203.0.11"), kNow));
    EXPECT_EQ(parser.concerns().lines(MailServer::sendmail, Concern::lost_lines), 2U);
    EXPECT_TRUE(parser.parse(failure_of("x.example [192.0.2.7]"), kNow));
    EXPECT_FALSE(parser.parse(failure_of("root@localhost"), kNow));
    EXPECT_FALSE(parser.parse("Nov 23 22:36:54 mail sendmail[114]: NOQUEUE: SMTP connect from " +
                                  name + " (203.0.113.75)",
                              kNow));
    EXPECT_TRUE(parser.parse(failure_of(name), kNow));
    EXPECT_EQ(parser.concerns().lines(MailServer::sendmail, Concern::lost_lines), 2U);
}

}  // namespace
}  // namespace mailban::sendmail_test
