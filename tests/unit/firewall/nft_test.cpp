#include "mailban/firewall/nft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test::nft_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::SizeIs;

const PortSet kPorts{false, {25, 465}};
const NftShape kShape{kPorts, 32, 64};
const NftShape kForwarding{kPorts, 32, 64, Forward::yes};

TEST(NftPrepare, HooksBeforeEveryOtherFirewallAndLooksAtMailPortsOnly)
{
    const auto script = nft_prepare(kShape);
    EXPECT_THAT(script, HasSubstr("type filter hook input priority filter - 10; policy accept;"));
    EXPECT_THAT(script,
                HasSubstr("add rule inet mailban input tcp dport { 25, 465 } jump verdict"));
    EXPECT_THAT(script, HasSubstr("verdict ip saddr @banned4 counter name dropped drop"));
    EXPECT_THAT(
        script,
        HasSubstr("verdict ip6 saddr & ffff:ffff:ffff:ffff:: @banned6 counter name dropped drop"));
}

TEST(NftPrepare, LooksAtEverythingWhenAllPortsAreMeant)
{
    EXPECT_THAT(nft_prepare({PortSet{true, {}}, 32, 64}),
                HasSubstr("add rule inet mailban input jump verdict"));
}

TEST(NftPrepare, LooksAtWhatIsForwardedByThePortThatTheClientChose)
{
    const auto script = nft_prepare(kForwarding);
    EXPECT_THAT(script, HasSubstr("type filter hook forward priority filter - 10; policy accept;"));
    EXPECT_THAT(script,
                HasSubstr("add rule inet mailban forward tcp dport { 25, 465 } jump verdict"));
    EXPECT_THAT(script, HasSubstr("forward meta l4proto tcp ct direction original ct original "
                                  "proto-dst { 25, 465 } jump verdict"));
    EXPECT_THAT(nft_prepare({PortSet{true, {}}, 32, 64, Forward::yes}),
                ::testing::AllOf(HasSubstr("forward jump verdict"), Not(HasSubstr("proto-dst"))));
    EXPECT_THAT(nft_prepare(kShape), HasSubstr("delete chain inet mailban forward"));
}

TEST(NftPrepare, MasksNothingForHosts)
{
    EXPECT_THAT(nft_prepare({PortSet{true, {}}, 24, 128}),
                ::testing::AllOf(HasSubstr("ip saddr & 255.255.255.0 @banned4"),
                                 HasSubstr("ip6 saddr @banned6")));
}

const NftShape kTwoGroups{PortGroups(kPorts, {}), 32, 64};

TEST(NftPrepare, GivesEachGroupOfPortsSetsAndAVerdictOfItsOwn)
{
    const auto script = nft_prepare(kTwoGroups);
    EXPECT_THAT(script, HasSubstr("input tcp dport { 25, 465 } jump verdict\n"));
    EXPECT_THAT(script, HasSubstr("input tcp dport { 465 } jump verdict_1\n"));
    EXPECT_THAT(script, HasSubstr("verdict_1 ip saddr @banned4_1 counter name dropped drop"));
    EXPECT_THAT(
        script,
        HasSubstr(
            "verdict_1 ip6 saddr & ffff:ffff:ffff:ffff:: @banned6_1 counter name dropped drop"));
    EXPECT_THAT(script, HasSubstr("verdict_1 ip6 saddr @blocks6_1 counter name dropped drop"));
    EXPECT_THAT(script, Not(HasSubstr("delete set")));
}

TEST(NftPrepare, TakesGroupsAwayThatAreNoMore)
{
    EXPECT_THAT(nft_prepare(kShape, 2),
                ::testing::AllOf(HasSubstr("delete chain inet mailban verdict_1\n"),
                                 HasSubstr("delete set inet mailban banned4_1\n"),
                                 HasSubstr("delete set inet mailban blocks6_1\n")));
    EXPECT_THAT(nft_prepare(kTwoGroups, 2), Not(HasSubstr("delete set")));
}

TEST(NftApply, PutsEachGroupsBansIntoItsOwnSets)
{
    auto narrow = add("2001:db8::/48"_p);
    narrow.group = 1;
    auto lifted = remove("192.0.2.7"_p);
    lifted.group = 1;
    EXPECT_THAT(nft_apply({add("192.0.2.8"_p), narrow, lifted}, kTwoGroups, kNoon),
                ElementsAre("add element inet mailban blocks6_1 { 2001:db8::/48, }\n",
                            "add element inet mailban banned4 { 192.0.2.8, }\n",
                            "add element inet mailban banned4_1 { 192.0.2.7, }\n"
                            "delete element inet mailban banned4_1 { 192.0.2.7, }\n"));
}

