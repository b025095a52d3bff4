#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::log_parser_test {
namespace {

using std::chrono::hours;
using std::chrono::milliseconds;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

constexpr std::string_view kFailure =
    "login authenticator failed for (x) [192.0.2.7]: 535 Incorrect authentication data";

std::optional<Event> parsed(const std::string& line, LogParser parser = LogParser())
{
    return parser.parse(line, kNow);
}

std::string time_of(const std::string& line, const Zone& zone = {})
{
    const auto event = parsed(line, LogParser(MailServers::any(), zone));
    return event ? format_timestamp(event->time) : "nothing";
}

TEST(ALogParser, ReadsAnEntryOfTheJournalByItsFields)
{
    LogMessage entry{.time = kNow, .host = "mail", .program = "exim", .pid = 54, .text = kFailure};
    const auto event = LogParser().parse(entry);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->ip, IpAddress::v4(192, 0, 2, 7));
    EXPECT_EQ(event->time, kNow);
    EXPECT_EQ(event->pid, 54U);
    entry.program = "sshd";
    EXPECT_FALSE(LogParser().parse(entry));
    EXPECT_TRUE(LogParser(MailServers(MailServer::exim)).parse(entry));
}

TEST(ALogParser, CountsWhatLinesShowOfTheirLog)
{
    LogParser parser;
    EXPECT_TRUE(parser.concerns().entries().empty());
    const std::string lost = "**** log string overflowed log buffer ****";
    EXPECT_FALSE(parser.parse("2026-11-23 18:50:24 " + lost, kNow));
    const auto reading = parser.read_line("Nov 23 18:50:24 mail exim[9]: " + lost, kNow);
    EXPECT_EQ(reading.concern, Concern::lost_lines);
    EXPECT_FALSE(parser.read_line("2026-11-23 18:50:24 Start queue run", kNow).concern);
    LogMessage entry{.time = kNow, .host = "mail", .program = "exim", .pid = 54, .text = lost};
    parser.parse(entry);
    EXPECT_EQ(parser.concerns().lines(MailServer::exim, Concern::lost_lines), 3U);
}

// It remembers the last one.
TEST(ALogParser, ReadsEachStampAsItIsMeantThen)
{
    const auto time_at = [](LogParser& parser, const std::string& stamp, Timestamp now = kNow) {
        const auto event = parser.parse(stamp + std::string(kFailure), now);
        return event ? format_timestamp(event->time) : "nothing";
    };
    LogParser parser;
    for (int line = 0; line < 2; ++line)
        EXPECT_EQ(time_at(parser, "2026-11-23 18:50:24 "), "2026-11-23T18:50:24Z");
    EXPECT_EQ(time_at(parser, "2026-11-23 18:50:25 "), "2026-11-23T18:50:25Z");
    EXPECT_EQ(time_at(parser, "2026-11-23 18:50:25 +0100 "), "2026-11-23T17:50:25Z");
    EXPECT_EQ(time_at(parser, "2026-11-23 18:50:25.5 "), "2026-11-23T18:50:25.500Z");
    EXPECT_EQ(time_at(parser, "2026-11-23 18:50:25 "), "2026-11-23T18:50:25Z");
    parser.set_zone(Zone::fixed(hours(1)));
    EXPECT_EQ(time_at(parser, "2026-11-23 18:50:25 "), "2026-11-23T17:50:25Z");
}

TEST(ALogParser, ReadsAnEntryOfSeveralLinesAsOneMessage)
{
    const std::string text = "a remark\n" + std::string(kFailure);
    EXPECT_FALSE(LogParser().parse(LogMessage{.time = kNow, .program = "exim", .text = text}));
}

TEST(ALogParser, FillsAllOfAnEvent)
{
    const auto event = parsed(
        "2026-11-23 22:29:06.551 [54] login authenticator failed for (client.example) "
        "[192.0.2.82]:53953 I=[192.0.2.1]:25: 535 Incorrect authentication data (set_id=bob)");
    Event expected;
    expected.time = std::chrono::sys_days(std::chrono::year(2026) / 11 / 23) + hours(22) +
                    std::chrono::minutes(29) + milliseconds(6551);
    expected.kind = EventKind::auth_failure;
    expected.ip = IpAddress::v4(192, 0, 2, 82);
    expected.account = "bob";
    expected.server = MailServer::exim;
    expected.service = Service::smtp;
    expected.reply = ReplyCode::parse("535");
    expected.client_port = 53953;
    expected.local_port = 25;
    expected.pid = 54;
    expected.mechanism = name_mark("login");
    EXPECT_EQ(event, expected);
}

