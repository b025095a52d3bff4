// Bans of one prefix and several origins, and what lies inside and around a prefix.
#include "mailban/ban/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::ledger_origins_test {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

Prefix host(unsigned last)
{
    return Prefix::host(IpAddress::v4(192, 0, 2, static_cast<std::uint8_t>(last)));
}

Ban ban(const Prefix& prefix, Until until)
{
    Ban made;
    made.prefix = prefix;
    made.since = kStart;
    made.until = until;
    return made;
}

Ban by_hand(Ban ban)
{
    ban.origin = BanOrigin::manual;
    return ban;
}

TEST(ALedger, KeepsTheBansOfOnePrefixApartByTheirOrigin)
{
    Ledger ledger({}, 10, Seed{1});
    const Ban rule = ban(host(7), kStart + 1h);
    const Ban manual = by_hand(ban(host(7), kStart + 2h));
    ledger.impose(rule);
    ledger.impose(manual);
    EXPECT_THAT(ledger.bans_of(host(7)), ::testing::ElementsAre(rule, manual));
    EXPECT_EQ(ledger.find(host(7))->until, kStart + 2h);  // the one that ends last
    EXPECT_EQ(ledger.covering(host(7).base(), BanOrigin::rule)->until, kStart + 1h);
    EXPECT_EQ(ledger.lift({host(7), BanOrigin::manual}), manual);
    EXPECT_THAT(ledger.bans_of(host(7)), ::testing::ElementsAre(rule));
    EXPECT_EQ(ledger.covering(host(7).base())->origin, BanOrigin::rule);
}

TEST(ALedger, EndsEachBanOfAPrefixInItsOwnTime)
{
    Ledger ledger({}, 10, Seed{1});
    ledger.impose(by_hand(ban(host(7), kStart + 1h)));
    ledger.impose(ban(host(7), kStart + 2h));
    ASSERT_EQ(ledger.expire(kStart + 1h, 100).size(), 1U);
    EXPECT_EQ(ledger.find(host(7))->origin, BanOrigin::rule);
}

TEST(ALedger, FindsWhatLiesInsideAPrefixAndWhatLiesAroundIt)
{
    Ledger ledger({}, 10, Seed{1});
    const auto block = *Prefix::parse("192.0.2.0/24");
    for (const auto& prefix : {*Prefix::parse("192.0.0.0/16"), block, host(7)})
        ledger.impose(ban(prefix, {}));
    ledger.impose(by_hand(ban(block, {})));
    const BanKey rule{block, BanOrigin::rule};
    const BanKey manual{block, BanOrigin::manual};
    const BanKey client{host(7), BanOrigin::rule};
    const BanKey wide{*Prefix::parse("192.0.0.0/16"), BanOrigin::rule};
    EXPECT_THAT(ledger.inside(block, 10), ::testing::ElementsAre(rule, manual, client));
    EXPECT_THAT(ledger.inside(block, 2), ::testing::ElementsAre(rule, manual));
    EXPECT_THAT(ledger.around(host(7)), ::testing::ElementsAre(wide, rule, manual));
    EXPECT_THAT(ledger.around(block), ::testing::ElementsAre(wide));
}

}  // namespace
}  // namespace mailban::ledger_origins_test
