#include "mailban/ban/ledger.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>
#include <tuple>

#include "seed.h"

namespace mailban::ledger_test {
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
    Ledger ledger({}, 10, Seed{1});
    ledger.impose(ban(*Prefix::parse("192.0.2.0/24"), kStart + 1h));
    ledger.impose(ban(host(7), kStart + 2h));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 2, 7))->prefix, host(7));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 2, 8))->prefix, *Prefix::parse("192.0.2.0/24"));
    EXPECT_EQ(ledger.covering(IpAddress::v4(192, 0, 3, 8)), nullptr);
}

TEST(ALedger, EndsBansWhenTheyAreDueAndInThatOrder)
{
    Ledger ledger({}, 10, Seed{1});
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
    Ledger ledger({}, 10, Seed{1});
    ledger.impose(ban(host(1), kStart + 1h));
    ledger.impose(ban(host(1), kStart + 5h));
    EXPECT_TRUE(ledger.expire(kStart + 2h, 100).empty());
    EXPECT_NE(ledger.find(host(1)), nullptr);
}

TEST(ALedger, WhenFullLetsTheBanGoThatEndsSoonest)
{
    Ledger ledger({}, 2, Seed{1});
    ledger.impose(ban(host(1), kStart + 2h));
    ledger.impose(ban(host(2), kStart + 1h));
    const auto displaced = ledger.impose(ban(host(3), kStart + 3h));
    ASSERT_TRUE(displaced);
    EXPECT_EQ(displaced->prefix, host(2));
    EXPECT_EQ(ledger.bans().size(), 2U);
}

TEST(ALedger, DoublesEachFurtherBanUpToTheMaximum)
{
    Ledger ledger({2, 5h, 24h}, 10, Seed{1});
    std::vector<Duration> lengths;
    for (int i = 0; i < 5; ++i) {
        const auto level = ledger.next_level(host(1), kStart);
        lengths.push_back(ledger.duration(1h, level));
        ledger.remember(host(1), level, kStart);
    }
    EXPECT_THAT(lengths, ::testing::ElementsAre(1h, 2h, 4h, 5h, 5h));
}

TEST(ALedger, NeverShortensARulesOwnBan)
{
    const Ledger ledger({2, 1h, 24h}, 10, Seed{1});
    EXPECT_EQ(ledger.duration(24h, 3), Duration(24h));
}

