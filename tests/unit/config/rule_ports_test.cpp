// `ports` of rules: what a rule's bans close.
#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::rule_ports_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ARulesPorts, AreAListOrAllOrThoseOfTheFirewall)
{
    const auto config = loaded(with_source(R"(
rules:
  - {name: a, ports: [993, 143, 993]}
  - {name: b, ports: all}
  - {name: c}
  - {name: d, ports: [143, 993]}
)"));
    ASSERT_EQ(config.rules.size(), 4U);
    EXPECT_EQ(config.rules[0].ports, (PortSet{false, {143, 993}}));
    EXPECT_EQ(config.rules[1].ports, (PortSet{true, {}}));
    EXPECT_EQ(config.rules[2].ports, std::nullopt);
    EXPECT_THAT(config.firewall.rule_ports,
                ElementsAre(PortSet{false, {143, 993}}, PortSet{true, {}}));
    const auto groups = port_groups(config.firewall);
    EXPECT_EQ(groups.size(), 4U) << "the mail ports, these but 25, the list, and all";
    EXPECT_EQ(groups.ports(0), config.firewall.ports);
}

TEST(ARulesPorts, AreTheUsualOnesWhereNoRuleSaysOthers)
{
    const auto config = loaded(with_source(""));
    EXPECT_EQ(port_groups(config.firewall), PortGroups(config.firewall.ports, {}));
}

TEST(ARulesPorts, HaveToBePorts)
{
    for (const char* bad : {"[]", "25", "some", "[0]", "[65536]", "{a: b}"})
        EXPECT_THAT(mistakes_in(with_source("rules: [{name: a, ports: " + std::string(bad) + "}]")),
                    ElementsAre(HasSubstr("rules[0].ports")))
            << bad;
}

TEST(ARulesPorts, AreNotTooManyLists)
{
    std::string text = "rules:\n";
    for (int port = 1; port <= 13; ++port) {
        text +=
            "  - {name: r" + std::to_string(port) + ", ports: [" + std::to_string(port) + "]}\n";
        text +=
            "  - {name: s" + std::to_string(port) + ", ports: [" + std::to_string(port) + "]}\n";
        const auto mistakes = mistakes_in(with_source(text));
        EXPECT_EQ(mistakes.empty(), port <= 12) << port;
    }
    EXPECT_THAT(mistakes_in(with_source(text)),
                ElementsAre(HasSubstr("mailban.yaml:27:5: the rules have 13 different lists of "
                                      "ports; expected at most 12")));
}

TEST(ARulesPorts, NeedACommandThatNamesPorts)
{
    const std::string rule = "rules: [{name: a, ports: [143]}]\n";
    const std::string firewall = "firewall:\n  backend: command\n  command: ";
    const std::string silent = "{ban: [a, '{prefix}'], unban: [b, '{prefix}'], list: [c]}\n";
    const std::string naming =
        "{ban: [a, '{prefix}', '{ports}'], unban: [b, '{prefix}', '{port}'], list: [c, "
        "'{ports}']}\n";
    EXPECT_THAT(mistakes_in(with_source(rule + firewall + silent)),
                ElementsAre(HasSubstr("rules[0].ports differs from firewall.ports, but "
                                      "firewall.command does not say which ports it bans from")));
    EXPECT_THAT(mistakes_in(with_source(rule + firewall + naming)), IsEmpty());
    EXPECT_THAT(
        mistakes_in(with_source("rules: [{name: a, ports: all}]\n" + firewall + naming)),
        ElementsAre(HasSubstr("rules[0].ports is 'all', but firewall.command has {ports}")));
    EXPECT_THAT(mistakes_in(with_source(firewall + silent)), IsEmpty());
}

}  // namespace
}  // namespace mailban::rule_ports_test
