#include "mailban/firewall/ufw.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test::ufw_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

const PortSet kMail{false, {25, 465, 587}};
const PortSet kAll{true, {}};

std::string joined(const ArgumentVector& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : " ") + word;
    return text;
}

TEST(Ufw, PutsADenyInFrontOfEveryOtherRule)
{
    EXPECT_EQ(joined(ufw_add({"192.0.2.7"_p, kMail})),
              "ufw prepend deny proto tcp from 192.0.2.7 to any port 25,465,587 comment mailban");
    EXPECT_EQ(joined(ufw_add({"2001:db8::/64"_p, kAll})),
              "ufw prepend deny from 2001:db8::/64 comment mailban");
}

TEST(Ufw, DeletesARuleByWhatItSays)
{
    EXPECT_EQ(joined(ufw_remove({"192.0.2.7"_p, kMail})),
              "ufw delete deny proto tcp from 192.0.2.7 to any port 25,465,587");
    EXPECT_EQ(joined(ufw_remove({"198.51.100.0/24"_p, kAll})),
              "ufw delete deny from 198.51.100.0/24");
}

TEST(Ufw, SplitsMorePortsThanOneRuleHolds)
{
    PortSet many;
    for (std::uint16_t port = 1; port <= 31; ++port)
        many.ports.push_back(port);
    const auto rules = ufw_rules("192.0.2.7"_p, many);
    ASSERT_THAT(rules, SizeIs(3));
    EXPECT_THAT(rules[0].ports.ports, SizeIs(15));
    EXPECT_THAT(rules[2].ports.ports, ElementsAre(31));
}

TEST(Ufw, ReadsItsOwnRulesAndNobodyElses)
{
    constexpr std::string_view kListing =
        "Added user rules (see 'ufw status' for running firewall):\n"
        "ufw deny from 198.51.100.0/24 comment 'mailban'\n"
        "ufw deny from 192.0.2.7 to any port 25,465,587 proto tcp comment 'mailban'\n"
        "ufw allow 25/tcp\n"
        "ufw deny from 192.0.2.8 to any port 25 proto tcp\n"
        "ufw deny from 192.0.2.9 comment 'not mailban'\n"
        "ufw allow from 192.0.2.10 comment 'mailban'\n"
        "ufw deny from 192.0.2.11 to any port 70000 proto tcp comment 'mailban'\n"
        "ufw deny from 2001:db8:1::/64 to any port 25,110 proto tcp comment 'mailban'\n";
    EXPECT_THAT(parse_ufw_added(kListing),
                ElementsAre(UfwRule{"198.51.100.0/24"_p, kAll}, UfwRule{"192.0.2.7"_p, kMail},
                            UfwRule{"2001:db8:1::/64"_p, {false, {25, 110}}}));
}

TEST(Ufw, CountsABanOnlyWhenAllItsRulesAreThere)
{
    PortSet many;
    for (std::uint16_t port = 1; port <= 20; ++port)
        many.ports.push_back(port);
    auto rules = ufw_rules("192.0.2.7"_p, many);
    EXPECT_THAT(ufw_state(rules, many).banned, ElementsAre(Held{"192.0.2.7"_p}));
    rules.pop_back();
    EXPECT_THAT(ufw_state(rules, many).banned, IsEmpty());
}

TEST(Ufw, CallsRulesOfOtherPortsStrays)
{
    const auto state = ufw_state({{"192.0.2.7"_p, kMail}, {"192.0.2.8"_p, kAll}}, kAll);
    EXPECT_THAT(state.banned, ElementsAre(Held{"192.0.2.8"_p}));
    EXPECT_THAT(state.strays, ElementsAre(UfwRule{"192.0.2.7"_p, kMail}));
}

