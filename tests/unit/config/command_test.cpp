// firewall.command: an administrator's own programs, and the presets that are shipped.
#include <gmock/gmock.h>

#include <filesystem>
#include <fstream>
#include <sstream>

#include "unit/config/config_text.h"

namespace mailban::command_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr std::string_view kGood =
    "{ban: [add, \"{prefix}\"], unban: [del, \"{prefix}\"], list: [show]}";

std::string with_command(std::string_view keys)
{
    return with_source("firewall:\n  backend: command\n  command: " + std::string(keys));
}

std::string mistake(const std::string& text)
{
    const auto all = mistakes_in(text);
    EXPECT_EQ(all.size(), 1U) << ::testing::PrintToString(all);
    return all.empty() ? "none" : all.front();
}

TEST(AFirewallsCommand, IsAVectorOrStepsWithConditions)
{
    const auto config = loaded(with_source(R"(
firewall:
  backend: command
  command:
    prepare:
      - [create, "{ports}"]
      - {run: [hook, "{port}"], unless: [hooked], if: [able]}
    ban: [/usr/sbin/add, "{prefix}", "{seconds}"]
    extend: [[del, "{prefix}"], [add, "{prefix}", "{seconds}"]]
    unban: {run: [del, "{prefix}"]}
    list: [[show, "4"], [show, "6"]]
    remove: [clear]
    time_limit: 3s
    max_ban: 1d
)"));
    const auto& command = config.firewall.command;
    EXPECT_EQ(config.firewall.backend, Backend::command);
    EXPECT_EQ(command.prepare, (CommandSteps{{{"create", "{ports}"}, {}, {}},
                                             {{"hook", "{port}"}, {"able"}, {"hooked"}}}));
    EXPECT_EQ(command.ban, (CommandSteps{{{"/usr/sbin/add", "{prefix}", "{seconds}"}, {}, {}}}));
    EXPECT_EQ(command.extend.size(), 2U);
    EXPECT_EQ(command.unban, (CommandSteps{{{"del", "{prefix}"}, {}, {}}}));
    EXPECT_EQ(command.list, (CommandSteps{{{"show", "4"}, {}, {}}, {{"show", "6"}, {}, {}}}));
    EXPECT_EQ(command.remove, (CommandSteps{{{"clear"}, {}, {}}}));
    EXPECT_EQ(command.time_limit, std::chrono::seconds(3));
    EXPECT_EQ(command.longest, std::chrono::hours(24));
}

TEST(AFirewallsCommand, HasToBeThereWhereItIsTheBackend)
{
    EXPECT_EQ(mistake(with_source("firewall: {backend: command}")),
              "mailban.yaml:2:21: firewall.backend is 'command', but there is no firewall.command; "
              "expected one with ban, unban and list");
    EXPECT_THAT(mistake(with_command("{ban: [a, \"{prefix}\"], unban: [b, \"{prefix}\"]}")),
                HasSubstr("4:12: firewall.command has no 'list'; expected ban, unban and list"));
    EXPECT_THAT(mistakes_in(with_command(kGood)), IsEmpty());
}

TEST(AFirewallsCommand, NamesTheNearestPlaceholder)
{
    EXPECT_THAT(
        mistake(
            with_command("{ban: [a, \"{prefx}{prefix}\"], unban: [b, \"{prefix}\"], list: [c]}")),
        HasSubstr("4:22: firewall.command.ban[1] has the placeholder '{prefx}'; expected one of "
                  "{address}, {prefix}, {length}, {family}, {version}, {seconds}, {ports}, {port}; "
                  "did you mean '{prefix}'?"));
    EXPECT_THAT(mistake(with_command(
                    "{ban: [a, \"{prefix}\"], unban: [b, \"{prefix}{seconds}\"], list: [c]}")),
                HasSubstr("firewall.command.unban[1] has the placeholder '{seconds}', which has no "
                          "value here; expected it in ban or extend"));
    EXPECT_THAT(
        mistake(with_command(
            "{ban: [a, \"{prefix}\"], unban: [b, \"{prefix}\"], list: [c, \"{prefix}\"]}")),
        HasSubstr("firewall.command.list[1] has the placeholder '{prefix}', which has no value "
                  "here"));
}

TEST(AFirewallsCommand, HasToSayWhomItIsAbout)
{
    EXPECT_THAT(mistake(with_command("{ban: [a], unban: [b, \"{prefix}\"], list: [c]}")),
                HasSubstr("4:18: firewall.command.ban has neither {prefix} nor {address}"));
    EXPECT_THAT(mistake(with_command("{ban: [a, \"{prefix}\"], unban: [b], list: [c]}")),
                HasSubstr("firewall.command.unban has neither {prefix} nor {address}"));
}

TEST(AFirewallsCommand, RunsNoShellAndNoProgramThatAClientNames)
{
    for (const auto* const program : {"\"\"", "\"{address}\"", "bin/tool", "../tool"})
        EXPECT_THAT(mistake(with_command("{ban: [" + std::string(program) +
                                         ", \"{prefix}\"], unban: [b, \"{prefix}\"], list: [c]}")),
                    HasSubstr("firewall.command.ban[0] is "))
            << program;
    EXPECT_THAT(
        mistake(with_command("{ban: \"ipset add {prefix}\", unban: [b, \"{prefix}\"], list: [c]}")),
        HasSubstr("4:18: firewall.command.ban is the quoted text 'ipset add {prefix}'; "
                  "expected an argument vector such as"));
}

TEST(AFirewallsCommand, KnowsPortsOnlyWhereTheyAreListed)
{
    EXPECT_THAT(mistake(with_source("firewall:\n  ports: all\n  backend: command\n  command: {ban: "
                                    "[a, \"{prefix}\", \"{ports}\"], unban: [b, \"{prefix}\"], "
                                    "list: [c]}")),
                HasSubstr("mailban.yaml:3:10: firewall.ports is 'all', but firewall.command has "
                          "{ports} or {port}"));
}

TEST(AFirewallsCommand, HasToKnowBlocksWhereBansAreBlocks)
{
    const std::string hosts = "{ban: [a, \"{address}\"], unban: [b, \"{address}\"], list: [c]}";
    EXPECT_THAT(mistake(with_command(hosts)),
                HasSubstr("4:18: firewall.command.ban has only {address}, but a ban covers a whole "
                          "subnet; expected {prefix} in it, or 'prefix: {ipv4: 32, ipv6: "
                          "128}'"));
    EXPECT_THAT(mistakes_in(with_command(hosts) + "\nprefix: {ipv4: 32, ipv6: 128}"), IsEmpty());
}

TEST(Forwarding, IsForNftables)
{
    EXPECT_EQ(loaded(with_source("firewall: {forward: true}")).firewall.forward, Forward::yes);
    EXPECT_THAT(mistakes_in(with_source("firewall: {forward: true, backend: nftables}")),
                IsEmpty());
    EXPECT_THAT(mistake(with_source("firewall: {forward: true, backend: ufw}")),
                HasSubstr("2:21: firewall.forward is 'true', which ufw cannot do; expected the "
                          "backend nftables or auto"));
    EXPECT_THAT(mistake(with_source("firewall: {forward: yes}")),
                HasSubstr("firewall.forward is 'yes'; expected one of false, true, auto"));
}

TEST(ThePresets, AreGoodConfigurations)
{
    std::size_t count = 0;
    for (const auto& entry :
         std::filesystem::directory_iterator(MAILBAN_SOURCE_DIR "/config/commands")) {
        if (entry.path().extension() != ".yaml") continue;
        SCOPED_TRACE(entry.path().string());
        std::ostringstream text;
        text << "sources: [{file: /log}]\n" << std::ifstream(entry.path()).rdbuf();
        EXPECT_EQ(loaded(text.str()).firewall.backend, Backend::command);
        ++count;
    }
    EXPECT_EQ(count, 4U);
}

}  // namespace
}  // namespace mailban::command_test