// What the kernel tells of kShape's table.
NftRules as_prepared(Forward forward = Forward::no)
{
    using Hook = NftChain::Hook;
    NftRules rules{{{"verdict", Hook::none}, {"input", Hook::input}},
                   {{"input", "", "", "verdict", false},
                    {"verdict", "banned4", "", "", true},
                    {"verdict", "banned6", std::string(8, '\xff') + std::string(8, '\0'), "", true},
                    {"verdict", "blocks4", "", "", true},
                    {"verdict", "blocks6", "", "", true}}};
    if (forward == Forward::no) return rules;
    rules.chains.push_back({"forward", Hook::forward});
    rules.rules.push_back({"forward", "", "", "verdict", false});
    return rules;
}

TEST(NftRules, OfAnotherShapeAreSeen)
{
    EXPECT_TRUE(nft_rules_fit(as_prepared(), kShape));
    EXPECT_FALSE(nft_rules_fit(as_prepared(), {kShape.ports, 32, 56}));
    EXPECT_FALSE(nft_rules_fit(as_prepared(), {kShape.ports, 32, 128}));
    EXPECT_FALSE(nft_rules_fit(as_prepared(), {kShape.ports, 24, 64}));
    EXPECT_FALSE(nft_rules_fit({}, kShape));
}

// A table of a mailban that knew one group only is kept, and completed.
TEST(NftRules, OfFewerGroupsFitAndDoNotStand)
{
    EXPECT_TRUE(nft_rules_fit(as_prepared(), kTwoGroups));
    EXPECT_FALSE(nft_stands(as_prepared(), kTwoGroups));
    EXPECT_EQ(nft_groups(as_prepared()), 1U);
    auto both = as_prepared();
    both.chains.push_back({"verdict_1", NftChain::Hook::none});
    EXPECT_FALSE(nft_rules_fit(both, kTwoGroups));
    for (auto rule : as_prepared().rules) {
        if (!rule.set.empty()) rule.set += "_1";
        if (!rule.jump.empty()) rule.jump += "_1";
        if (rule.chain == "verdict") rule.chain += "_1";
        both.rules.push_back(rule);
    }
    EXPECT_TRUE(nft_rules_fit(both, kTwoGroups));
    EXPECT_TRUE(nft_stands(both, kTwoGroups));
    EXPECT_EQ(nft_groups(both), 2U);
    EXPECT_TRUE(nft_stands(both, kShape)) << "one more does no harm";
}

TEST(NftRules, ThatAreMissingAreSeen)
{
    EXPECT_TRUE(nft_stands(as_prepared(), kShape));
    EXPECT_FALSE(nft_stands(as_prepared(), kForwarding));
    EXPECT_TRUE(nft_stands(as_prepared(Forward::yes), kForwarding));
    EXPECT_FALSE(nft_stands(as_prepared(Forward::yes), kShape));
    for (std::size_t i = 0; i < as_prepared().rules.size(); ++i) {
        auto damaged = as_prepared();
        damaged.rules.erase(damaged.rules.begin() + static_cast<std::ptrdiff_t>(i));
        EXPECT_FALSE(nft_stands(damaged, kShape)) << i;
    }
    for (std::size_t i = 1; i < as_prepared().rules.size(); ++i) {
        auto harmless = as_prepared();
        harmless.rules[i].drops = false;
        EXPECT_FALSE(nft_stands(harmless, kShape)) << i;
    }
    auto unhooked = as_prepared();
    unhooked.chains[1].hook = NftChain::Hook::other;
    EXPECT_FALSE(nft_stands(unhooked, kShape));
}

TEST(NftApply, GivesEveryElementItsOwnEnd)
{
    const Plan plan{add("192.0.2.7"_p, kNoon + 90s), add("2001:db8::/64"_p)};
    EXPECT_THAT(nft_apply(plan, kShape, kNoon),
                ElementsAre("add element inet mailban banned4 { 192.0.2.7 timeout 90s, }\n",
                            "add element inet mailban banned6 { 2001:db8::, }\n"));
}

