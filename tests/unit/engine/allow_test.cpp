// Whom the engine never bans, by whose word.
#include "unit/engine/an_engine.h"

namespace mailban::test::allow_test {
namespace {

using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Prefix prefix(const std::string& text)
{
    return *Prefix::parse(text);
}

std::vector<Allowed> one_of(AllowOrigin origin, const std::string& address)
{
    Allowed entry;
    entry.prefix = prefix(address);
    entry.origin = origin;
    return {entry};
}

class AllowingByHand : public AnEngine {
protected:
    Effects allow(const std::string& text, std::optional<Duration> length = {})
    {
        auto effects = engine_.allow(prefix(text), length, "ours", now_);
        EXPECT_TRUE(effects) << effects.error().message;
        return *effects;
    }
};

TEST_F(AllowingByHand, LetsABannedClientInAtOnceAndKeepsItIn)
{
    fail_times("192.0.2.7", 5);
    const auto effects = allow("192.0.2.7");
    const auto ended = all_of<RecordEnd>(effects);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].why, BanEndReason::trusted);
    ASSERT_EQ(all_of<Enforce>(effects).size(), 1U);
    EXPECT_EQ(all_of<Enforce>(effects)[0].change.kind, Change::Kind::remove);
    EXPECT_THAT(fail_times("192.0.2.7", 50), IsEmpty());
}

TEST_F(AllowingByHand, LiftsABanOfABlockThatHoldsTheAddress)
{
    ASSERT_TRUE(engine_.ban(prefix("192.0.2.0/24"), 1h, "", now_));
    EXPECT_EQ(all_of<RecordEnd>(allow("192.0.2.7")).size(), 1U);
    EXPECT_THAT(engine_.wanted(), IsEmpty());
}

TEST_F(AllowingByHand, IsRecordedAndTakenUpAgain)
{
    const auto kept = all_of<RecordAllowed>(allow("192.0.2.7", 1h));
    ASSERT_EQ(kept.size(), 1U);
    EXPECT_EQ(kept[0].entry.until, now_ + 1h);
    EXPECT_EQ(kept[0].entry.reason, "ours");
    Engine later(five_in_ten_minutes(), PrefixSet(), 2);
    later.restore(kept[0].entry);
    EXPECT_EQ(later.allowlist().entries(), engine_.allowlist().entries());
}

TEST_F(AllowingByHand, EndsAtItsTimeAndIsRecordedAsEnded)
{
    allow("192.0.2.7", 1h);
    now_ += 1h - 1us;
    EXPECT_THAT(all_of<RecordDisallowed>(engine_.advance(now_)), IsEmpty());
    EXPECT_TRUE(engine_.is_trusted(prefix("192.0.2.7")));
    now_ += 1us;
    const auto ended = all_of<RecordDisallowed>(engine_.advance(now_));
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].prefix, prefix("192.0.2.7"));
    EXPECT_FALSE(engine_.is_trusted(prefix("192.0.2.7")));
    EXPECT_FALSE(fail_times("192.0.2.7", 5).empty());
}

TEST_F(AllowingByHand, IsTakenBackByHand)
{
    allow("192.0.2.0/24");
    const auto refused = engine_.disallow(prefix("192.0.2.7"));
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message,
                HasSubstr("not allowed by command; it is on the allowlist"));
    const auto ended = engine_.disallow(prefix("192.0.2.0/24"));
    ASSERT_TRUE(ended);
    EXPECT_EQ(all_of<RecordDisallowed>(*ended).size(), 1U);
    EXPECT_FALSE(engine_.disallow(prefix("192.0.2.0/24")));
    EXPECT_FALSE(fail_times("192.0.2.7", 5).empty());
}

TEST_F(AllowingByHand, RefusesWhatWouldEndNearlyAllBans)
{
    fail_times("192.0.2.7", 5);
    const auto refused = engine_.allow(prefix("0.0.0.0/0"), 1h, "", now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("dry-run"));
    EXPECT_EQ(engine_.wanted().size(), 1U);
}

TEST_F(AllowingByHand, HoldsTenThousandAndRefusesMore)
{
    for (std::uint32_t number = 0; number < 10'000; ++number) {
        const auto ip = IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8U),
                                      static_cast<std::uint8_t>(number));
        ASSERT_TRUE(engine_.allow(Prefix::host(ip), {}, "", now_));
    }
    const auto refused = engine_.allow(prefix("192.0.2.7"), {}, "", now_);
    ASSERT_FALSE(refused);
    EXPECT_THAT(refused.error().message, HasSubstr("write further ones into an allow file"));
    EXPECT_FALSE(engine_.is_trusted(prefix("192.0.2.7")));
}

class AChangeOfTrust : public AnEngine {};

