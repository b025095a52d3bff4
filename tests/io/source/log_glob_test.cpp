#include "io/source/log_glob.h"

#include "io/source/tail_fixture.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

#include <map>
#include <set>

namespace mailban::io::log_glob_test {
namespace {

namespace fs = std::filesystem;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;

class AGlob : public ::testing::Test {
protected:
    ~AGlob() override
    {
        if (glob) glob->stop();
        run_ready(context);
    }
    void make(const std::string& name, const std::string& text = "x\n")
    {
        append(directory / name, text);
    }
    void follow(const std::string& pattern)
    {
        GlobSink sink;
        sink.on_log = [this](const std::string& path, const std::optional<LogMatch>& rested) {
            told.push_back(name_of(path));
            if (rested) sizes.push_back(rested->size);
        };
        sink.may_rest = [this](const LogMatch& match) {
            return may_rest && match.written < clock_now() - std::chrono::hours(72);
        };
        sink.on_rotated = [this](const std::string& path) { rotated.push_back(name_of(path)); };
        sink.known.is_followed = [](const auto&) { return false; };
        sink.known.is_awaited = [this](const std::string& path, const std::set<FileId>& files) {
            return name_of(path) == awaited && files.contains(awaited_file);
        };
        sink.owner_of = [this](const LogMatch& match) {
            const auto found = owners.find(match.id);
            return found == owners.end() ? std::nullopt : std::optional(directory / found->second);
        };
        glob = std::make_unique<LogGlob>(watcher, directory / pattern, std::move(sink));
        asio::co_spawn(context, glob->run(), asio::detached);
        run_ready(context);
    }
    std::string name_of(const std::string& path) const
    {
        return fs::path(path).lexically_relative(directory.path()).string();
    }
    static Timestamp clock_now()
    {
        return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
    }
    void age(const std::string& name, std::chrono::hours by)
    {
        const fs::path path = directory / name;
        fs::last_write_time(path, fs::file_time_type::clock::now() - by);
    }
    FileId id_of(const std::string& name) const { return match_of(directory / name)->id; }
    bool tells(std::size_t count)
    {
        return run_until(context, [&] { return told.size() >= count; });
    }

