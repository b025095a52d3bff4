// Lines as they come, from a file that stays where it is.
#include "io/source/tail_fixture.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

namespace mailban::io::file_tail_test {
namespace {

namespace fs = std::filesystem;
using namespace std::chrono_literals;

TEST_F(ATail, HandsOverWhatIsThereAndThenWhatIsWritten)
{
    write("one\ntwo\n");
    start();
    EXPECT_TRUE(hands_over({"one", "two"}));
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
    EXPECT_EQ(status().lines, 3U);
    EXPECT_EQ(status().offset, 14U);
    EXPECT_EQ(status().behind, 0U);
    EXPECT_TRUE(status().present);
}

TEST_F(ATail, CallsHistoryBacklogAndTheRestLive)
{
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    EXPECT_EQ(life->fresh, (std::vector{Freshness::backlog, Freshness::live}));
}

TEST_F(ATail, CallsEverythingBacklogThatWasThereBeforeItFirstReachedTheEnd)
{
    std::string much;
    for (int i = 0; i < 100'000; ++i)
        much += "line " + std::to_string(i) + "\n";
    write(much);
    start();
    ASSERT_TRUE(life->until_lines(100'000));
    EXPECT_EQ(std::ranges::count(life->fresh, Freshness::live), 0);
    EXPECT_EQ(life->lines.back(), "line 99999");
}

TEST_F(ATail, HoldsAPartialLineUntilItsNewline)
{
    write("one\ntw");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    EXPECT_EQ(life->committed->files.at(0).offset, 4U);
    write("o\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
    EXPECT_EQ(life->committed->files.at(0).offset, 8U);
}

TEST_F(ATail, ReadsAPartialLineAgainAfterARestart)
{
    write("one\ntw");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    kill_and_restart();
    write("o\n");
    EXPECT_TRUE(hands_over({"two"}));
}

TEST_F(ATail, PassesAnyBytesThroughUnchanged)
{
    const std::string odd("nul\0\xff\xc3(\r\f\x1b[31m", 15);
    start();
    write(odd + "\n\n" + "x\n");
    EXPECT_TRUE(hands_over({odd, "", "x"}));
}

TEST_F(ATail, SkipsAndCountsALineThatIsTooLong)
{
    const std::string longest(LineSplitter::kMaxLineLength, 'a');
    start();
    write("one\n" + longest + "b\n" + longest + "\ntwo\n");
    EXPECT_TRUE(hands_over({"one", longest, "two"}));
    EXPECT_EQ(status().oversized, 1U);
}

TEST_F(ATail, NeverHandsOverTheEndOfALineThatIsTooLongNotEvenAfterARestart)
{
    write("one\n" + std::string(3 * LineSplitter::kMaxLineLength, 'a'));
    start();
    EXPECT_TRUE(hands_over({"one"}));
    kill_and_restart();
    write("end\ntwo\n");
    EXPECT_TRUE(hands_over({"two"}));
    EXPECT_EQ(status().oversized, 1U);
}

TEST_F(ATail, AwaitsAFileThatDoesNotExistYet)
{
    start();
    ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
    EXPECT_EQ(status().problem, "cannot open " + log + ": No such file or directory");
    EXPECT_FALSE(status().present);
    write("one\n");
    EXPECT_TRUE(hands_over({"one"}));
    EXPECT_EQ(life->fresh, std::vector{Freshness::live});
    EXPECT_EQ(status().problem, "");
}

TEST_F(ATail, AwaitsAFileInADirectoryThatDoesNotExistYet)
{
    log = directory / "var/log/exim/mainlog";
    start();
    ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
    fs::create_directory(directory / "var");
    run_ready(life->context);
    fs::create_directories(directory / "var/log/exim");
    write("one\n");
    EXPECT_TRUE(hands_over({"one"}));
}

TEST_F(ATail, GoesOnWhenItsDirectoryIsReplaced)
{
    log = directory / "logs/mainlog";
    fs::create_directory(directory / "logs");
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    rename("logs", "logs.old");
    run_ready(life->context);
    fs::create_directory(directory / "logs");
    run_ready(life->context);
    write("two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(ATail, ReadsADeletedFileOnUntilAnotherHasItsName)
{
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    std::ofstream writer(log, std::ios::app);
    fs::remove(log);
    ASSERT_TRUE(until([&] { return !status().present; }));
    writer << "two\n" << std::flush;
    EXPECT_TRUE(hands_over({"one", "two"}));
    write("three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
}

TEST_F(ATail, FollowsASymbolicLinkAndItsSwitch)
{
    append(directory / "first", "one\n");
    append(directory / "second", "two\n");
    fs::create_symlink("first", log);
    start();
    EXPECT_TRUE(hands_over({"one"}));
    fs::create_symlink("second", directory / "new");
    rename("new", "mainlog");
    EXPECT_TRUE(hands_over({"one", "two"}));
    append(directory / "second", "three\n");
    EXPECT_TRUE(hands_over({"one", "two", "three"}));
}

TEST_F(ATail, SeesTheTargetOfASymbolicLinkBeRotatedInItsOwnDirectory)
{
    fs::create_directory(directory / "elsewhere");
    append(directory / "elsewhere/log", "one\n");
    fs::create_symlink(directory / "elsewhere/log", log);
    start();
    EXPECT_TRUE(hands_over({"one"}));
    rename("elsewhere/log", "elsewhere/log.1");
    append(directory / "elsewhere/log", "two\n");
    EXPECT_TRUE(hands_over({"one", "two"}));
}

TEST_F(ATail, RefusesWhatIsNotARegularFile)
{
    ASSERT_EQ(::mkfifo(log.c_str(), 0600), 0);
    start();
    ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
    EXPECT_EQ(status().problem, "cannot read " + log + ": not a regular file");
    fs::remove(log);
    fs::create_directory(log);
    run_ready(life->context);
    EXPECT_EQ(status().problem, "cannot read " + log + ": not a regular file");
    fs::remove(log);
    fs::create_symlink("/dev/zero", log);
    run_ready(life->context);
    EXPECT_EQ(status().problem, "cannot read " + log + ": not a regular file");
    fs::remove(log);
    write("one\n");
    EXPECT_TRUE(hands_over({"one"}));
}

TEST_F(ATail, SaysThatItMayNotReadAndGoesOnWhenItMay)
{
    fs::permissions(directory.path(), fs::perms::all);
    write("one\n");
    fs::permissions(log, fs::perms::none);
    const auto self = ::geteuid();
    // Root may read everything; the test is about everybody else.
    if (self == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    start();
    const bool is_told = until([&] { return !status().problem.empty(); });
    const auto problem = status().problem;
    ASSERT_EQ(::seteuid(self), 0);
    fs::permissions(log, fs::perms::owner_read | fs::perms::others_read);
    EXPECT_TRUE(is_told);
    EXPECT_EQ(problem, "cannot open " + log + ": Permission denied");
    EXPECT_TRUE(hands_over({"one"}));
    EXPECT_EQ(life->fresh, std::vector{Freshness::backlog});
}

TEST_F(ATail, KeepsItsPlaceInAFileThatItMayNotReadAfterARestart)
{
    fs::permissions(directory.path(), fs::perms::all);
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    write("two\n");
    fs::permissions(log, fs::perms::none);
    const auto self = ::geteuid();
    if (self == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    kill_and_restart();
    const bool is_told = until([&] { return !status().problem.empty(); });
    const auto problem = status().problem;
    ASSERT_EQ(::seteuid(self), 0);
    fs::permissions(log, fs::perms::owner_read | fs::perms::others_read);
    EXPECT_TRUE(is_told);
    EXPECT_EQ(problem, "cannot open " + log + ": Permission denied");
    EXPECT_TRUE(hands_over({"two"}));
    EXPECT_EQ(status().problem, "");
}

TEST_F(ATail, GoesOnWithTheNextFileWhereOneMayNotBeRead)
{
    fs::permissions(directory.path(), fs::perms::all);
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    append(directory / "secret", "two\n");
    fs::permissions(directory / "secret", fs::perms::none);
    append(directory / "next", "three\n");
    fs::permissions(directory / "next", fs::perms::all);
    rename("mainlog", "mainlog.2");
    rename("secret", "mainlog");
    rename("mainlog", "mainlog.1");
    rename("next", "mainlog");
    const auto self = ::geteuid();
    if (self == 0) {
        ASSERT_EQ(::seteuid(65534), 0);
    }
    const bool is_read = life->until_lines(2);
    ASSERT_EQ(::seteuid(self), 0);
    EXPECT_TRUE(is_read);
    EXPECT_EQ(life->lines, (Lines{"one", "three"}));
    EXPECT_EQ(status().vanished, 1U);
    EXPECT_EQ(status().note, "cannot open " + (directory / "mainlog.1") + ": Permission denied");
}

TEST_F(ATail, DoesNotKeepOthersWaitingWhileItCatchesUp)
{
    std::string much;
    for (int i = 0; i < 200'000; ++i)
        much += "a line of the long backlog\n";
    write(much);
    start();
    append(directory / "other", "short\n");
    std::optional<std::size_t> lines_of_first;
    TailSink sink;
    sink.on_line = [&](std::string_view, Freshness) { lines_of_first = life->lines.size(); };
    FileTail other(life->watcher, directory / "other", {}, std::move(sink), options);
    asio::co_spawn(life->context, other.run(), asio::detached);
    ASSERT_TRUE(until([&] { return lines_of_first.has_value(); }));
    EXPECT_LT(*lines_of_first, 20'000U);
    ASSERT_TRUE(life->until_lines(200'000));
    other.stop();
    run_ready(life->context);
}

TEST_F(ATail, EndsWhenItIsStoppedAndHandsOverNothingMore)
{
    write("one\n");
    start();
    EXPECT_TRUE(hands_over({"one"}));
    write("two\n");
    life->tail->stop();
    EXPECT_TRUE(until([&] { return life->has_ended; }));
    EXPECT_EQ(life->lines, Lines{"one"});
    EXPECT_EQ(life->committed->files.at(0).offset, 4U);
}

TEST_F(ATail, EndsWhenItIsCancelled)
{
    start();
    asio::cancellation_signal cancel;
    bool has_ended = false;
    FileTail other(life->watcher, log, {}, {}, options);
    const auto slot = cancel.slot();
    asio::co_spawn(life->context, other.run(),
                   asio::bind_cancellation_slot(slot, [&](const std::exception_ptr& failure) {
                       EXPECT_EQ(failure, nullptr);
                       has_ended = true;
                   }));
    run_ready(life->context);
    cancel.emit(asio::cancellation_type::terminal);
    EXPECT_TRUE(until([&] { return has_ended; }));
}

TEST_F(ATail, BeginsANewStateAtTheAskedTime)
{
    for (int hour = 0; hour < 10; ++hour)
        write(std::to_string(hour) + " o'clock\n");
    TailStart from;
    from.since = Timestamp(7h);
    from.stamp_of = [](std::string_view line) -> std::optional<Timestamp> {
        return Timestamp(std::chrono::hours(line.front() - '0'));
    };
    start_from(std::move(from));
    // An hour early, for the hour that autumn repeats.
    EXPECT_TRUE(hands_over({"6 o'clock", "7 o'clock", "8 o'clock", "9 o'clock"}));
}

TEST_F(ATail, ReadsWhatAppearsLaterFromItsBeginning)
{
    TailStart from;
    from.since = Timestamp(7h);
    from.stamp_of = [](std::string_view) { return Timestamp(1h); };
    start_from(std::move(from));
    ASSERT_TRUE(until([&] { return !status().problem.empty(); }));
    write("one\n");
    EXPECT_TRUE(hands_over({"one"}));
}

}  // namespace
}  // namespace mailban::io::file_tail_test
