#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::own_logs_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

// Where the address stands behind a text with line feeds, nothing is believed.
TEST(AProgramsForgeableLog, IsNotBelieved)
{
    for (const auto* line :
         {"[23-Nov-2026 22:30:58 +0100] mailcow UI: Invalid password for x by 8.8.8.8",
          "[23-Nov-2026 22:30:58 +0100] PostfixAdmin user login failed (username: x, ip_address: "
          "8.8.8.8)"}) {
        LogParser parser;
        EXPECT_FALSE(parser.parse(line, kNow)) << line;
        EXPECT_EQ(parser.concerns().entries().size(), 1U) << line;
    }
}

// Of two clients that come one after the other, both are found, live and in an old log of some
// length.
TEST(TheNginxParser, FindsClientsThatComeOneAfterTheOther)
{
    const auto failure = [](const std::string& client) {
        return "2026/11/23 22:30:58 [info] 12#12: *210 client login failed: \"x\" while in http "
               "auth "
               "state, client: " +
               client + ", server: 0.0.0.0:465, login: \"bob\"";
    };
    LogParser live;
    EXPECT_TRUE(live.parse(failure("192.0.2.7"), kNow));
    EXPECT_TRUE(live.parse(failure("192.0.2.9"), kNow + std::chrono::seconds(3)));
    EXPECT_FALSE(live.parse(failure("192.0.2.7"), kNow + std::chrono::seconds(4)));
    EXPECT_EQ(live.concerns().lines(MailServer::nginx, Concern::forgeable), 1U);
    LogParser old;
    EXPECT_TRUE(old.parse(failure("192.0.2.7"), kNow));
    int found = 0;
    for (int count = 0; count < 30; ++count)
        found += old.parse(failure("192.0.2.9"), kNow) ? 1 : 0;
    EXPECT_GT(found, 10);
}

}  // namespace
}  // namespace mailban::own_logs_test