TEST_F(AChangeOfTrust, LiftsABanOfWhateverAFileANameOrTheRoutesComeToName)
{
    const auto lifts = [this](const std::string& address) {
        fail_times(address, 5);
        EXPECT_FALSE(engine_.wanted().empty());
        const auto set = [this](AllowOrigin origin, const std::string& text) {
            engine_.set_allowed(origin, "source", one_of(origin, text));
        };
        if (address == "192.0.2.7") set(AllowOrigin::file, address);
        if (address == "192.0.2.8") set(AllowOrigin::host_name, address);
        if (address == "192.0.2.9") engine_.set_gateways(PrefixSet({prefix(address)}));
        return all_of<RecordEnd>(engine_.advance(now_)).size() == 1 && engine_.wanted().empty();
    };
    EXPECT_TRUE(lifts("192.0.2.7"));
    EXPECT_TRUE(lifts("192.0.2.8"));
    EXPECT_TRUE(lifts("192.0.2.9"));
    EXPECT_EQ(engine_.trusted_as(prefix("192.0.2.9")), "default gateway");
}

Config with_proxies()
{
    auto config = five_in_ten_minutes();
    config.proxies.prefixes = {prefix("198.51.100.0/28")};
    return config;
}

class APassage : public AnEngine {
protected:
    APassage() : AnEngine(with_proxies()) {}

    std::vector<std::string> told_of(const std::string& ip, int failures)
    {
        std::vector<std::string> told;
        for (int i = 0; i < failures; ++i) {
            now_ += 1s;
            for (const auto& tell : all_of<Notice>(fail(ip)))
                told.push_back(tell.text);
        }
        return told;
    }
};

TEST_F(APassage, IsNeverBanned)
{
    engine_.set_container_networks(PrefixSet({prefix("172.17.0.0/16")}));
    EXPECT_THAT(fail_times("198.51.100.7", 50), IsEmpty());
    EXPECT_THAT(fail_times("172.17.0.9", 50), IsEmpty());
    EXPECT_EQ(engine_.trusted_as(prefix("198.51.100.7")), "proxy");
    EXPECT_EQ(engine_.trusted_as(prefix("172.17.0.9")), "container network");
    EXPECT_FALSE(fail_times("198.51.100.17", 5).empty());
}

TEST_F(APassage, IsLetInWhenItsNetworkComesUp)
{
    EXPECT_FALSE(fail_times("172.17.0.9", 5).empty());
    engine_.set_container_networks(PrefixSet({prefix("172.17.0.0/16")}));
    EXPECT_EQ(all_of<RecordEnd>(engine_.advance(now_)).size(), 1U);
}

TEST_F(APassage, IsToldOnceWhenFortyFailuresHaveComeThroughIt)
{
    EXPECT_THAT(told_of("198.51.100.7", 39), IsEmpty());
    EXPECT_THAT(engine_.warnings(), IsEmpty());
    const auto told = told_of("198.51.100.7", 2);
    ASSERT_EQ(told.size(), 1U);
    EXPECT_THAT(told[0],
                HasSubstr("40 failed logins came from 198.51.100.7 (proxy), which is never "
                          "banned, and the log does not show the clients behind it"));
    EXPECT_THAT(told_of("198.51.100.7", 100), IsEmpty());
    ASSERT_EQ(engine_.warnings().size(), 1U);
    EXPECT_THAT(engine_.warnings()[0], HasSubstr("141 failed logins came from 198.51.100.7"));
}

TEST_F(APassage, IsNobodyThatAnAdministratorAllows)
{
    ASSERT_TRUE(engine_.allow(prefix("192.0.2.7"), {}, "ours", now_));
    EXPECT_THAT(told_of("192.0.2.7", 100), IsEmpty());
    EXPECT_THAT(engine_.warnings(), IsEmpty());
}

TEST_F(APassage, IsToldOfSixtyFourAddressesAtMost)
{
    engine_.set_container_networks(PrefixSet({prefix("172.17.0.0/16")}));
    std::size_t told = 0;
    for (int number = 0; number < 100; ++number)
        told += told_of("172.17.1." + std::to_string(number), 41).size();
    EXPECT_EQ(told, Engine::kMostHidden);
    EXPECT_EQ(engine_.warnings().size(), Engine::kMostHidden);
}

// What ends by itself, by an allowance or by a file that changed, ends in portions.
class ACrowdOfBans : public AnEngine {
protected:
    static constexpr std::size_t kBans = 1000;
    static constexpr std::size_t kMost = 100;

