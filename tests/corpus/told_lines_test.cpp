// Every *.txt of this folder: the one place to teach mailban a new line.
#include "corpus/told_lines.h"

#include "mailban/parse/log_parser.h"

#include <gtest/gtest.h>

namespace mailban {
namespace {

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

void expect_meanings(const std::string& file, MailServers servers)
{
    const auto lines =
        test::read_told_lines(std::string(MAILBAN_SOURCE_DIR "/tests/corpus/") + file);
    ASSERT_FALSE(lines.empty());
    LogParser parser(servers);
    for (const auto& line : lines) {
        if (line.begins_a_log) parser = LogParser(servers);
        const auto event = parser.parse(line.text, kNow);
        EXPECT_EQ(test::describe(event, line.expected), test::describe(line.expected))
            << file << ":" << line.number << ": " << line.text;
    }
}

TEST(ToldLines, OfEximMeanWhatTheySayToTheEximParser)
{
    expect_meanings("exim.txt", MailServers(MailServer::exim));
}

TEST(ToldLines, OfEximMeanTheSameToTheAutomaticParser)
{
    expect_meanings("exim.txt", MailServers::any());
}

TEST(ToldLines, OfDovecotMeanWhatTheySayToTheDovecotParser)
{
    expect_meanings("dovecot.txt", MailServers(MailServer::dovecot));
}

TEST(ToldLines, OfDovecotMeanTheSameToTheAutomaticParser)
{
    expect_meanings("dovecot.txt", MailServers::any());
}

}  // namespace
}  // namespace mailban
