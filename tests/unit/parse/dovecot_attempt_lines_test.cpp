// Whether a log tells of each attempt (auth_verbose = yes), and what follows from it.
#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

#include <string>

namespace mailban::dovecot_attempt_lines_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 29);
const std::string kAuthLine = "dovecot: auth: passwd-file(bob,192.0.2.33,<a>): Password mismatch";
const std::string kEnd =
    "dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<bob>, "
    "method=PLAIN, rip=192.0.2.33, lip=192.0.2.1, session=<a>";
const std::string kNameless =
    "dovecot: imap-login: Disconnected (auth failed, 1 attempts in 2 secs): user=<>, "
    "method=PLAIN, rip=192.0.2.33, lip=192.0.2.1, session=<a>";

struct ALogOfDovecot : ::testing::Test {
    LogParser parser{};

    void read(const std::string& message, const std::string& host = "mail")
    {
        EXPECT_TRUE(parser.parse("Nov 28 18:19:14 " + host + " " + message, kNow)) << message;
    }
    std::uint64_t hidden() const
    {
        return parser.concerns().lines(MailServer::dovecot, Concern::hidden_attempts);
    }
};

TEST_F(ALogOfDovecot, RaisesAConcernWhereLoginsFailAndNoAttemptIsTold)
{
    read(kEnd);
    read(kEnd);
    EXPECT_EQ(hidden(), 0U);
    read(kEnd);
    read(kEnd);
    EXPECT_EQ(hidden(), 2U);
    read(kAuthLine);
    EXPECT_EQ(hidden(), 0U);
}

TEST_F(ALogOfDovecot, RaisesNoneWhereEachAttemptIsTold)
{
    for (int round = 0; round < 10; ++round) {
        read(kAuthLine);
        read(kEnd);
        read(kEnd);
    }
    EXPECT_EQ(hidden(), 0U);
}

// Of these the auth service has nothing to say.
TEST_F(ALogOfDovecot, RaisesNoneForAttemptsThatWereTakenBack)
{
    for (int round = 0; round < 10; ++round)
        read(kNameless);
    EXPECT_EQ(hidden(), 0U);
}

TEST_F(ALogOfDovecot, KnowsItsMachinesApart)
{
    for (int round = 0; round < 5; ++round) {
        read(kAuthLine, "mail1");
        read(kEnd, "mail1");
        read(kEnd, "mail2");
    }
    EXPECT_EQ(hidden(), 3U);
    for (int host = 0; host < 1000; ++host)
        read(kEnd, "mail" + std::to_string(host));
    read(kAuthLine, "mail2");
}

// LOGIN without TLS, refused unread: Dovecot 2.3.19 names no method then.
const std::string kWithoutTls =
    "dovecot: imap-login: Disconnected: Connection closed (auth failed, 3 attempts in 0 secs): "
    "user=<bob>, rip=192.0.2.33, lip=192.0.2.1, session=<a>";

EventKind kind_of(LogParser& parser, const std::string& message)
{
    const auto event = parser.parse("Nov 28 18:19:14 mail " + message, kNow);
    return event ? event->kind : EventKind::rejected;
}

TEST_F(ALogOfDovecot, TellsAttemptsWithoutTlsFromWrongPasswords)
{
    EXPECT_EQ(kind_of(parser, kWithoutTls), EventKind::auth_failure);  // its format may be another
    read(kEnd);
    const auto event = parser.parse("Nov 28 18:19:14 mail " + kWithoutTls, kNow);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, EventKind::abuse);
    EXPECT_EQ(event->attempts, 1U);
    EXPECT_EQ(event->ip.to_string(), "192.0.2.33");
    for (int round = 0; round < 10; ++round)
        read(kWithoutTls);
    EXPECT_EQ(hidden(), 0U);
}

// A name that a client chooses shows nothing of the log's format.
TEST_F(ALogOfDovecot, BelievesNoMethodInAName)
{
    read(
        "dovecot: imap-login: Login: user=<x>, method=PLAIN, z=<y>, rip=192.0.2.33, "
        "lip=192.0.2.1, session=<a>");
    EXPECT_EQ(kind_of(parser, kWithoutTls), EventKind::auth_failure);
}

}  // namespace
}  // namespace mailban::dovecot_attempt_lines_test