    void SetUp() override
    {
        for (std::uint32_t number = 0; number < kBans; ++number)
            ASSERT_TRUE(engine_.ban(numbered(number), 1h, "", now_));
        engine_.advance(now_);
    }
    static Prefix numbered(std::uint32_t number)
    {
        return Prefix::host(IpAddress::v4(192, 0, static_cast<std::uint8_t>(number >> 8U),
                                          static_cast<std::uint8_t>(number)));
    }
    // Each portion is at most so large, and all of them end all bans.
    void expect_all_to_end_in_portions(std::size_t already)
    {
        std::size_t ended = already;
        std::size_t portions = 0;
        for (; engine_.is_behind(now_) && portions <= 2 * kBans / kMost; ++portions) {
            const auto ends = all_of<RecordEnd>(engine_.advance(now_, kMost));
            EXPECT_LE(ends.size(), kMost);
            ended += ends.size();
        }
        EXPECT_EQ(ended, kBans);
        EXPECT_GE(portions, (kBans - already) / kMost);
        EXPECT_THAT(engine_.wanted(), IsEmpty());
        EXPECT_FALSE(engine_.is_behind(now_));
    }
};

TEST_F(ACrowdOfBans, EndsInPortionsWhereAllAreDueAtOnce)
{
    EXPECT_FALSE(engine_.is_behind(now_));
    now_ += 1h;
    EXPECT_TRUE(engine_.is_behind(now_));
    expect_all_to_end_in_portions(0);
}

TEST_F(ACrowdOfBans, EndsInPortionsWhereAWideBlockIsAllowed)
{
    const auto effects = engine_.allow(prefix("192.0.0.0/16"), {}, "", now_, kMost);
    ASSERT_TRUE(effects);
    EXPECT_EQ(all_of<RecordEnd>(*effects).size(), kMost);
    expect_all_to_end_in_portions(kMost);
}

TEST_F(ACrowdOfBans, EndsInPortionsWhereAFileComesToNameItsBlock)
{
    engine_.set_allowed(AllowOrigin::file, "source", one_of(AllowOrigin::file, "192.0.0.0/16"));
    expect_all_to_end_in_portions(0);
}

TEST_F(ACrowdOfBans, IsComparedWithTrustThatChangesMeanwhileFromItsBeginning)
{
    engine_.set_allowed(AllowOrigin::file, "one", one_of(AllowOrigin::file, "192.0.3.0/24"));
    engine_.advance(now_, kMost);
    engine_.set_allowed(AllowOrigin::file, "two", one_of(AllowOrigin::file, "192.0.0.0/24"));
    while (engine_.is_behind(now_))
        engine_.advance(now_, kMost);
    EXPECT_EQ(engine_.wanted().size(), 512U);  // 192.0.1.0/24 and 192.0.2.0/24
}

TEST_F(ACrowdOfBans, HidesNoNewOffenceBehindABanThatIsOver)
{
    now_ += 1h;
    const auto changes = fail_times("192.0.0.7", 5);
    // The rule's ban stands beside the one by hand that is over, and lasts longer.
    ASSERT_EQ(changes.size(), 1U);
    EXPECT_EQ(changes[0].change.until, now_ + 1h);
}

TEST(ALedgersOverlap, IsWhatSharesAnAddressWiderOnesFirst)
{
    Ledger ledger({}, 100, Seed{1});
    for (const auto* text : {"::/0", "0.0.0.0/0", "192.0.2.0/24", "192.0.2.7", "192.0.3.1",
                             "2001:db8::/32", "2001:db8:1::/64", "::/64", "8000::/64"}) {
        Ban ban;
        ban.prefix = prefix(text);
        ledger.impose(ban);
    }
    const auto over = [&ledger](const char* text, std::size_t most = 100) {
        std::vector<std::string> texts;
        for (const BanKey& one : ledger.overlapping(prefix(text), most))
            texts.push_back(one.prefix.to_string());
        return texts;
    };
    using ::testing::ElementsAre;
    EXPECT_THAT(over("192.0.2.0/24"), ElementsAre("0.0.0.0/0", "192.0.2.0/24", "192.0.2.7/32"));
    EXPECT_THAT(over("192.0.2.7"), ElementsAre("0.0.0.0/0", "192.0.2.0/24", "192.0.2.7/32"));
    EXPECT_THAT(over("192.0.2.8"), ElementsAre("0.0.0.0/0", "192.0.2.0/24"));
    EXPECT_THAT(over("192.0.0.0/16", 2), ElementsAre("0.0.0.0/0", "192.0.2.0/24"));
    EXPECT_THAT(over("2001:db8::/48"), ElementsAre("::/0", "2001:db8::/32"));
    // Over all of IPv4, which lies within and is no part of it.
    EXPECT_THAT(over("::/0"),
                ElementsAre("::/0", "::/64", "2001:db8::/32", "2001:db8:1::/64", "8000::/64"));
}

}  // namespace
}  // namespace mailban::test::allow_test
