#include "mailban/firewall/nft.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

const NftShape kShape{{false, {25, 465}}, 32, 64};
const NftShape kForwarding{{false, {25, 465}}, 32, 64, Forward::yes};

TEST(NftPrepare, HooksBeforeEveryOtherFirewallAndLooksAtMailPortsOnly)
{
    const auto script = nft_prepare(kShape);
    EXPECT_THAT(script, HasSubstr("type filter hook input priority filter - 10; policy accept;"));
    EXPECT_THAT(script,
                HasSubstr("add rule inet mailban input tcp dport { 25, 465 } jump verdict"));
    EXPECT_THAT(script, HasSubstr("verdict ip saddr @banned4 drop"));
    EXPECT_THAT(script, HasSubstr("verdict ip6 saddr & ffff:ffff:ffff:ffff:: @banned6 drop"));
}

TEST(NftPrepare, LooksAtEverythingWhenAllPortsAreMeant)
{
    EXPECT_THAT(nft_prepare({{true, {}}, 32, 64}),
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
    EXPECT_THAT(nft_prepare({{true, {}}, 32, 64, Forward::yes}),
                testing::AllOf(HasSubstr("forward jump verdict"), Not(HasSubstr("proto-dst"))));
    EXPECT_THAT(nft_prepare(kShape), HasSubstr("delete chain inet mailban forward"));
}

TEST(NftPrepare, MasksNothingForHosts)
{
    EXPECT_THAT(nft_prepare({{true, {}}, 24, 128}),
                testing::AllOf(HasSubstr("ip saddr & 255.255.255.0 @banned4"),
                               HasSubstr("ip6 saddr @banned6")));
}

TEST(NftPrepare, SeesRulesOfAnotherShape)
{
    EXPECT_TRUE(nft_rules_fit(nft_prepare(kShape), kShape));
    EXPECT_TRUE(
        nft_rules_fit("\t\tip saddr @banned4 drop\n"
                      "\t\tip6 saddr & ffff:ffff:ffff:ffff:: == @banned6 drop\n",
                      kShape));
    EXPECT_FALSE(nft_rules_fit(nft_prepare(kShape), {kShape.ports, 32, 56}));
    EXPECT_FALSE(nft_rules_fit(nft_prepare(kShape), {kShape.ports, 24, 64}));
}

TEST(NftPrepare, SeesThatARuleIsMissing)
{
    auto script = nft_prepare(kShape);
    // As a listing would: without the chain that an earlier configuration may have left.
    for (const std::string line : {"add", "flush", "delete"}) {
        const auto at = script.find(line + " chain inet mailban forward");
        script.erase(at, script.find('\n', at) + 1 - at);
    }
    EXPECT_TRUE(nft_stands(script, kShape));
    EXPECT_FALSE(nft_stands(script, kForwarding));
    EXPECT_TRUE(nft_stands(nft_prepare(kForwarding), kForwarding));
    EXPECT_FALSE(nft_stands(nft_prepare(kForwarding), kShape));
    for (const std::string part : {"hook input", "jump verdict", "@banned4", "@blocks6"}) {
        auto damaged = script;
        for (auto at = damaged.find(part); at != std::string::npos; at = damaged.find(part))
            damaged.erase(at, part.size());
        EXPECT_FALSE(nft_stands(damaged, kShape)) << part;
    }
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

TEST(NftList, ReadsWhatNftPrints)
{
    constexpr std::string_view kListing =
        "table inet mailban {\n"
        "\tset banned4 {\n\t\ttype ipv4_addr\n\t\tflags timeout\n"
        "\t\telements = { 192.0.2.7 timeout 1h expires 59m59s968ms,\n"
        "\t\t\t     192.0.2.8 }\n\t}\n\n"
        "\tset banned6 {\n\t\ttype ipv6_addr\n\t\tflags timeout\n\t}\n\n"
        "\tset blocks4 {\n\t\ttype ipv4_addr\n\t\tflags interval,timeout\n"
        "\t\telements = { 198.51.100.0/24 timeout 1d expires 23h1m, 10.0.0.1-10.0.0.4 }\n\t}\n\n"
        "\tset blocks6 {\n\t\ttype ipv6_addr\n\t\tflags interval,timeout\n"
        "\t\telements = { 2001:db8::7 }\n\t}\n\n"
        "\tchain verdict {\n\t}\n}\n";
    EXPECT_THAT(
        parse_nft_list(kListing, kShape, kNoon),
        ElementsAre(Held{"192.0.2.7"_p, kNoon + 59min + 59s + 968ms}, Held{"192.0.2.8"_p, {}},
                    Held{"198.51.100.0/24"_p, kNoon + 23h + 1min}, Held{"2001:db8::7"_p, {}}));
}

TEST(NftList, GivesMaskedKeysTheirLength)
{
    constexpr std::string_view kListing =
        "table inet mailban {\n\tset banned6 {\n\t\telements = { 2001:db8:: }\n\t}\n}\n";
    EXPECT_THAT(parse_nft_list(kListing, kShape, kNoon), ElementsAre(Held{"2001:db8::/64"_p, {}}));
}

TEST(NftList, SurvivesAnyCutOfAListing)
{
    constexpr std::string_view kListing =
        "table inet mailban {\n\tset banned4 {\n"
        "\t\telements = { 192.0.2.7 timeout 1h expires 59m, 192.0.2.8 }\n\t}\n}\n";
    for (std::size_t length = 0; length <= kListing.size(); ++length)
        EXPECT_THAT(parse_nft_list(kListing.substr(0, length), kShape, kNoon),
                    SizeIs(testing::Le(2U)));
}

// Prints the elements of a script as a listing would.
std::string listing_of(const std::vector<std::string>& scripts)
{
    std::map<std::string, std::string> sets;
    for (const auto& script : scripts) {
        const auto name = script.substr(std::string("add element inet mailban ").size(), 7);
        auto elements = script.substr(script.find('{') + 1);
        elements.erase(elements.find('}'));
        for (auto at = elements.find(" timeout "); at != std::string::npos;
             at = elements.find(" timeout ", at + 10))
            elements.replace(at, 9, " timeout 9h expires ");
        sets[name] += elements;
    }
    std::string listing = "table inet mailban {\n";
    for (const auto& [name, elements] : sets)
        listing += "\tset " + name + " {\n\t\telements = {" + elements + "}\n\t}\n";
    return listing + "}\n";
}

TEST(NftList, ReadsBackWhateverApplyWrites)
{
    for (unsigned seed = 0; seed < 100; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Wanted wanted;
        for (int i = 0; i < 30; ++i)
            wanted[any_prefix(random)] = any_end(random);
        const auto scripts = nft_apply(reconcile(wanted, {}, KeepsTime::yes), kShape, kNoon);

        Wanted read;
        for (const auto& held : parse_nft_list(listing_of(scripts), kShape, kNoon))
            read.emplace(held.prefix, held.until);
        EXPECT_EQ(read, wanted);
    }
}

}  // namespace

}  // namespace mailban::test
