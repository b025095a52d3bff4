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

// Servers whose lines people wrote from documentation and sources alone, and those that were run.
struct Told {
    std::string file{};
    MailServer server = MailServer::exim;
};

class ToldLinesOf : public testing::TestWithParam<Told> {};

TEST_P(ToldLinesOf, MeanWhatTheySayToTheParserOfTheirServer)
{
    expect_meanings(GetParam().file + ".txt", MailServers(GetParam().server));
}

TEST_P(ToldLinesOf, MeanTheSameToTheAutomaticParser)
{
    expect_meanings(GetParam().file + ".txt", MailServers::any());
}

INSTANTIATE_TEST_SUITE_P(
    Others, ToldLinesOf,
    testing::Values(Told{"courier", MailServer::courier}, Told{"haraka", MailServer::haraka},
                    Told{"roundcube", MailServer::roundcube}, Told{"sogo", MailServer::sogo},
                    Told{"horde", MailServer::horde}, Told{"stalwart", MailServer::stalwart},
                    Told{"zimbra", MailServer::zimbra}, Told{"kerio", MailServer::kerio}),
    [](const auto& told) { return told.param.file; });

}  // namespace
}  // namespace mailban
