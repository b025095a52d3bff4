#include "io/daemon/sources.h"

#include "io/source/journal_fixture.h"
#include "mailban/control/health.h"

#include <gmock/gmock.h>

namespace mailban::io {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using testing::UnorderedElementsAre;

std::string failure(int client)
{
    return "login authenticator failed for (x) [192.0.2." + std::to_string(client) +
           "]: 535 Incorrect authentication data";
}

Written from(std::string unit, std::string identifier, int client)
{
    return {failure(client),
            {{"_SYSTEMD_UNIT", std::move(unit)}, {"SYSLOG_IDENTIFIER", std::move(identifier)}}};
}

SourceConfig units(const JournalDirectory& journal, std::vector<std::string> names)
{
    SourceConfig source;
    source.directory = journal.path();
    source.units = std::move(names);
    return source;
}

// One life of the sources: the clients of its events, by log, and where each log was read to.
struct SourcesLife {
    SourcesLife(std::vector<SourceConfig> configs, std::map<std::string, SourcePosition> start)
        : positions(std::move(start))
    {
        SourcesSink sink;
        sink.on_event = [this](const Event& event, std::uint32_t source, Arrival, Timestamp) {
            events.push_back(event.ip.to_string());
            logs.push_back(sources->name_of(source));
        };
        sink.on_progress = [this](const std::string& log, const SourcePosition& position) {
            positions.insert_or_assign(log, position);
        };
        sources = std::make_unique<Sources>(context, std::move(configs), positions, kFirstEntry,
                                            std::move(sink));
        sources->start();
        const bool is_done = run_until(context, [this] {
            const auto reports = sources->reports();
            return std::ranges::all_of(reports, [](const auto& one) { return one.caught_up; });
        });
        EXPECT_TRUE(is_done);
        run_ready(context);
    }
    ~SourcesLife()
    {
        sources->stop();
        EXPECT_TRUE(run_until(context, [this] { return sources->idle(); }));
    }

    asio::io_context context{1};
    std::map<std::string, SourcePosition> positions;
    std::vector<std::string> events{};
    std::vector<std::string> logs{};
    std::unique_ptr<Sources> sources{};
};

TEST(TheSources, AreFilesAndPartsOfTheJournalAlike)
{
    const TempDirectory directory;
    const std::string log = directory / "mainlog";
    std::ofstream(log) << "2027-01-15 08:00:00 " << failure(1) << "\n";
    JournalDirectory journal;
    journal.write("a", {from("exim4.service", "exim", 2), from("ssh.service", "exim", 3)});
    SourceConfig file;
    file.file = log;
    const SourcesLife life({file, units(journal, {"exim4"})}, {});
    EXPECT_THAT(life.events, UnorderedElementsAre("192.0.2.1", "192.0.2.2"));
    const std::string name = "journal " + journal.path() + " unit exim4.service";
    EXPECT_THAT(life.logs, UnorderedElementsAre(log, name));
    ASSERT_EQ(life.positions.size(), 2U);
    EXPECT_TRUE(std::holds_alternative<LogPosition>(life.positions.at(log)));
    EXPECT_TRUE(std::holds_alternative<JournalPosition>(life.positions.at(name)));
    const auto reports = life.sources->reports();
    ASSERT_EQ(reports.size(), 2U);
    EXPECT_EQ(reports[1].file, name);
    EXPECT_EQ(reports[1].events, 1U);
    EXPECT_TRUE(reports[1].present);
}

TEST(TheSources, ReadNoUnitAgainWhenOneMoreIsAdded)
{
    JournalDirectory journal;
    journal.write("a", {from("a.service", "exim", 1), from("b.service", "exim", 2)});
    std::map<std::string, SourcePosition> positions;
    {
        const SourcesLife life({units(journal, {"a"})}, {});
        EXPECT_THAT(life.events, ElementsAre("192.0.2.1"));
        positions = life.positions;
    }
    const SourcesLife life({units(journal, {"b.service", "a.service"})}, positions);
    EXPECT_THAT(life.events, ElementsAre("192.0.2.2"));
}

TEST(TheSources, TakeAnEntryOnceThatTwoOfThemNameInDifferentWays)
{
    JournalDirectory journal;
    journal.write("a", {from("a@1.service", "exim", 1), from("b.service", "exim", 2)});
    auto both = units(journal, {"a@1.service", "a@.service", "a*", "a@1.service"});
    both.identifiers = {"exim"};
    const SourcesLife life({both, units(journal, {"b"})}, {});
    EXPECT_THAT(life.events, UnorderedElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST(TheSources, SayNothingAnyMoreOnceStopped)
{
    JournalDirectory journal;
    journal.write("a", {from("a.service", "exim", 1)});
    SourcesLife life({units(journal, {"a"})}, {});
    life.events.clear();
    life.sources->stop();
    journal.write("b", {from("a.service", "exim", 2)});
    ASSERT_TRUE(run_until(life.context, [&] { return life.sources->idle(); }));
    EXPECT_THAT(life.events, IsEmpty());
}

SourceConfig file_source(const std::string& path)
{
    SourceConfig source;
    source.file = path;
    return source;
}

TEST(TheSources, TellHowManyLinesAreAMailServers)
{
    const TempDirectory directory;
    const std::string log = directory / "syslog";
    std::ofstream(log)
        << "2027-01-15T08:00:00+00:00 mail CRON[1]: (root) CMD (true)\n"
        << "2027-01-15T08:00:00+00:00 mail dovecot: master: Dovecot v2.3.19 starting up\n"
        << "2027-01-15T08:00:00+00:00 mail postfix/master[7]: daemon started\n";
    const SourcesLife life({file_source(log)}, {});
    const auto reports = life.sources->reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].lines, 3U);
    EXPECT_EQ(reports[0].known, 2U);
    EXPECT_EQ(judge_sight(reports), Sight::sees);
}

TEST(TheSources, TellOfAPatternThatNoLogMatches)
{
    const TempDirectory directory;
    const SourcesLife life({file_source(directory / "*.log")}, {});
    const auto reports = life.sources->reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].file, directory / "*.log");
    EXPECT_TRUE(reports[0].is_pattern);
    EXPECT_EQ(judge_sight(reports), Sight::blind);
}

