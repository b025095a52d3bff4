#include "io/daemon/sources_fixture.h"
#include "mailban/control/health.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::sources_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

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

SourceConfig found_file(const std::string& path)
{
    return {.file = path, .found = true};
}

std::string exim_line(int client)
{
    return "2027-01-15 08:00:00 " + failure(client) + "\n";
}

TEST(AFoundLog, IsFollowedFromThenOnWhileTheOthersGoOn)
{
    const TempDirectory directory;
    const std::string first = directory / "a";
    const std::string second = directory / "b";
    std::ofstream(first) << exim_line(1);
    SourcesLife life({found_file(first)}, {});
    std::ofstream(second) << exim_line(2);
    EXPECT_THAT(life.sources->follow_found({found_file(first), found_file(second)}),
                ElementsAre(second));
    EXPECT_TRUE(run_until(life.context, [&] { return life.events.size() == 2; }));
    EXPECT_THAT(life.events, ElementsAre("192.0.2.1", "192.0.2.2"));
    EXPECT_THAT(life.sources->follow_found({found_file(first), found_file(second)}), IsEmpty());
    EXPECT_TRUE(life.sources->reports().back().found);
}

TEST(AFoundLog, ThatIsGoneIsGivenUpAtTheSecondLookAndGoesOnWhenItIsBack)
{
    const TempDirectory directory;
    const std::string log = directory / "a";
    std::ofstream(log) << exim_line(1);
    SourcesLife life({found_file(log)}, {});
    std::filesystem::rename(log, directory / "elsewhere");
    const auto is_absent = [&] { return !life.sources->reports().front().present; };
    ASSERT_TRUE(run_until(life.context, is_absent));
    EXPECT_EQ(life.sources->reports().front().problem, "");
    life.sources->follow_found({});
    EXPECT_EQ(life.sources->reports().size(), 1U);
    life.sources->follow_found({});
    EXPECT_THAT(life.sources->reports(), IsEmpty());
    std::filesystem::rename(directory / "elsewhere", log);
    std::ofstream(log, std::ios::app) << exim_line(2);
    EXPECT_THAT(life.sources->follow_found({found_file(log)}), ElementsAre(log));
    EXPECT_TRUE(run_until(life.context, [&] { return life.events.size() == 2; }));
    EXPECT_THAT(life.events, ElementsAre("192.0.2.1", "192.0.2.2"));
}

TEST(AnOwnLog, IsNeverGivenUp)
{
    const TempDirectory directory;
    SourceConfig own;
    own.file = directory / "a";
    std::ofstream(own.file) << exim_line(1);
    SourcesLife life({own}, {});
    std::filesystem::remove(own.file);
    const auto is_absent = [&] { return !life.sources->reports().front().present; };
    ASSERT_TRUE(run_until(life.context, is_absent));
    life.sources->follow_found({});
    life.sources->follow_found({});
    ASSERT_EQ(life.sources->reports().size(), 1U);
    EXPECT_NE(life.sources->reports().front().problem, "");
}

TEST(AContainer, IsFollowedByItsNameWhereRootWroteTheEntry)
{
    const auto of = [](std::string name, std::string uid, int client) {
        return Written{failure(client),
                       {{"_SYSTEMD_UNIT", "docker.service"},
                        {"SYSLOG_IDENTIFIER", "exim"},
                        {"CONTAINER_NAME", std::move(name)},
                        {"_UID", std::move(uid)}}};
    };
    JournalDirectory journal;
    journal.write("a", {of("mailserver", "0", 1), of("mailserver", "1000", 2), of("web", "0", 3),
                        of("mail-2", "0", 4)});
    SourceConfig source;
    source.directory = journal.path();
    source.containers = {"mailserver", "mail-?"};
    const SourcesLife life({source}, {});
    EXPECT_THAT(life.events, UnorderedElementsAre("192.0.2.1", "192.0.2.4"));
    const std::string name = "journal " + journal.path() + " container mailserver";
    EXPECT_EQ(life.positions.count(name), 1U);
}

TEST(AFoundIdentifier, IsBelievedOfTheSystemsOwnUsers)
{
    const auto by = [](std::string uid, int client) {
        return Written{failure(client), {{"SYSLOG_IDENTIFIER", "exim"}, {"_UID", std::move(uid)}}};
    };
    JournalDirectory journal;
    journal.write("a", {by("106", 1), by("1000", 2), by("", 3), by("4294967294", 4), by("x", 5)});
    SourceConfig source;
    source.directory = journal.path();
    source.identifiers = {"exim"};
    EXPECT_EQ(SourcesLife({source}, {}).events.size(), 5U);
    source.found = true;
    EXPECT_THAT(SourcesLife({source}, {}).events, ElementsAre("192.0.2.1"));
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
}  // namespace mailban::io::sources_test
