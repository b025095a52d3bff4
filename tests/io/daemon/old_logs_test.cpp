// Logs that nobody writes to any more, among those that a pattern names.
#include "io/daemon/sources_fixture.h"

#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>

namespace mailban::io::old_logs_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

void write_failure(const std::string& log, const std::string& stamp, int client)
{
    std::ofstream(log, std::ios::app) << stamp << " " << failure(client) << "\n";
}

void age(const std::string& path)
{
    std::filesystem::last_write_time(
        path, std::filesystem::file_time_type::clock::now() - std::chrono::hours(1000));
}

TEST(TheSources, ReportAPatternThatNoFileFits)
{
    const TempDirectory directory;
    const SourcesLife life({file_source(directory / "*.log")}, {});
    const auto reports = life.sources->reports();
    ASSERT_EQ(reports.size(), 1U);
    EXPECT_EQ(reports[0].file, directory / "*.log");
    EXPECT_EQ(reports[0].problem, "no file matches");
    EXPECT_FALSE(reports[0].present);
}

TEST(TheSources, ReadAStampInTheZoneOfTheirSource)
{
    const TempDirectory directory;
    write_failure(directory / "mainlog", "2027-01-15 15:00:00", 1);
    auto source = file_source(directory / "mainlog");
    source.zone = "Asia/Kathmandu";
    const SourcesLife life({source}, {});
    EXPECT_THAT(life.times, ElementsAre("2027-01-15T09:15:00Z"));
}

TEST(TheSources, ReadAnOldLogOnFromWhereItStood)
{
    const TempDirectory directory;
    const std::string old = directory / "mail-20200101";
    write_failure(old, "2027-01-15 08:00:00", 1);
    age(old);
    SourcesLife life({file_source(directory / "mail-*")}, {});
    EXPECT_THAT(life.events, IsEmpty());
    ASSERT_EQ(life.sources->reports().size(), 1U);
    EXPECT_EQ(life.sources->reports()[0].resting, 1U);
    EXPECT_TRUE(life.positions.contains(old));
    write_failure(old, "2027-01-15 08:00:01", 2);
    ASSERT_TRUE(run_until(life.context, [&] { return !life.events.empty(); }));
    EXPECT_THAT(life.events, ElementsAre("192.0.2.2"));
}

TEST(TheSources, ReadAnOldLogOnThatGrewWhileNobodyLooked)
{
    const TempDirectory directory;
    const std::string old = directory / "mail-20200101";
    write_failure(old, "2027-01-15 08:00:00", 1);
    age(old);
    std::map<std::string, SourcePosition> positions;
    {
        const SourcesLife life({file_source(directory / "mail-*")}, {});
        positions = life.positions;
    }
    write_failure(old, "2027-01-15 08:00:01", 2);
    for (const bool is_old : {false, true}) {
        // Whatever the file says of when it was written.
        if (is_old) age(old);
        const SourcesLife life({file_source(directory / "mail-*")}, positions);
        EXPECT_THAT(life.events, ElementsAre("192.0.2.2"));
    }
}

TEST(TheSources, LetALogRestThatWasReadAndDoesNotGrow)
{
    const TempDirectory directory;
    const std::string log = directory / "mail-20270115";
    write_failure(log, "2027-01-15 08:00:00", 1);
    SourcesLife life({file_source(directory / "mail-*")}, {});
    EXPECT_THAT(life.events, ElementsAre("192.0.2.1"));
    age(log);
    run_ready(life.context);
    life.sources->look_after(kFirstEntry);
    run_ready(life.context);
    ASSERT_EQ(life.sources->reports().size(), 1U);
    EXPECT_EQ(life.sources->reports()[0].resting, 1U);
    write_failure(log, "2027-01-15 08:00:01", 2);
    ASSERT_TRUE(run_until(life.context, [&] { return life.events.size() == 2; }));
    EXPECT_THAT(life.events, ElementsAre("192.0.2.1", "192.0.2.2"));
    EXPECT_THAT(life.logs, ElementsAre(log, log));
}

}  // namespace
}  // namespace mailban::io::old_logs_test
