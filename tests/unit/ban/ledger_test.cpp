#include "mailban/ban/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailban {
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

TEST(ALedger, KnowsWhoIsOutAndFindsTheNarrowestBan)
{
    Ledger ledger({}, 10);
    ledger.impose(ban(*Prefix::parse("192.0.2.0/24"), kStart + 1h));
    ledger.impose(ban(host(7), kStart + 2h));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 2, 7))->prefix, host(7));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 2, 8))->prefix, *Prefix::parse("192.0.2.0/24"));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 3, 8)), nullptr);
}

TEST(ALedger, EndsBansWhenTheyAreDueAndInThatOrder)
{
    Ledger ledger({}, 10);
    ledger.impose(ban(host(1), kStart + 2h));
    ledger.impose(ban(host(2), kStart + 1h));
    ledger.impose(ban(host(3), std::nullopt));
    EXPECT_EQ(ledger.next_expiry(), kStart + 1h);
    EXPECT_TRUE(ledger.expire(kStart + 1h - 1us, 100).empty());
    const auto ended = ledger.expire(kStart + 3h, 100);
    ASSERT_EQ(ended.size(), 2U);
    EXPECT_EQ(ended[0].prefix, host(2));
    EXPECT_EQ(ended[1].prefix, host(1));
    EXPECT_EQ(ledger.bans().size(), 1U);
    EXPECT_EQ(ledger.next_expiry(), std::nullopt);
}

TEST(ALedger, ReplacesAPrefixsBanWithoutLeavingItsOldEndBehind)
{
    Ledger ledger({}, 10);
    ledger.impose(ban(host(1), kStart + 1h));
    ledger.impose(ban(host(1), kStart + 5h));
    EXPECT_TRUE(ledger.expire(kStart + 2h, 100).empty());
    EXPECT_NE(ledger.find(host(1)), nullptr);
}

TEST(ALedger, WhenFullLetsTheBanGoThatEndsSoonest)
{
    Ledger ledger({}, 2);
    ledger.impose(ban(host(1), kStart + 2h));
    ledger.impose(ban(host(2), kStart + 1h));
    const auto displaced = ledger.impose(ban(host(3), kStart + 3h));
    ASSERT_TRUE(displaced);
    EXPECT_EQ(displaced->prefix, host(2));
    EXPECT_EQ(ledger.bans().size(), 2U);
}

TEST(ALedger, DoublesEachFurtherBanUpToTheMaximum)
{
    Ledger ledger({2, 5h, 24h}, 10);
    std::vector<Duration> lengths;
    for (int i = 0; i < 5; ++i) {
        const auto level = ledger.next_level(host(1), kStart);
        lengths.push_back(ledger.duration(1h, level));
        ledger.remember(host(1), level, kStart);
    }
    EXPECT_THAT(lengths, testing::ElementsAre(1h, 2h, 4h, 5h, 5h));
}

TEST(ALedger, NeverShortensARulesOwnBan)
{
    const Ledger ledger({2, 1h, 24h}, 10);
    EXPECT_EQ(ledger.duration(24h, 3), Duration(24h));
}

TEST(ALedger, SurvivesAnEscalationBeyondEveryNumber)
{
    const Ledger ledger({1e6, std::chrono::days(30), 24h}, 10);
    EXPECT_EQ(ledger.duration(1h, 4'000'000'000U), Duration(std::chrono::days(30)));
}

TEST(ALedger, ForgetsAnOffenderWhoStayedAway)
{
    Ledger ledger({2, 24h, 60h}, 10);
    ledger.remember(host(1), 3, kStart);
    EXPECT_EQ(ledger.next_level(host(1), kStart + 60h), 4U);
    EXPECT_EQ(ledger.next_level(host(1), kStart + 60h + 1us), 1U);
}

TEST(ALedger, ForgetsWhoWasBannedLongestAgoWhenThereAreTooMany)
{
    Ledger ledger({}, 2);
    for (unsigned last = 1; last <= 4; ++last)
        ledger.remember(host(last), 1, kStart + last * 1s);
    ledger.remember(host(1), 2, kStart + 9s);
    EXPECT_EQ(ledger.offenders().size(), 4U);
    ledger.restore({host(5), 3, kStart + 5s});
    EXPECT_EQ(ledger.offenders().size(), 4U);
    EXPECT_EQ(ledger.offender(host(2)), nullptr);
    EXPECT_EQ(ledger.next_level(host(1), kStart + 10s), 3U);
    ledger.restore({host(6), 3, kStart});  // longer ago than all of them
    EXPECT_EQ(ledger.offender(host(6)), nullptr);
    EXPECT_EQ(ledger.offenders().size(), 4U);
}

TEST(ALedger, KeepsItsIndexesInStepThroughAnyHistory)
{
    const auto seed = std::random_device{}();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Ledger ledger({}, 40);
    std::map<Prefix, Until> expected;
    Timestamp now = kStart;
    for (int i = 0; i < 20'000; ++i) {
        const Prefix prefix = host(random() % 64);
        switch (random() % 3) {
        case 0: {
            const Until until = random() % 10 == 0
                                    ? Until()
                                    : Until(now + std::chrono::seconds(1 + random() % 100));
            if (const auto gone = ledger.impose(ban(prefix, until))) expected.erase(gone->prefix);
            expected[prefix] = until;
            break;
        }
        case 1: ASSERT_EQ(ledger.lift(prefix).has_value(), expected.erase(prefix) == 1); break;
        default:
            now += std::chrono::seconds(random() % 10);
            ledger.expire(now, 100);
            std::erase_if(expected,
                          [&](const auto& entry) { return entry.second && *entry.second <= now; });
        }
        ASSERT_EQ(ledger.bans().size(), expected.size());
        const bool held = expected.contains(prefix);
        ASSERT_EQ(ledger.covering(prefix.base()) != nullptr, held);
    }
}

}  // namespace
}  // namespace mailban
