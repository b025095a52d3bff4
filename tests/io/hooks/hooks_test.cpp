// Hooks with a real program: a script that writes down its arguments.
#include "io/hooks/hooks.h"

#include "io/run.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <sstream>
#include <thread>

namespace mailban::io::hooks_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr Timestamp kNoon{std::chrono::seconds(1'800'000'000)};

constexpr const char* kScript = R"sh(#!/bin/sh
cd "$(dirname "$0")" || exit 9
[ ! -e hang ] || { tail -f /dev/null & echo "$! $$" >started; wait; }
[ ! -e broken ] || { echo "no pager" >&2; exit 3; }
for word; do printf '%s|' "$word" >>calls; done
echo >>calls
)sh";

HappeningKinds only(HookEvent::Kind kind)
{
    return HappeningKinds().set(static_cast<std::size_t>(kind));
}

HookEvent ban_of(std::uint32_t number)
{
    HookEvent ban;
    ban.at = kNoon;
    ban.rule = "password-guessing";
    ban.prefix = Prefix::host(IpAddress::v4(10, static_cast<std::uint8_t>(number >> 16U),
                                            static_cast<std::uint8_t>(number >> 8U),
                                            static_cast<std::uint8_t>(number)));
    return ban;
}

HookEvent hook_event(HookEvent::Kind kind)
{
    HookEvent one;
    one.kind = kind;
    one.at = kNoon;
    return one;
}

bool is_alive(pid_t pid)
{
    std::ifstream stat("/proc/" + std::to_string(pid) + "/stat");
    std::string number;
    std::string name;
    std::string state;
    return (stat >> number >> name >> state) && state != "Z";
}

// A process that was killed needs a moment to be gone, and nothing of ours waits for it.
bool dies(pid_t pid)
{
    const auto deadline = std::chrono::steady_clock::now() + 10s;
    while (is_alive(pid) && std::chrono::steady_clock::now() < deadline)
        std::this_thread::yield();
    return !is_alive(pid);
}

class AHook : public ::testing::Test {
protected:
    AHook()
    {
        std::ofstream(directory_ / "tool") << kScript;
        ::chmod((directory_ / "tool").c_str(), 0700);
        config_.on = only(HookEvent::Kind::ban);
        config_.run = {directory_ / "tool", "{event}", "{prefix}", "{rule}", "{account}"};
    }

    std::vector<std::string> calls() const
    {
        std::vector<std::string> lines;
        std::ifstream file(directory_ / "calls");
        for (std::string line; std::getline(file, line);)
            lines.push_back(line);
        return lines;
    }
    void make(const char* name) const { std::ofstream(directory_ / name) << "\n"; }
    void forget(const char* name) const { std::filesystem::remove(directory_ / name); }
    bool settle()
    {
        return run_until(
            context_, [this] { return hooks_.idle(); }, 60s);
    }