    TempDirectory directory{};
    asio::io_context context{1};
    FileWatcher watcher{context};
    std::unique_ptr<LogGlob> glob{};
    std::vector<std::string> told{};
    std::vector<std::uint64_t> sizes{};  // of those that were at rest
    std::vector<std::string> rotated{};
    bool may_rest = false;
    std::string awaited{};
    FileId awaited_file{};
    std::map<FileId, std::string> owners{};
};

TEST_F(AGlob, TellsWhatWasWrittenLastFirst)
{
    for (const auto* name : {"a.log", "b.log", "c.log", "d.log", "e.txt"})
        make(name);
    const auto same = fs::last_write_time(directory / "a.log");
    fs::last_write_time(directory / "b.log", same);
    age("a.log", std::chrono::hours(1));
    age("c.log", std::chrono::hours(2));
    fs::last_write_time(directory / "d.log", same);
    follow("*.log");
    EXPECT_THAT(told, ElementsAre("d.log", "b.log", "a.log", "c.log"));
}

TEST_F(AGlob, TellsWhatAppearsLater)
{
    follow("*.log");
    EXPECT_THAT(told, IsEmpty());
    make("a.log");
    ASSERT_TRUE(tells(1));
    EXPECT_THAT(told, ElementsAre("a.log"));
}

TEST_F(AGlob, LooksIntoDirectoriesThatAppearLater)
{
    follow("exim*/mainlog");
    fs::create_directory(directory / "exim4");
    run_ready(context);
    make("exim4/mainlog");
    ASSERT_TRUE(tells(1));
    EXPECT_THAT(told, ElementsAre("exim4/mainlog"));
}

TEST_F(AGlob, LeavesOutWhatRotationLeavesBehind)
{
    for (const std::string suffix : {"", ".1", ".12", ".01", ".2.gz", "-20261101", ".20261101",
                                     "-20261101.xz", ".old", ".bak", "~", "-2026-11-01"}) {
        make("mainlog" + suffix);
    }
    make("mainlog-eu");
    make("mainlog2");
    follow("mainlog*");
    EXPECT_THAT(told, UnorderedElementsAre("mainlog", "mainlog-eu", "mainlog2"));
}

TEST_F(AGlob, FollowsDatedLogsThatComeFromNoOther)
{
    for (const auto* name :
         {"mainlog-20261127", "mainlog-20261128", "maillog.20261128", "mail.log.2026-11-28",
          "mail-202611", "mainlog-20261126.gz", "mainlog-20261126.old"})
        make(name);
    follow("*");
    EXPECT_THAT(told,
                UnorderedElementsAre("mainlog-20261127", "mainlog-20261128", "maillog.20261128",
                                     "mail.log.2026-11-28", "mail-202611"));
    make("mainlog-20261129");
    ASSERT_TRUE(tells(6));
    EXPECT_EQ(told.back(), "mainlog-20261129");
}

TEST_F(AGlob, FollowsALogForEachHost)
{
    for (const auto* name : {"192.0.2.10", "192.0.2.10.1", "192.0.2.10-20261128", "mx.2", "mx.3"})
        make(name);
    follow("*");
    EXPECT_THAT(told, UnorderedElementsAre("192.0.2.10", "mx.2", "mx.3"));
}

TEST_F(AGlob, TakesNoDatedFileWhoseLogIsThereEvenIfThatDoesNotMatch)
{
    make("mainlog");
    make("mainlog-20261128");
    follow("mainlog-*");
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(AGlob, KnowsThatALogWasGivenUpForOneADay)
{
    make("mainlog");
    make("mainlog-20261001");
    make("mainlog-20261128");
    age("mainlog-20261001", std::chrono::hours(1000));
    age("mainlog", std::chrono::hours(999));
    follow("mainlog*");
    EXPECT_THAT(told, ElementsAre("mainlog-20261128", "mainlog"));
}

TEST_F(AGlob, DoesNotTakeALinkToTheNewestForTheLogThatDatedOnesComeFrom)
{
    make("mail-20261127");
    make("mail-20261128");
    fs::create_symlink("mail-20261128", directory / "mail");
    follow("mail-*");
    EXPECT_THAT(told, UnorderedElementsAre("mail-20261127", "mail-20261128"));
}

TEST_F(AGlob, AwaitsTheLogOfACountThatHasCompressedFiles)
{
    make("mainlog.1");
    make("mainlog.2.gz");
    follow("mainlog*");
    EXPECT_THAT(told, IsEmpty());
    make("mainlog");
    ASSERT_TRUE(tells(1));
    EXPECT_THAT(told, ElementsAre("mainlog"));
}

TEST_F(AGlob, AwaitsALogWhoseFileAnEarlierRunHasRead)
{
    make("mainlog-20261127");
    make("mainlog-20261128");
    awaited = "mainlog";
    awaited_file = id_of("mainlog-20261128");
    follow("mainlog*");
    EXPECT_THAT(told, IsEmpty());
}

TEST_F(AGlob, TakesNoFileThatAnEarlierRunHasReadUnderAnotherName)
{
    make("mainlog");
    make("mainlog_set_aside");
    owners.emplace(id_of("mainlog_set_aside"), "mainlog");
    follow("mainlog*");
    EXPECT_THAT(told, ElementsAre("mainlog"));
}

TEST_F(AGlob, FollowsAFileOnItsOwnIfTheLogThatItWasIsGone)
{
    make("mainlog_set_aside");
    owners.emplace(id_of("mainlog_set_aside"), "mainlog");
    follow("mainlog*");
    EXPECT_THAT(told, ElementsAre("mainlog_set_aside"));
}

TEST_F(AGlob, GivesACountedLogUpOnceTheOneThatItComesFromAppears)
{
    make("mainlog.1");
    follow("mainlog*");
    EXPECT_THAT(told, ElementsAre("mainlog.1"));
    make("mainlog");
    ASSERT_TRUE(tells(2));
    EXPECT_THAT(told, ElementsAre("mainlog.1", "mainlog"));
    EXPECT_THAT(rotated, ElementsAre("mainlog.1"));
}

TEST_F(AGlob, LetsOldLogsRestUntilTheyGrow)
{
    may_rest = true;
    for (const auto* name : {"2001.log", "2002.log", "new.log"})
        make(name);
    age("2001.log", std::chrono::hours(100'000));
    age("2002.log", std::chrono::hours(90'000));
    follow("*.log");
    EXPECT_THAT(told, ElementsAre("new.log"));
    EXPECT_EQ(glob->resting(), 2U);
    make("2001.log", "yz\n");
    ASSERT_TRUE(tells(2));
    EXPECT_EQ(told.back(), "2001.log");
    EXPECT_THAT(sizes, ElementsAre(2U));
    EXPECT_EQ(glob->resting(), 1U);
}

TEST_F(AGlob, IsToldOfOneThatCameToRestLater)
{
    make("a.log");
    follow("*.log");
    glob->rest(*match_of(directory / "a.log"));
    EXPECT_EQ(glob->resting(), 1U);
    make("a.log");
    ASSERT_TRUE(tells(2));
    EXPECT_THAT(told, ElementsAre("a.log", "a.log"));
}

TEST_F(AGlob, ForgetsWhatWasRemovedWhileItRested)
{
    may_rest = true;
    make("a.log");
    age("a.log", std::chrono::hours(1000));
    follow("*.log");
    fs::remove(directory / "a.log");
    EXPECT_TRUE(run_until(context, [&] { return glob->is_empty(); }));
    EXPECT_EQ(glob->resting(), 0U);
}

TEST_F(AGlob, DoesNotTakeARenamedLogForANewOne)
{
    make("mainlog");
    follow("mainlog*");
    fs::rename(directory / "mainlog", directory / "mainlog_set_aside");
    make("mainlog");
    make("mainlog_new");
    ASSERT_TRUE(tells(2));
    run_ready(context);
    EXPECT_THAT(told, ElementsAre("mainlog", "mainlog_new"));
}

TEST_F(AGlob, TakesAFileWithTwoNamesOnce)
{
    make("mainlog");
    fs::create_symlink("mainlog", directory / "z.log");
    fs::create_hard_link(directory / "mainlog", directory / "y.log");
    make("a.log");
    EXPECT_THAT(matching_logs(directory / "*"),
                ElementsAre(directory / "a.log", directory / "mainlog"));
}

TEST_F(AGlob, TakesNoDirectoriesAndNoPipes)
{
    fs::create_directory(directory / "a.log");
    ASSERT_EQ(::mkfifo((directory / "b.log").c_str(), 0600), 0);
    EXPECT_THAT(matching_logs(directory / "*.log"), IsEmpty());
}

TEST_F(AGlob, WithoutAPatternIsTheFileItselfEvenIfItDoesNotExist)
{
    EXPECT_THAT(matching_logs("/nowhere/mainlog.1"), ElementsAre("/nowhere/mainlog.1"));
    follow("absent");
    EXPECT_THAT(told, ElementsAre("absent"));
}

}  // namespace
}  // namespace mailban::io::log_glob_test