TEST(ALogParser, TakesTheBestStampOfALine)
{
    const std::string failure(kFailure);
    EXPECT_EQ(time_of("2026-11-23 22:26:28 " + failure), "2026-11-23T22:26:28Z");
    EXPECT_EQ(time_of("2026-11-23 22:26:28 +0100 " + failure), "2026-11-23T21:26:28Z");
    // Traditional syslog has no year; Exim's own stamp has.
    EXPECT_EQ(time_of("Nov 23 22:26:28 mail exim[1]: " + failure), "2026-11-23T22:26:28Z");
    EXPECT_EQ(time_of("Nov 23 22:26:28 mail exim[1]: 2024-11-23 22:26:27 " + failure),
              "2024-11-23T22:26:27Z");
    // An ISO stamp has an offset as well.
    EXPECT_EQ(time_of("2026-11-23T22:26:28+02:00 mail exim[1]: 2026-11-23 22:26:27 " + failure),
              "2026-11-23T20:26:28Z");
}

TEST(ALogParser, TellsDovecotsOwnLogFromEximsByItsFirstWords)
{
    const auto server_of = [](const std::string& line) {
        const auto event = parsed(line);
        return event ? std::string(to_string(event->server)) : "none";
    };
    EXPECT_EQ(server_of("2026-11-23 22:26:28 auth: Info: sql(bob,192.0.2.7): unknown user"),
              "dovecot");
    EXPECT_EQ(server_of("2026-11-23 22:26:28 auth(bob,192.0.2.7,sasl:plain): Info: sql: unknown "
                        "user"),
              "dovecot");
    EXPECT_EQ(server_of("2026-11-23 22:26:28 auth authenticator failed for (auth: Info: x) "
                        "[192.0.2.7]: 535 Incorrect authentication data"),
              "exim");
    EXPECT_EQ(server_of("Nov 23 22:26:28 auth: Info: sql(bob,192.0.2.7): unknown user"), "dovecot");
    // Another program that calls itself so; its lines have no level.
    EXPECT_EQ(server_of("Nov 23 22:26:28 auth: sql(bob,192.0.2.7): unknown user"), "none");
    EXPECT_EQ(server_of("Nov 23 22:26:28 mail auth: Info: sql(bob,192.0.2.7): unknown user"),
              "none");
}

TEST(ALogParser, ReadsLocalTimeInItsZone)
{
    const auto zone = Zone::fixed(hours(2));
    const std::string failure(kFailure);
    EXPECT_EQ(time_of("2026-11-23 22:26:28 " + failure, zone), "2026-11-23T20:26:28Z");
    EXPECT_EQ(time_of("Nov 23 22:26:28 mail exim[1]: " + failure, zone), "2026-11-23T20:26:28Z");
    EXPECT_EQ(time_of("2026-11-23T22:26:28Z mail exim[1]: " + failure, zone),
              "2026-11-23T22:26:28Z");
}

TEST(ALogParser, BelievesOtherProgramsOnlyIfToldTo)
{
    const auto line = "Nov 23 22:26:28 mail mta[1]: " + std::string(kFailure);
    EXPECT_FALSE(parsed(line));
    EXPECT_TRUE(parsed(line, LogParser(MailServers(MailServer::exim))));
    for (const auto* program : {"exim", "exim4", "Exim", "exim-in"})
        EXPECT_TRUE(parsed("Nov 23 22:26:28 mail " + std::string(program) +
                           "[1]: " + std::string(kFailure)));
}

// OpenSMTPD's program is "smtpd", too; behind a slash it is Postfix's.
TEST(ALogParser, TellsPostfixByItsPrograms)
{
    const auto postfix = [] { return LogParser(MailServers(MailServer::postfix)); };
    const auto line_of = [](const std::string& program) {
        return "Nov 23 22:26:32 mail " + program +
               "[143]: warning: unknown[192.0.2.7]: SASL LOGIN authentication failed: UGFzc3dvcmQ6";
    };
    EXPECT_FALSE(parsed(line_of("smtpd")));
    EXPECT_TRUE(parsed(line_of("smtpd"), postfix()));
    for (const auto* program : {"postfix/smtpd", "postfix-in/smtps/smtpd", "mx1/smtpd"}) {
        EXPECT_TRUE(parsed(line_of(program))) << program;
        EXPECT_TRUE(parsed(line_of(program), postfix())) << program;
        EXPECT_FALSE(parsed(line_of(program), LogParser(MailServers(MailServer::exim)))) << program;
    }
    for (const auto* program : {"postfix/smtp", "postfix/lmtp", "postfix/cleanup", "postfix", "x"})
        EXPECT_FALSE(parsed(line_of(program), postfix())) << program;
}

TEST(ALogParser, FindsNothingInWhatIsNoLog)
{
    EXPECT_FALSE(parsed(""));
    EXPECT_FALSE(parsed(std::string(1, '\0')));
    EXPECT_FALSE(parsed(std::string(64 * 1024, '[')));
    EXPECT_FALSE(parsed(std::string(kFailure)));
}