TEST(TheSources, SeeInARotatedFileThatAQuietServerLogsHere)
{
    const TempDirectory directory;
    std::ofstream(directory / "mail.log.1")
        << "Jan 15 08:00:00 mail postfix/master[7]: daemon started\n";
    std::ofstream(directory / "mail.log") << "";
    const SourcesLife life({file_source(directory / "mail.log")}, {});
    EXPECT_EQ(judge_sight(life.sources->reports()), Sight::blind);
    life.sources->look_back();
    EXPECT_EQ(judge_sight(life.sources->reports()), Sight::sees);
}

TEST(TheSources, WaitForALogThatIsNewAndEmpty)
{
    const TempDirectory directory;
    std::ofstream(directory / "mail.log") << "";
    const SourcesLife life({file_source(directory / "mail.log")}, {});
    life.sources->look_back();
    EXPECT_EQ(judge_sight(life.sources->reports()), Sight::waits);
}

TEST(TheSources, DoNotWaitForOneThatHasOtherLines)
{
    const TempDirectory directory;
    std::ofstream log(directory / "syslog");
    for (int count = 0; count < 30; ++count)
        log << "Jan 15 08:00:00 mail CRON[1]: (root) CMD (true)\n";
    log.close();
    const SourcesLife life({file_source(directory / "syslog")}, {});
    life.sources->look_back();
    EXPECT_EQ(judge_sight(life.sources->reports()), Sight::blind);
}

TEST(TheSources, SeeInTheJournalsPastThatAQuietUnitLogsThere)
{
    JournalDirectory journal;
    journal.write("a", {from("dovecot.service", "dovecot", 1)});
    std::map<std::string, SourcePosition> positions;
    {
        const SourcesLife life({units(journal, {"dovecot"})}, {});
        positions = life.positions;
    }
    const SourcesLife life({units(journal, {"dovecot"})}, positions);
    EXPECT_EQ(life.sources->reports()[0].known, 0U);
    life.sources->look_back();
    EXPECT_TRUE(life.sources->reports()[0].had_known);
}

}  // namespace
}  // namespace mailban::io
