// Every *.txt of this folder: the one place to teach mailban a new line.
#include "corpus/told_lines.h"

#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban::told_lines_test {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

class ToldLines : public ::testing::TestWithParam<MailServer> {
protected:
    static void expect_meanings(MailServers servers)
    {
        const auto file = std::string(to_string(GetParam())) + ".txt";
        const auto lines = test::read_told_lines(MAILBAN_SOURCE_DIR "/tests/corpus/" + file);
        ASSERT_FALSE(lines.empty());
        LogParser parser(servers);
        for (const auto& line : lines) {
            if (line.begins_a_log) parser = LogParser(servers, {}, {}, line.assured);
            const auto event = parser.parse(line.text, kNow);
            const auto expected = servers.contains(GetParam()) ? line.expected : std::nullopt;
            EXPECT_EQ(test::describe(event, expected), test::describe(expected))
                << file << ":" << line.number << ": " << line.text;
        }
    }
};

TEST_P(ToldLines, MeanWhatTheySayToTheServersParser)
{
    expect_meanings(MailServers(GetParam()));
}

TEST_P(ToldLines, MeanTheSameToTheAutomaticParser)
{
    expect_meanings(MailServers::any());
}

// One file a server that has a parser.
INSTANTIATE_TEST_SUITE_P(
    Of, ToldLines,
    ::testing::Values(MailServer::exim, MailServer::postfix, MailServer::dovecot,
                      MailServer::sendmail, MailServer::opensmtpd, MailServer::courier,
                      MailServer::cyrus, MailServer::haraka, MailServer::stalwart,
                      MailServer::zimbra, MailServer::kerio, MailServer::roundcube,
                      MailServer::sogo, MailServer::horde, MailServer::nginx, MailServer::mailu,
                      MailServer::snappymail, MailServer::postal, MailServer::modoboa,
                      MailServer::maddy, MailServer::axigen, MailServer::domino,
                      MailServer::nextcloud, MailServer::postfixadmin, MailServer::mailcow),
    [](const auto& server) { return std::string(to_string(server.param)); });

}  // namespace
}  // namespace mailban::told_lines_test