// A line that could make the search for the end of a HELO name quadratic ends it.
TEST(ALogParser, GivesUpOnALineOfBrackets)
{
    std::string line = "2026-11-23 22:26:28 login authenticator failed for (";
    for (int count = 0; count < 65; ++count)
        line += ") [192.0.2.7]";
    EXPECT_FALSE(parsed(line + ": 535 Incorrect authentication data"));
}

TEST(ALogParser, ReadsLinesThatHoldAnyByte)
{
    const std::string line =
        "2026-11-23 22:26:28 login authenticator failed for (a" + std::string("\0\xff\r\x1b", 4) +
        ") [192.0.2.7]: 535 Incorrect authentication data (set_id=" + std::string("\0\x80", 2) +
        ")";
    const auto event = parsed(line);
    ASSERT_TRUE(event);
    EXPECT_EQ(event->ip.to_string(), "192.0.2.7");
    EXPECT_EQ(event->account, std::string("\0\x80", 2));
}

std::string server_of(const std::string& program, const std::string& message)
{
    const auto event = parsed("Nov 23 22:26:28 mail " + program + "[1]: " + message);
    return event ? std::string(to_string(event->server)) : "nobody";
}

TEST(ALogParser, KnowsTheProgramsOfSendmailCyrusAndOpenSmtpd)
{
    const std::string early =
        "rejecting commands from x [192.0.2.7] due to pre-greeting traffic after 0 seconds";
    for (const auto* program : {"sendmail", "sm-mta", "sm-msp-queue", "sm-acceptingconnections"})
        EXPECT_EQ(server_of(program, early), "sendmail");
    const std::string bad_login = "badlogin: x [192.0.2.7] plaintext (bob) invalid user";
    for (const auto* program : {"cyrus/imap", "cyrus/pop3s", "imap", "imaps", "pop3", "sieve",
                                "timsieved", "lmtp", "cyrus/anything", "http"})
        EXPECT_EQ(server_of(program, bad_login), "cyrus");
    const std::string wrong =
        "980a4c722859b973 smtp event=authentication user=x address=192.0.2.7 host=x "
        "result=permfail";
    EXPECT_EQ(server_of("smtpd", wrong), "opensmtpd");
    // Postfix, Courier, Dovecot.
    for (const auto* program :
         {"postfix/smtpd", "postfix/submission/smtpd", "imapd", "imap-login"}) {
        EXPECT_EQ(server_of(program, wrong), "nobody");
        EXPECT_EQ(server_of(program, bad_login), "nobody");
    }
}

TEST(ALogParser, ReadsSendmailUnderAnyTagThatItIsToldOf)
{
    const auto event = parsed(
        "Nov 23 22:26:28 mail out/mta[1]: AUTH=server, relay=[192.0.2.7], authid=bob, mech=x",
        LogParser(MailServers(MailServer::sendmail)));
    ASSERT_TRUE(event);
    EXPECT_EQ(event->kind, EventKind::auth_success);
}

struct Owned {
    const char* line = "";
    bool is_known = false;
};

class TheWriterOfALine : public ::testing::TestWithParam<Owned> {};

TEST_P(TheWriterOfALine, IsAMailServerOrNobody)
{
    LogParser parser;
    parser.parse(GetParam().line, Timestamp(std::chrono::seconds(1'800'000'000)));
    EXPECT_EQ(parser.last_writer().has_value(), GetParam().is_known) << GetParam().line;
}

INSTANTIATE_TEST_SUITE_P(
    Lines, TheWriterOfALine,
    ::testing::Values(
        Owned{"Jan 15 08:00:00 mail postfix/master[7]: daemon started -- version 3.7.11", true},
        Owned{"Jan 15 08:00:00 mail dovecot: master: Dovecot v2.3.19.1 starting up", true},
        Owned{"2027-01-15 08:00:00 exim 4.96 daemon started: pid=812, -q30m", true},
        Owned{"2027-01-15 08:00:00 Start queue run: pid=900", true},
        Owned{"2027-01-15 08:00:00 status installed libc6:amd64 2.36-9", false},
        Owned{"Jan 15 08:00:00 mail CRON[1]: (root) CMD (true)", false},
        Owned{"Jan 15 08:00:00 mail sshd[9]: Failed password for root from 192.0.2.7", false},
        Owned{"", false}, Owned{"no header at all", false}));

TEST(AWriter, IsNoServerThatWasNotNamed)
{
    const Timestamp now{std::chrono::seconds(1'800'000'000)};
    LogParser parser{MailServers(MailServer::exim)};
    parser.parse("Jan 15 08:00:00 mail dovecot: master: starting up", now);
    EXPECT_FALSE(parser.last_writer());
    parser.parse("Jan 15 08:00:00 mail cron[1]: (root) CMD (true)", now);
    EXPECT_FALSE(parser.last_writer());
    parser.parse("2027-01-15 08:00:00 whatever", now);
    EXPECT_EQ(parser.last_writer(), MailServer::exim);
}

}  // namespace
}  // namespace mailban::log_parser_test