TEST(ALedger, SurvivesAnEscalationBeyondEveryNumber)
{
    const Ledger ledger({1e6, std::chrono::days(30), 24h}, 10, Seed{1});
    EXPECT_EQ(ledger.duration(1h, 4'000'000'000U), Duration(std::chrono::days(30)));
}

TEST(ALedger, ForgetsAnOffenderWhoStayedAway)
{
    Ledger ledger({2, 24h, 60h}, 10, Seed{1});
    ledger.remember(host(1), 3, kStart);
    EXPECT_EQ(ledger.next_level(host(1), kStart + 60h), 4U);
    EXPECT_EQ(ledger.next_level(host(1), kStart + 60h + 1us), 1U);
}

TEST(ALedger, ForgetsWhoWasBannedLongestAgoWhenThereAreTooMany)
{
    Ledger ledger({}, 2, Seed{1});
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
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    Ledger ledger({}, 40, Seed{1});
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
        case 1:
            ASSERT_EQ(ledger.lift({prefix, BanOrigin::rule}).has_value(),
                      expected.erase(prefix) == 1);
            break;
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

Prefix client(const std::string& text)
{
    return Prefix::parse(text).value();
}

Ban level(Ban made, std::uint32_t number)
{
    made.level = number;
    return made;
}

Ban by_hand(Ban made)
{
    made.origin = BanOrigin::manual;
    return made;
}

TEST(ALedger, WhenFullLetsTheNetworkWithTheMostBansMakeRoom)
{
    Ledger ledger({}, 4, Seed{1});
    ledger.impose(ban(client("192.0.2.1/32"), kStart + 1min));
    for (const char* text : {"2001:db8:1::/64", "2001:db8:2::/64", "2001:db8:3::/64"})
        ledger.impose(ban(client(text), kStart + 24h));
    const auto displaced = ledger.impose(ban(client("203.0.113.1/32"), kStart + 1h));
    ASSERT_TRUE(displaced);
    EXPECT_EQ(displaced->prefix, client("2001:db8:1::/64"));
}

TEST(ALedger, WhenFullLetsTheLeastGuiltyGo)
{
    Ledger ledger({}, 5, Seed{1});
    ledger.impose(ban(host(1), std::nullopt));
    ledger.impose(ban(client("192.0.0.0/16"), kStart + 1h));
    ledger.impose(level(ban(host(2), kStart + 1h), 2));
    ledger.impose(ban(host(3), kStart + 4h));
    ledger.impose(ban(host(4), kStart + 2h));
    std::vector<Prefix> gone;
    for (unsigned last = 11; last <= 15; ++last)
        gone.push_back(ledger.impose(level(ban(host(last), std::nullopt), 9))->prefix);
    EXPECT_THAT(gone,
                ::testing::ElementsAre(host(4), host(3), host(2), client("192.0.0.0/16"), host(1)));
}

TEST(ALedger, LetsNoRulesBanTakeThePlaceOfOneByHand)
{
    Ledger ledger({}, 2, Seed{1});
    ledger.impose(by_hand(ban(host(1), kStart + 1h)));
    ledger.impose(ban(host(2), kStart + 9h));
    EXPECT_EQ(ledger.impose(by_hand(ban(host(3), kStart + 2h)))->prefix, host(2));
    EXPECT_EQ(ledger.impose(ban(host(4), std::nullopt))->prefix, host(4)) << "not entered";
    EXPECT_EQ(ledger.find(host(4)), nullptr);
    EXPECT_EQ(ledger.impose(by_hand(ban(host(5), kStart + 3h)))->prefix, host(1));
    EXPECT_EQ(ledger.bans().size(), 2U);
}

TEST(ALedger, SaysWhichBlockIsCrowded)
{
    Ledger ledger({}, 1000, Seed{1});
    for (unsigned last = 0; last < 128; ++last)
        ledger.impose(ban(host(last), kStart + 1h));
    EXPECT_EQ(ledger.crowded_block(host(7)), std::nullopt);
    ledger.impose(by_hand(ban(host(200), kStart + 1h)));
    ledger.impose(ban(host(201), std::nullopt));
    EXPECT_EQ(ledger.crowded_block(host(7)), std::nullopt) << "neither counts";
    ledger.impose(ban(host(202), kStart + 1h));
    EXPECT_EQ(ledger.crowded_block(host(7)), client("192.0.2.0/24"));
    EXPECT_EQ(ledger.crowded_block(client("192.0.2.0/24")), std::nullopt);
    EXPECT_EQ(ledger.take_clients(client("192.0.2.0/24")).size(), 129U);
    EXPECT_EQ(ledger.bans().size(), 2U);

    for (unsigned number = 0; number < 64; ++number) {
        const auto one = client("2001:db8:0:" + std::to_string(number) + "::/64");
        EXPECT_EQ(ledger.crowded_block(one), std::nullopt) << number;
        ledger.impose(ban(one, kStart + 1h));
    }
    ledger.impose(ban(client("2001:db8::/48"), kStart + 1h));
    EXPECT_EQ(ledger.crowded_block(client("2001:db8:0:7::/64")), client("2001:db8::/48"));
    EXPECT_EQ(ledger.take_clients(client("2001:db8::/48")).size(), 64U);
    EXPECT_NE(ledger.find(client("2001:db8::/48")), nullptr);
}

TEST(ALedger, FindsBlocksToMergeInANetworkThatHoldsMuch)
{
    Ledger ledger({}, 16, Seed{1});
    const auto put = [&](const char* text, Duration length) {
        ledger.impose(ban(client(text), kStart + length));
    };
    put("2001:db8:1:1::/64", 1h);
    const auto near = client("2001:db8:1:1::/64");
    EXPECT_TRUE(ledger.blocks_to_merge(near).empty()) << "one is not much";
    put("2001:db8:2:1::/64", 2h);
    EXPECT_TRUE(ledger.blocks_to_merge(near).empty()) << "each alone in its block";
    put("2001:db8:2:2::/64", 4h);
    put("2001:db8:1:2::/64", 3h);
    put("2001:db8:2:3::/64", 4h);
    EXPECT_THAT(ledger.blocks_to_merge(near),
                ::testing::ElementsAre(client("2001:db8:2::/48"), client("2001:db8:1::/48")));
    EXPECT_THAT(ledger.blocks_to_merge(client("2001:db8:2:9::/64")),
                ::testing::ElementsAre(client("2001:db8:2::/48")));
    EXPECT_THAT(ledger.blocks_to_merge(host(1)), ::testing::SizeIs(2)) << "of another network";
    ledger.lift({client("2001:db8:1:2::/64"), BanOrigin::rule});
    EXPECT_THAT(ledger.blocks_to_merge(near), ::testing::ElementsAre(client("2001:db8:2::/48")));
    for (unsigned last = 1; last < 10; ++last)
        ledger.impose(ban(host(last), kStart + 1h));
    EXPECT_TRUE(ledger.blocks_to_merge(near).empty()) << "an IPv4 /24 is merged when it is crowded";
}

// A ledger that looks at everything each time.
class NaiveLedger {
public:
    explicit NaiveLedger(std::size_t capacity) : capacity_(capacity) {}

    std::optional<BanKey> impose(const Ban& ban)
    {
        bans_.erase(ban.key());
        std::optional<BanKey> gone;
        if (bans_.size() >= capacity_) gone = to_displace(ban);
        if (gone) bans_.erase(*gone);
        if (gone != ban.key()) bans_[ban.key()] = ban;
        return gone;
    }

    // The narrowest that holds the address; of one prefix the one that ends last.
    const Ban* covering(const IpAddress& address, std::optional<BanOrigin> origin = {}) const
    {
        const Ban* found = nullptr;
        for (const auto& [key, ban] : bans_) {
            if (!key.prefix.contains(address) || (origin && key.origin != *origin)) continue;
            const bool is_narrower =
                found == nullptr || key.prefix.length() > found->prefix.length();
            const bool lasts_longer = found != nullptr && key.prefix == found->prefix &&
                                      ends_later(ban.until, found->until);
            if (is_narrower || lasts_longer) found = &ban;
        }
        return found;
    }

    std::map<BanKey, Ban> bans_{};

private:
    static Prefix network_of(const Prefix& prefix)
    {
        return Prefix::of(prefix.base(), prefix.is_v4() ? 16 : 32);
    }

    std::optional<BanKey> to_displace(const Ban& ban) const
    {
        std::map<Prefix, std::size_t> sizes;
        for (const auto& [key, one] : bans_)
            if (one.origin == BanOrigin::rule) ++sizes[network_of(key.prefix)];
        if (sizes.empty() && ban.origin == BanOrigin::rule) return ban.key();
        const auto guilt_of = [](const Ban& one) {
            const bool is_block = one.prefix.length() <= (one.prefix.is_v4() ? 24U : 48U);
            const auto length = one.until ? *one.until - one.since : Duration();
            return std::tuple(!one.until, is_block, one.level, length, one.until, one.prefix);
        };
        const Ban* least = nullptr;
        for (const auto& [key, one] : bans_) {
            const Prefix& prefix = key.prefix;
            if (sizes.empty()) {
                if (one.until && (least == nullptr || std::tuple(*one.until, key) <
                                                          std::tuple(*least->until, least->key())))
                    least = &one;
                continue;
            }
            if (one.origin != BanOrigin::rule) continue;
            const auto size = sizes.at(network_of(prefix));
            const auto most = std::max_element(
                sizes.begin(), sizes.end(),
                [](const auto& left, const auto& right) { return left.second < right.second; });
            if (size != most->second) continue;
            // Of networks of one size, the last by number; the test has one of each family.
            if (least != nullptr && network_of(least->prefix) != network_of(prefix) &&
                prefix.is_v4() != least->prefix.is_v4()) {
                if (!prefix.is_v4()) least = &one;
                continue;
            }
            if (least == nullptr || guilt_of(one) < guilt_of(*least)) least = &one;
        }
        if (least == nullptr) return std::nullopt;
        return least->key();
    }

    std::size_t capacity_;
};

void expect_same_answers(const Ledger& ledger, const NaiveLedger& naive, const IpAddress& address)
{
    const auto expect_same = [](const Ban* found, const Ban* expected) {
        ASSERT_EQ(found == nullptr, expected == nullptr);
        if (found != nullptr) {
            EXPECT_EQ(*found, *expected);
        }
    };
    const Ban* const narrowest = naive.covering(address);
    expect_same(ledger.covering(address), narrowest);
    if (narrowest != nullptr) expect_same(ledger.find(narrowest->prefix), narrowest);
    for (const auto origin : {BanOrigin::rule, BanOrigin::manual, BanOrigin::imported}) {
        expect_same(ledger.covering(address, origin), naive.covering(address, origin));
        const BanKey key{Prefix::host(address), origin};
        const auto known = naive.bans_.find(key);
        expect_same(ledger.find(key), known == naive.bans_.end() ? nullptr : &known->second);
        EXPECT_EQ(ledger.count(origin),
                  std::count_if(naive.bans_.begin(), naive.bans_.end(),
                                [origin](const auto& one) { return one.first.origin == origin; }));
    }
}

TEST(ALedger, DisplacesAndFindsWhatALookAtAllOfThemWould)
{
    for (unsigned seed = 0; seed < 20; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Ledger ledger({}, 20, Seed{1});
        NaiveLedger naive(20);
        Timestamp now = kStart;
        for (int i = 0; i < 1000; ++i) {
            Prefix prefix = host(static_cast<unsigned>(random() % 40));
            if (random() % 2 == 0)
                prefix = client("2001:db8:0:" + std::to_string(random() % 40) + "::/64");
            if (random() % 20 == 0) prefix = Prefix::of(prefix.base(), prefix.is_v4() ? 24 : 48);
            if (random() % 10 == 0) {
                now += std::chrono::minutes(random() % 60);
                ledger.expire(now, 100);
                std::erase_if(naive.bans_, [&](const auto& one) {
                    return one.second.until && *one.second.until <= now;
                });
            }
            const Until until =
                random() % 10 == 0 ? Until() : Until(now + std::chrono::hours(1 + random() % 9));
            Ban made = level(ban(prefix, until), 1 + static_cast<std::uint32_t>(random() % 3));
            if (random() % 10 == 0) made.origin = BanOrigin::manual;
            made.since = now;
            const auto gone = ledger.impose(made);
            const auto expected = naive.impose(made);
            ASSERT_EQ(gone ? std::optional(gone->key()) : std::nullopt, expected) << "step " << i;
            ASSERT_EQ(ledger.bans(), naive.bans_);
            expect_same_answers(ledger, naive, prefix.base());
            expect_same_answers(ledger, naive, host(static_cast<unsigned>(random() % 40)).base());
        }
    }
}

}  // namespace
}  // namespace mailban::ledger_test
