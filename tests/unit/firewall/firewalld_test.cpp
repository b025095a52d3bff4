#include "mailban/firewall/firewalld.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test::firewalld_test {
namespace {

using ::testing::ElementsAre;
using ::testing::UnorderedElementsAre;

TEST(Firewalld, WritesOneRuleAFamilyAndPort)
{
    EXPECT_THAT(
        firewalld_rules(PortSet{false, {25, 465}}),
        ElementsAre(
            R"(rule family="ipv4" source ipset="mailban4" port port="25" protocol="tcp" drop)",
            R"(rule family="ipv4" source ipset="mailban4" port port="465" protocol="tcp" drop)",
            R"(rule family="ipv6" source ipset="mailban6" port port="25" protocol="tcp" drop)",
            R"(rule family="ipv6" source ipset="mailban6" port port="465" protocol="tcp" drop)"));
}

TEST(Firewalld, WritesOneRuleAFamilyForAllPorts)
{
    EXPECT_THAT(firewalld_rules(PortSet{true, {}}),
                ElementsAre(R"(rule family="ipv4" source ipset="mailban4" drop)",
                            R"(rule family="ipv6" source ipset="mailban6" drop)"));
}

TEST(Firewalld, WritesRulesForEachGroupsIpsets)
{
    const PortGroups groups(PortSet{false, {25, 465}}, {});
    EXPECT_THAT(
        firewalld_rules(groups),
        ElementsAre(
            R"(rule family="ipv4" source ipset="mailban4" port port="25" protocol="tcp" drop)",
            R"(rule family="ipv4" source ipset="mailban4" port port="465" protocol="tcp" drop)",
            R"(rule family="ipv6" source ipset="mailban6" port port="25" protocol="tcp" drop)",
            R"(rule family="ipv6" source ipset="mailban6" port port="465" protocol="tcp" drop)",
            R"(rule family="ipv4" source ipset="mailban4_1" port port="465" protocol="tcp" drop)",
            R"(rule family="ipv6" source ipset="mailban6_1" port port="465" protocol="tcp" drop)"));
}

TEST(Firewalld, KnowsItsIpsetsByTheirNames)
{
    for (const char* ours : {"mailban4", "mailban6", "mailban4_1", "mailban6_14"})
        EXPECT_TRUE(is_firewalld_ipset(ours)) << ours;
    for (const char* other : {"mailban", "mailban5", "mailban4_", "mailban4_a", "mailban44",
                              "mymailban4", "mailban4_1x"})
        EXPECT_FALSE(is_firewalld_ipset(other)) << other;
}

TEST(Firewalld, PassesOverEntriesThatAreNoBans)
{
    EXPECT_THAT(parse_firewalld_entries({"192.0.2.7", "00:11:22:33:44:55", "2001:db8::/64"}),
                ElementsAre(Held{"192.0.2.7"_p, {}}, Held{"2001:db8::/64"_p, {}}));
}

TEST(Firewalld, MergesAPlanIntoAnIpset)
{
    const Plan plan{remove("192.0.2.7"_p), add("192.0.2.9"_p), add("2001:db8::/64"_p),
                    add("192.0.2.8"_p)};
    EXPECT_THAT(firewalld_entries_after({"192.0.2.7", "192.0.2.8"}, plan, true),
                UnorderedElementsAre("192.0.2.8", "192.0.2.9"));
    EXPECT_THAT(firewalld_entries_after({}, plan, false), ElementsAre("2001:db8::/64"));
    EXPECT_THAT(firewalld_entries_after({"192.0.2.7"}, plan, true, 1), ElementsAre("192.0.2.7"));
}

TEST(Firewalld, ReadsBackWhateverItWrites)
{
    for (unsigned seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Wanted wanted, actual;
        for (int i = 0; i < 20; ++i)
            wanted[any_prefix(random)] = {};
        for (int i = 0; i < 20; ++i)
            actual[any_prefix(random)] = {};
        const auto plan = reconcile(wanted, held_in(actual), KeepsTime::no);

        Wanted after;
        for (const bool is_v4 : {true, false}) {
            std::vector<std::string> entries;
            for (const auto& [prefix, until] : actual)
                if (prefix.is_v4() == is_v4) entries.push_back(firewalld_entry(prefix));
            entries = firewalld_entries_after(std::move(entries), plan, is_v4);
            for (const auto& held : parse_firewalld_entries(entries))
                after[held.prefix] = {};
        }
        EXPECT_EQ(after, wanted);
    }
}

}  // namespace

}  // namespace mailban::test::firewalld_test
