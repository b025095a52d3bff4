#include "io/source/log_glob.h"

#include "io/source/tail_fixture.h"

#include <gmock/gmock.h>
#include <sys/stat.h>

namespace mailban::io {
namespace {

namespace fs = std::filesystem;
using testing::ElementsAre;
using testing::IsEmpty;

class AGlob : public testing::Test {
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
        glob = std::make_unique<LogGlob>(watcher, directory / pattern, [this](const auto& path) {
            told.push_back(fs::path(path).lexically_relative(directory.path()).string());
        });
        asio::co_spawn(context, glob->run(), asio::detached);
        run_ready(context);
    }
    bool tells(std::size_t count)
    {
        return run_until(context, [&] { return told.size() >= count; });
    }

    TempDirectory directory{};
    asio::io_context context{1};
    Watcher watcher{context};
    std::unique_ptr<LogGlob> glob{};
    std::vector<std::string> told{};
};

TEST_F(AGlob, TellsWhatMatchesInOrderOfName)
{
    make("b.log");
    make("a.log");
    make("c.txt");
    follow("*.log");
    EXPECT_THAT(told, ElementsAre("a.log", "b.log"));
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
    EXPECT_THAT(told, ElementsAre("mainlog", "mainlog-eu", "mainlog2"));
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
}  // namespace mailban::io
