// Whom the engine never bans, by whose word.
#include "unit/engine/an_engine.h"

namespace mailban::testing {
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
    EXPECT_EQ(ended[0].why, "unbanned as trusted");
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
    EXPECT_THAT(refused.error().message, HasSubstr("not allowed by command; it is trusted"));
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

}  // namespace
}  // namespace mailban::testing
