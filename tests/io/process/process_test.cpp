#include "io/process/process.h"

#include "io/run.h"

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <filesystem>

namespace mailban::io::process_test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;

Result<ProcessResult> run(std::vector<std::string> words, ProcessLimits limits = {})
{
    return await_result(run_program(std::move(words), limits));
}

TEST(AProgram, GivesItsOutputItsErrorsAndItsCode)
{
    const auto result = run({"/bin/sh", "-c", "echo out; echo err >&2; exit 3"});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(*result, (ProcessResult{3, "out\n", "err\n"}));
}

TEST(AProgram, IsFoundInTheSystemsFolders)
{
    const auto result = run({"true"});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->exit_code, 0);
}

TEST(AProgram, ThatDoesNotExistIsAnError)
{
    const auto result = run({"no-such-program-anywhere"});
    ASSERT_FALSE(result.ok());
    EXPECT_EQ(result.error().message,
              "cannot run no-such-program-anywhere: No such file or directory");
}

TEST(AProgram, ReadsItsArgumentsAsTheyAre)
{
    const auto result = run({"printf", "%s|", "a b", "$HOME", "`id`", "'"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output, "a b|$HOME|`id`|'|");
}

TEST(AProgram, GetsAnEnvironmentOfTwo)
{
    ::setenv("WEBHOOK_TOKEN", "secret", 1);
    const auto result = run({"env"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output,
              "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin\nLANG=C\n");
    ::unsetenv("WEBHOOK_TOKEN");
}

TEST(AProgram, IsToldWhereItsSecretsLie)
{
    ::setenv("CREDENTIALS_DIRECTORY", "/run/credentials/mailban.service", 1);
    const auto result = run({"sh", "-c", "echo $CREDENTIALS_DIRECTORY; env | wc -l"});
    ::setenv("CREDENTIALS_DIRECTORY", "somewhere", 1);
    const auto relative = run({"env"});
    ::unsetenv("CREDENTIALS_DIRECTORY");
    ASSERT_TRUE(result.ok() && relative.ok());
    // The shell adds its PWD.
    EXPECT_EQ(result->output, "/run/credentials/mailban.service\n4\n");
    EXPECT_THAT(relative->output, ::testing::Not(HasSubstr("CREDENTIALS")));
}

TEST(AProgram, GetsNoneOfOurDescriptors)
{
    const int leak = ::open("/dev/null", O_RDONLY);
    const auto result = run({"/bin/ls", "/proc/self/fd"});
    ::close(leak);
    ASSERT_TRUE(result.ok());
    // The fourth is the folder that is being listed.
    EXPECT_EQ(result->output, "0\n1\n2\n3\n");
}

TEST(AProgram, HasNothingToRead)
{
    const auto result = run({"cat"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->output, "");
}

TEST(AProgram, ThatHangsIsKilledWithAllThatItStarted)
{
    const auto folder = std::filesystem::temp_directory_path() / "mailban-process-test";
    std::filesystem::create_directories(folder);
    const auto mark = folder / "pid";
    const auto result = run({"/bin/sh", "-c", "sleep 600 & echo $! > " + mark.string() + "; wait"},
                            {.time = 300ms});
    ASSERT_FALSE(result.ok());
    EXPECT_THAT(result.error().message, HasSubstr("did not end within 300 ms and was killed"));

    const auto pid = run({"cat", mark.string()});
    ASSERT_TRUE(pid.ok());
    const auto state = run({"/bin/sh", "-c",
                            "cat /proc/" + std::to_string(std::stoi(pid->output)) +
                                "/stat 2>/dev/null | cut -d' ' -f3"});
    ASSERT_TRUE(state.ok());
    EXPECT_THAT(state->output, ::testing::AnyOf("", "Z\n"));
    std::filesystem::remove_all(folder);
}

TEST(AProgram, DoesNotWaitForWhatItLeftInTheBackground)
{
    const auto result = run({"/bin/sh", "-c", "sleep 600 & echo done"}, {.time = 5s});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->output, "done\n");
}

TEST(AProgram, IsHeardToAnEndButKeptOnlyToTheBound)
{
    const auto result = run({"/bin/sh", "-c", "head -c 1000000 /dev/zero; echo over >&2"},
                            {.time = 10s, .output = 1000});
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->output.size(), 1000U);
    EXPECT_EQ(result->errors, "over\n");
}

asio::awaitable<Result<ProcessResult>> run_many(int count)
{
    ProcessResult all;
    const std::vector<std::string> words{"/bin/sh", "-c", "sleep 0.01; echo x"};
    for (int i = 0; i < count; ++i) {
        auto own_words = words;
        const ProcessLimits limits;
        const auto result = co_await run_program(std::move(own_words), limits);
        if (!result) co_return result.error();
        all.exit_code += result->exit_code;
        all.output += result->output;
    }
    co_return all;
}

TEST(AProgram, IsNotTakenForTheOneBeforeIt)
{
    const auto result = await_result(run_many(30));
    ASSERT_TRUE(result.ok()) << result.error().message;
    EXPECT_EQ(result->exit_code, 0);
    EXPECT_EQ(result->output.size(), 60U);
}

TEST(AProgram, ThatIsEndedByASignalSaysSo)
{
    const auto result = run({"/bin/sh", "-c", "kill -TERM $$"});
    ASSERT_TRUE(result.ok());
    EXPECT_EQ(result->exit_code, 128 + 15);
}

TEST(AFailure, IsDescribedInOneLine)
{
    EXPECT_EQ(describe_failure({"ufw", "enable"}, {1, "", "ERROR: not root\nmore"}),
              "ufw enable ended with code 1: ERROR: not root");
}

}  // namespace

}  // namespace mailban::io::process_test