TEST(Ufw, TellsBansOfOtherPortsApart)
{
    const PortGroups groups(kMail, {});
    const PortSet rest{false, {465, 587}};
    const auto state = ufw_state({{"192.0.2.7"_p, rest},
                                  {"192.0.2.8"_p, kMail},
                                  {"192.0.2.9"_p, rest},
                                  {"192.0.2.9"_p, kMail},
                                  {"192.0.2.9"_p, {false, {22}}}},
                                 groups);
    EXPECT_THAT(state.banned, ElementsAre(Held{"192.0.2.7"_p, {}, 1}, Held{"192.0.2.8"_p, {}, 0},
                                          Held{"192.0.2.9"_p, {}, 0}, Held{"192.0.2.9"_p, {}, 1}));
    EXPECT_THAT(state.strays, ElementsAre(UfwRule{"192.0.2.9"_p, {false, {22}}}));
}

// Of 16 ports the last one has a rule of its own, which is all of another list.
TEST(Ufw, CountsARuleThatTwoListsHaveForTheLongerOne)
{
    PortSet many;
    for (std::uint16_t port = 1; port <= 16; ++port)
        many.ports.push_back(port);
    const PortSet last{false, {16}};
    const PortGroups groups(many, {last});
    const auto short_one = groups.group_over(last);
    const auto rules = ufw_rules("192.0.2.7"_p, many);
    EXPECT_THAT(ufw_state(rules, groups).banned, ElementsAre(Held{"192.0.2.7"_p, {}, 0}));
    EXPECT_THAT(ufw_state({rules[1]}, groups).banned,
                ElementsAre(Held{"192.0.2.7"_p, {}, short_one}));
    EXPECT_TRUE(is_shared_ufw_rule(rules[1], groups, 0));
    EXPECT_FALSE(is_shared_ufw_rule(rules[0], groups, 0));
}

TEST(Ufw, SeesWhatTheKernelDrops)
{
    constexpr std::string_view kListing =
        "-N ufw-user-input\n"
        "-A ufw-user-input -s 198.51.100.0/24 -j DROP\n"
        "-A ufw-user-input -s 192.0.2.7/32 -p tcp -m multiport --dports 25,110 -j DROP\n"
        "-A ufw-user-input -p tcp -m tcp --dport 25 -j ACCEPT\n"
        "-A ufw-user-input -s 192.0.2.8/32 -j ACCEPT\n";
    EXPECT_THAT(parse_iptables_dropped(kListing), ElementsAre("198.51.100.0/24"_p, "192.0.2.7"_p));
}

TEST(Ufw, ReadsSwitchesWithAndWithoutQuotes)
{
    EXPECT_TRUE(ufw_setting_is_yes("# ENABLED=no\nENABLED=yes\n", "ENABLED"));
    EXPECT_TRUE(ufw_setting_is_yes("IPV6=\"yes\"\n", "IPV6"));
    EXPECT_FALSE(ufw_setting_is_yes("ENABLED=no\n", "ENABLED"));
    EXPECT_FALSE(ufw_setting_is_yes("", "ENABLED"));
}

// As ufw words a rule that it was given.
std::string shown(const UfwRule& rule)
{
    const auto words = ufw_add(rule);
    if (rule.ports.all) return "ufw deny from " + words[4] + " comment 'mailban'\n";
    return "ufw deny from " + words[6] + " to any port " + words[10] +
           " proto tcp comment 'mailban'\n";
}

TEST(Ufw, ReadsBackWhateverItAdds)
{
    for (unsigned seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const PortSet ports = seed % 2 == 0 ? kMail : kAll;
        std::set<Prefix> wanted;
        std::string listing;
        for (int i = 0; i < 10; ++i)
            wanted.insert(any_prefix(random));
        for (const auto& prefix : wanted)
            for (const auto& rule : ufw_rules(prefix, ports))
                listing += shown(rule);

        const auto state = ufw_state(parse_ufw_added(listing), ports);
        std::vector<Held> banned;
        for (const auto& prefix : wanted)
            banned.push_back({prefix});
        EXPECT_THAT(state.banned, ::testing::ElementsAreArray(banned));
        EXPECT_THAT(state.strays, IsEmpty());
    }
}

}  // namespace

}  // namespace mailban::test::ufw_test