TEST(NftApply, WritesLongTimesInDays)
{
    EXPECT_THAT(nft_apply({add("192.0.2.7"_p, kNoon + 36'525 * 24h + 1h)}, kShape, kNoon),
                ElementsAre(HasSubstr("timeout 36525d3600s")));
}

TEST(NftApply, RoundsAnEndUp)
{
    EXPECT_THAT(nft_apply({add("192.0.2.7"_p, kNoon + 1ms)}, kShape, kNoon),
                ElementsAre(HasSubstr("timeout 1s")));
}

TEST(NftApply, SkipsABanWhoseTimeIsOver)
{
    EXPECT_THAT(nft_apply({add("192.0.2.7"_p, kNoon)}, kShape, kNoon), IsEmpty());
}

TEST(NftApply, RemovesWhatMayBeAbsent)
{
    EXPECT_THAT(nft_apply({remove("192.0.2.7"_p)}, kShape, kNoon),
                ElementsAre("add element inet mailban banned4 { 192.0.2.7, }\n"
                            "delete element inet mailban banned4 { 192.0.2.7, }\n"));
}

TEST(NftApply, PutsBlocksOfOtherLengthsAmongTheIntervalsAndRemovesBeforeItAdds)
{
    const Plan plan{add("192.0.2.0/24"_p), remove("192.0.2.0/25"_p), add("2001:db8::7"_p)};
    EXPECT_THAT(nft_apply(plan, kShape, kNoon),
                ElementsAre(HasSubstr("delete element inet mailban blocks4 { 192.0.2.0/25, }"),
                            "add element inet mailban blocks4 { 192.0.2.0/24, }\n",
                            "add element inet mailban blocks6 { 2001:db8::7/128, }\n"));
}

TEST(NftApply, CutsALargePlanIntoTransactions)
{
    Plan plan;
    for (int i = 0; i < 2500; ++i)
        plan.push_back(add(Prefix::host(IpAddress::v4(10, 0, static_cast<std::uint8_t>(i / 250),
                                                      static_cast<std::uint8_t>(i % 250)))));
    EXPECT_THAT(nft_apply(plan, kShape, kNoon), SizeIs(3));
}

// The address behind a block's last one, by counting up.
std::optional<IpAddress> next_after(const Prefix& prefix)
{
    auto bytes = prefix.base().bytes();
    const std::size_t first = prefix.is_v4() ? 12 : 0;
    for (unsigned bit = prefix.length() + 8 * static_cast<unsigned>(first); bit < 128; ++bit)
        bytes[bit / 8] = static_cast<std::uint8_t>(bytes[bit / 8] | 0x80U >> bit % 8);
    for (std::size_t i = bytes.size(); i > first; --i)
        if (++bytes[i - 1] != 0) return IpAddress(bytes);
    return std::nullopt;
}

void put_block(std::vector<NftElement>& elements, const Held& block)
{
    const auto left = block.until ? std::optional<Duration>(*block.until - kNoon) : std::nullopt;
    elements.push_back({block.prefix.base(), false, left});
    if (const auto end = next_after(block.prefix)) elements.push_back({*end, true, {}});
}

TEST(NftBlocks, AreReadFromTheirBoundaries)
{
    const std::vector<NftElement> elements{
        {IpAddress::v4(0, 0, 0, 0), true, {}},  // before the first one, as nft sets it
        {IpAddress::v4(10, 0, 0, 0), false, {}},       {IpAddress::v4(11, 0, 0, 0), true, {}},
        {IpAddress::v4(198, 51, 100, 0), false, {1h}}, {IpAddress::v4(198, 51, 101, 0), true, {}},
        {IpAddress::v4(198, 51, 101, 0), false, {}},   {IpAddress::v4(198, 51, 102, 0), true, {}},
        {IpAddress::v4(203, 0, 113, 1), false, {}},    {IpAddress::v4(203, 0, 113, 4), true, {}},
        {IpAddress::v4(255, 255, 255, 0), false, {}}};
    EXPECT_THAT(nft_blocks(elements, kNoon),
                ElementsAre(Held{"10.0.0.0/8"_p, {}}, Held{"198.51.100.0/24"_p, kNoon + 1h},
                            Held{"198.51.101.0/24"_p, {}}, Held{"255.255.255.0/24"_p, {}}));
}

TEST(NftBlocks, OfEveryLengthAreRead)
{
    for (unsigned length = 0; length <= 128; ++length) {
        for (const char* text : {"2001:db8:ffff:ffff:ffff:ffff:ffff:ffff",
                                 "ffff:ffff::", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"}) {
            const Held block{Prefix::of(IpAddress::parse(text).value(), length), {}};
            if (block.prefix.is_v4()) continue;
            std::vector<NftElement> elements;
            put_block(elements, block);
            EXPECT_THAT(nft_blocks(elements, kNoon), ElementsAre(block));
        }
        if (length > 32) continue;
        const Held block{Prefix::of(IpAddress::v4(203, 119, 255, 255), length), {}};
        std::vector<NftElement> elements;
        put_block(elements, block);
        EXPECT_THAT(nft_blocks(elements, kNoon), ElementsAre(block));
    }
}

TEST(NftBlocks, AreReadInAnyOrder)
{
    for (unsigned seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const bool is_v4 = seed % 2 == 0;
        Wanted wanted;
        for (int i = 0; i < 30; ++i) {
            const auto prefix = any_prefix(random);
            const auto overlaps = [&](const auto& one) { return one.first.overlaps(prefix); };
            if (prefix.is_v4() == is_v4 && std::none_of(wanted.begin(), wanted.end(), overlaps))
                wanted[prefix] = any_end(random);
        }
        std::vector<NftElement> elements;
        for (const auto& block : held_in(wanted))
            put_block(elements, block);
        std::shuffle(elements.begin(), elements.end(), random);
        EXPECT_EQ(nft_blocks(elements, kNoon), held_in(wanted));
    }
}

}  // namespace

}  // namespace mailban::test::nft_test
