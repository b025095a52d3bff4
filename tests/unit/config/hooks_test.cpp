// hooks: an administrator's own programs, run when something happens.
#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::hooks_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::HasSubstr;

std::string mistake(std::string_view hook)
{
    const auto all = mistakes_in(with_source("hooks: [" + std::string(hook) + "]"));
    EXPECT_EQ(all.size(), 1U) << ::testing::PrintToString(all);
    return all.empty() ? "none" : all.front();
}

HappeningKinds kinds(std::initializer_list<HookEvent::Kind> some)
{
    HappeningKinds set;
    for (const auto kind : some)
        set.set(static_cast<std::size_t>(kind));
    return set;
}

TEST(Hooks, NameWhatTheyHearOfAndWhatIsRun)
{
    using Kind = HookEvent::Kind;
    const auto config = loaded(with_source(R"(
hooks:
  - on: [ban, unban, stale_password, hijacked_account, outage, outage_over, degraded,
         ineffective, blind, would_ban]
    run: [/usr/local/bin/notify, "{event}", "{prefix}", "{rule}", "{count}", "{until}"]
    time_limit: 3s
  - {on: outage, run: [logger, "mail is down since {time}"]}
)"));
    ASSERT_EQ(config.hooks.size(), 2U);
    EXPECT_TRUE(config.hooks[0].on.all());
    EXPECT_EQ(config.hooks[0].run, (ArgumentVector{"/usr/local/bin/notify", "{event}", "{prefix}",
                                                   "{rule}", "{count}", "{until}"}));
    EXPECT_EQ(config.hooks[0].time_limit, std::chrono::seconds(3));
    EXPECT_EQ(config.hooks[1].on, kinds({Kind::outage}));
    EXPECT_EQ(config.hooks[1].time_limit, std::chrono::seconds(10));
    EXPECT_TRUE(loaded(with_source("")).hooks.empty());
}

TEST(Hooks, SayWhatIsWrongWithThem)
{
    EXPECT_EQ(
        mistake("{on: bans, run: [notify]}"),
        "mailban.yaml:2:14: hooks[0].on is 'bans'; expected one of ban, unban, "
        "stale_password, hijacked_account, outage, outage_over, degraded, ineffective, blind, "
        "would_ban; did you mean 'ban'?");
    EXPECT_EQ(mistake("{on: ban, run: [notify, \"{prefx}\"]}"),
              "mailban.yaml:2:33: hooks[0].run[1] has the placeholder '{prefx}'; expected one of "
              "{event}, {time}, {prefix}, {address}, {rule}, {count}, {until}, {account}, {why}; "
              "did you mean '{prefix}'?");
    EXPECT_EQ(mistake("{on: ban, run: [./notify]}"),
              "mailban.yaml:2:25: hooks[0].run[0] is './notify'; expected a program: its absolute "
              "path, or the name of one in /usr/bin, /usr/sbin and similar directories");
    EXPECT_THAT(mistake("{on: ban, run: [\"{address}\"]}"), HasSubstr("expected a program"));
    EXPECT_THAT(mistake("{on: ban, run: notify}"), HasSubstr("hooks[0].run is 'notify'; expected"));
    EXPECT_THAT(mistake("{on: [], run: [notify]}"), HasSubstr("hooks[0].on is an empty list"));
    EXPECT_EQ(mistake("{run: [notify]}"),
              "mailban.yaml:2:9: hooks[0] has no 'on'; expected an event such as ban");
    EXPECT_EQ(mistake("{on: ban}"),
              "mailban.yaml:2:9: hooks[0] has no 'run'; expected a program and its arguments");
    EXPECT_THAT(mistake("{on: ban, run: [a], time_limit: 0s}"), HasSubstr("at least 1s"));
    EXPECT_THAT(mistake("{on: ban, run: [a], timelimit: 5s}"), HasSubstr("'time_limit'"));
}

TEST(Hooks, AreNotTooMany)
{
    std::string many = "{on: ban, run: [a]}";
    for (int i = 0; i < 32; ++i)
        many += ", {on: ban, run: [a]}";
    EXPECT_THAT(mistake(many), HasSubstr("hooks has 33 elements; expected at most 32"));
}

}  // namespace
}  // namespace mailban::hooks_test
