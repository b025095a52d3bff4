#include "mailban/net/port_set.h"

#include <gtest/gtest.h>

#include <random>

namespace mailban::test::port_set_test {
namespace {

const PortSet kAll{true, {}};
const PortSet kMail{false, {25, 465, 587}};
const PortSet kRest{false, {465, 587}};
const PortSet kImap{false, {143, 993}};

TEST(APortSet, IsReadAsItIsWritten)
{
    for (const auto& ports : {kAll, kMail, kImap, PortSet{false, {1, 65535}}})
        EXPECT_EQ(PortSet::parse(ports.text()), ports);
    for (const char* text : {"al", "25,", "25,x", "65536", "25 465", "-1", " 25"}) {
        const auto read = PortSet::parse(text);
        EXPECT_TRUE(!read || *read == (PortSet{false, {25}})) << text;
    }
}

TEST(APortSet, CoversWhatItClosesToo)
{
    EXPECT_TRUE(kMail.covers(kRest));
    EXPECT_TRUE(kMail.covers(kMail));
    EXPECT_FALSE(kRest.covers(kMail));
    EXPECT_TRUE(kAll.covers(kMail));
    EXPECT_FALSE(kMail.covers(kAll));
    EXPECT_EQ(kMail.without(25), kRest);
    EXPECT_EQ(kAll.without(25), kAll);
    EXPECT_EQ(kRest.united_with({false, {25, 465}}), kMail);
    EXPECT_EQ(kRest.united_with(kAll), kAll);
}

TEST(PortGroups, AreTheUsualOnesWithAndWithoutPort25AndThoseOfRules)
{
    const PortGroups groups(kMail, {kImap, kRest});
    ASSERT_EQ(groups.size(), 4U);
    EXPECT_EQ(groups.ports(0), kMail);
    EXPECT_EQ(groups.ports(1), kRest);
    EXPECT_EQ(groups.ports(2), kImap);
    EXPECT_EQ(groups.ports(3), kMail.united_with(kImap));
    EXPECT_EQ(groups.ports(4), kMail) << "an unknown one";
}

TEST(PortGroups, AreNoMoreThanTheyHaveToBe)
{
    EXPECT_EQ(PortGroups(kAll, {}).size(), 1U);
    EXPECT_EQ(PortGroups(kImap, {}).size(), 1U);
    EXPECT_EQ(PortGroups(PortSet{false, {25}}, {}).size(), 1U)
        << "without 25 it would close nothing";
    std::vector<PortSet> many;
    for (std::uint16_t port = 1; port <= 100; ++port)
        many.push_back({false, {port}});
    const PortGroups bounded(kMail, many);
    EXPECT_EQ(bounded.size(), 3 + PortGroups::kMostOfRules);
    EXPECT_TRUE(bounded.ports(static_cast<PortGroup>(bounded.size() - 1)).covers(many.back()));
}

TEST(PortGroups, FindTheSmallestThatClosesAll)
{
    const PortGroups groups(kMail, {kImap});
    EXPECT_EQ(groups.group_over(kMail), 0);
    EXPECT_EQ(groups.group_over(kRest), 1);
    EXPECT_EQ(groups.group_over({false, {465}}), 1);
    EXPECT_EQ(groups.group_over({false, {25}}), 0);
    EXPECT_EQ(groups.group_over({false, {143, 465}}), 3);
    EXPECT_EQ(groups.group_over({false, {22}}), 3) << "no group does: the widest";
    EXPECT_EQ(groups.group_over(kAll), 3);
    EXPECT_EQ(PortGroups(kMail, {kAll}).group_over({false, {22}}), 2);
}

TEST(PortGroups, AreOrderedByWhatTheyClose)
{
    std::mt19937 random(7);
    for (int round = 0; round < 200; ++round) {
        const auto any = [&] {
            PortSet ports;
            for (std::uint16_t port = 20; port < 30; ++port)
                if (random() % 3 == 0) ports.ports.push_back(port);
            return random() % 10 == 0 ? kAll : ports;
        };
        const PortGroups groups(any(), {any(), any(), any()});
        const auto wanted = any();
        const auto found = groups.group_over(wanted);
        for (std::size_t at = 0; at < groups.size(); ++at) {
            const auto group = static_cast<PortGroup>(at);
            if (groups.ports(group).covers(wanted)) {
                EXPECT_TRUE(groups.ports(found).covers(wanted));
                EXPECT_TRUE(group == found || !groups.ports(found).covers(groups.ports(group)));
            }
        }
    }
}

}  // namespace

}  // namespace mailban::test::port_set_test