    TempDirectory directory_{};
    asio::io_context context_{1};
    Hooks hooks_{context_.get_executor(), run_program};
    HookConfig config_{};
};

TEST_F(AHook, IsRunForWhatItHearsOfInTheOrderInWhichItHappened)
{
    hooks_.configure({config_});
    hooks_.note(ban_of(1));
    hooks_.note(hook_event(HookEvent::Kind::outage));
    hooks_.note(ban_of(2));
    EXPECT_THAT(calls(), IsEmpty());
    ASSERT_TRUE(settle());
    EXPECT_THAT(calls(), ElementsAre("ban|10.0.0.1/32|password-guessing||",
                                     "ban|10.0.0.2/32|password-guessing||"));
    EXPECT_THAT(hooks_.problems(), IsEmpty());
}

TEST_F(AHook, GetsEachValueAsOneArgumentThatNoShellReads)
{
    config_.run = {directory_ / "tool", "a b", "$(touch bad)", "`id`", "'", "{rule};{prefix}"};
    hooks_.configure({config_});
    auto ban = ban_of(1);
    ban.rule = "two words; $HOME";
    hooks_.note(ban);
    ASSERT_TRUE(settle());
    EXPECT_THAT(calls(), ElementsAre("a b|$(touch bad)|`id`|'|two words; $HOME;10.0.0.1/32|"));
}

TEST_F(AHook, ThatHangsIsKilledWithAllThatItStartedAndReported)
{
    make("hang");
    config_.time_limit = 2s;
    hooks_.configure({config_});
    hooks_.note(ban_of(1));
    ASSERT_TRUE(settle());
    pid_t child = 0;
    pid_t script = 0;
    std::ifstream(directory_ / "started") >> child >> script;
    ASSERT_GT(child, 0);
    EXPECT_TRUE(dies(child) && dies(script));
    EXPECT_THAT(hooks_.problems(),
                ElementsAre(HasSubstr("did not end within 2000 ms and was killed (1 time)")));
    forget("hang");
    hooks_.note(ban_of(2));
    ASSERT_TRUE(settle());
    EXPECT_THAT(calls(), ElementsAre("ban|10.0.0.2/32|password-guessing||"));
    EXPECT_THAT(hooks_.problems(), IsEmpty());
}

TEST_F(AHook, ThatHangsKeepsNeitherTheNextOneNorUsWaiting)
{
    make("hang");
    HookConfig other = config_;
    other.run = {"sh", "-c", "echo \"$1\" >\"$2\"", "sh", "{prefix}", directory_ / "other"};
    config_.time_limit = 1h;
    hooks_.configure({config_, other});
    hooks_.note(ban_of(1));
    EXPECT_TRUE(run_until(context_, [&] {
        std::string line;
        std::ifstream(directory_ / "other") >> line;
        return line == "10.0.0.1/32";
    }));
    EXPECT_FALSE(hooks_.idle());
}

TEST_F(AHook, ThatFailsIsReportedInItsOwnWords)
{
    make("broken");
    hooks_.configure({config_});
    hooks_.note(ban_of(1));
    hooks_.note(ban_of(2));
    ASSERT_TRUE(settle());
    EXPECT_THAT(hooks_.problems(), ElementsAre(HasSubstr("ended with code 3: no pager (2 times)")));
    config_.run = {"/no/such/program"};
    hooks_.configure({config_});
    hooks_.note(ban_of(1));
    ASSERT_TRUE(settle());
    EXPECT_THAT(hooks_.problems(), ElementsAre(HasSubstr("cannot run /no/such/program")));
}

// The newest thousand are told, and how many were not.
// A thousand processes would tell nothing more of it and take a minute.
TEST_F(AHook, LeavesOutTheOldestOfAFloodAndSaysSo)
{
    std::vector<std::string> told;
    const auto tell = [&told](std::vector<std::string> words,
                              ProcessLimits) -> asio::awaitable<Result<ProcessResult>> {
        told.push_back(words.at(1));
        co_return ProcessResult{};
    };
    Hooks hooks(context_.get_executor(), tell);
    config_.run = {"tool", "{address}"};
    hooks.configure({config_});
    for (std::uint32_t number = 0; number < 10'000; ++number)
        hooks.note(ban_of(number));
    EXPECT_THAT(
        hooks.problems(),
        ElementsAre(HasSubstr("9000 events were dropped, because the program is too slow")));
    ASSERT_TRUE(run_until(context_, [&] { return hooks.idle(); }));
    ASSERT_EQ(told.size(), Hooks::kMostWaiting);
    for (std::uint32_t index = 0; index < told.size(); ++index)
        EXPECT_EQ(told[index], ban_of(9000 + index).prefix->base().to_string());
}

TEST_F(AHook, ThatIsTakenOutOfTheConfigurationEndsWhatItRunsAndNoMore)
{
    hooks_.configure({config_});
    for (std::uint32_t number = 0; number < 10; ++number)
        hooks_.note(ban_of(number));
    ASSERT_TRUE(run_until(context_, [&] { return !calls().empty(); }));
    hooks_.configure({});
    hooks_.note(ban_of(99));
    ASSERT_TRUE(settle());
    EXPECT_LT(calls().size(), 4U);
}

TEST_F(AHook, ThatStaysInTheConfigurationGoesOnAtAReload)
{
    hooks_.configure({config_});
    for (std::uint32_t number = 0; number < 10; ++number)
        hooks_.note(ban_of(number));
    HookConfig other = config_;
    other.run = {"false"};
    hooks_.configure({other, config_});
    ASSERT_TRUE(settle());
    EXPECT_EQ(calls().size(), 10U);
}

}  // namespace

}  // namespace mailban::io::hooks_test
