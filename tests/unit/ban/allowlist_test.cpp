#include "mailban/ban/allowlist.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::allowlist_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

Prefix prefix(const std::string& text)
{
    return *Prefix::parse(text);
}

std::vector<Allowed> entries(AllowOrigin origin, const std::string& source,
                             const std::vector<std::string>& prefixes)
{
    std::vector<Allowed> result;
    for (const auto& text : prefixes) {
        result.emplace_back();
        result.back().prefix = prefix(text);
        result.back().origin = origin;
        result.back().source = source;
        result.back().line = static_cast<int>(result.size());
    }
    return result;
}

Allowed by_hand(const std::string& text, Until until = {})
{
    Allowed entry;
    entry.prefix = prefix(text);
    entry.until = until;
    return entry;
}

class AnAllowlist : public ::testing::Test {
protected:
    std::string why(const std::string& text) const
    {
        const Allowed* found = list_.overlapping(prefix(text));
        return found == nullptr ? "" : to_string(*found);
    }
    bool say(const std::string& file, const std::vector<std::string>& prefixes)
    {
        return list_.set(AllowOrigin::file, file, entries(AllowOrigin::file, file, prefixes));
    }

    Allowlist list_{};
};

TEST_F(AnAllowlist, TrustsNobodyButLoopbackAtFirst)
{
    EXPECT_EQ(why("127.1.2.3"), "loopback");
    EXPECT_EQ(why("::1"), "loopback");
    EXPECT_EQ(why("0.0.0.0/0"), "loopback");
    EXPECT_EQ(why("192.0.2.7"), "");
    EXPECT_EQ(why("2001:db8::7"), "");
}

TEST_F(AnAllowlist, SaysWhoseWordItTakes)
{
    list_.set(AllowOrigin::own_address, PrefixSet({prefix("198.51.100.1")}));
    list_.set(AllowOrigin::gateway, PrefixSet({prefix("198.51.100.254")}));
    list_.set(AllowOrigin::configuration, PrefixSet({prefix("10.0.0.0/8")}));
    list_.set(AllowOrigin::host_name, "office.example.net",
              entries(AllowOrigin::host_name, "office.example.net", {"192.0.2.7"}));
    say("/etc/allow.list", {"192.0.2.8", "2001:db8::/32"});
    list_.add(by_hand("192.0.2.9", kNow));
    EXPECT_EQ(why("198.51.100.1"), "own address");
    EXPECT_EQ(why("198.51.100.254"), "default gateway");
    EXPECT_EQ(why("10.1.2.3"), "allowlist");
    EXPECT_EQ(why("192.0.2.7"), "allowlist office.example.net");
    EXPECT_EQ(why("2001:db8::1"), "allowlist /etc/allow.list:2");
    EXPECT_EQ(why("192.0.2.9"), "allowed by hand until 2027-01-15 08:00:00 +0000");
}

TEST_F(AnAllowlist, ReachesWhateverOverlapsAnEntry)
{
    say("a", {"192.0.2.8/30"});
    EXPECT_EQ(why("192.0.2.0/24"), "allowlist a:1");
    EXPECT_EQ(why("192.0.2.11"), "allowlist a:1");
    EXPECT_EQ(why("192.0.2.12"), "");
}

TEST_F(AnAllowlist, KeepsAnAddressUntilNobodyNamesItAnyMore)
{
    say("a", {"192.0.2.7"});
    say("b", {"192.0.2.7"});
    list_.add(by_hand("192.0.2.7"));
    EXPECT_EQ(list_.covering(*IpAddress::parse("192.0.2.7")).size(), 3U);
    say("a", {});
    EXPECT_EQ(why("192.0.2.7"), "allowlist b:1");
    EXPECT_TRUE(list_.remove(prefix("192.0.2.7")));
    EXPECT_FALSE(list_.remove(prefix("192.0.2.7")));
    EXPECT_EQ(why("192.0.2.7"), "allowlist b:1");
    say("b", {"192.0.2.8"});
    EXPECT_EQ(why("192.0.2.7"), "");
}

TEST_F(AnAllowlist, KnowsWhetherAnythingChanged)
{
    EXPECT_FALSE(say("a", {}));
    EXPECT_TRUE(say("a", {"192.0.2.7"}));
    EXPECT_FALSE(say("a", {"192.0.2.7"}));
    EXPECT_TRUE(say("a", {"192.0.2.7", "192.0.2.8"}));
    EXPECT_TRUE(say("a", {}));
    EXPECT_FALSE(say("a", {}));
}

TEST_F(AnAllowlist, EndsWhatWasAllowedForAWhileAtItsTimeAndNotBefore)
{
    list_.add(by_hand("192.0.2.7", kNow));
    list_.add(by_hand("192.0.2.8"));
    EXPECT_THAT(list_.expire(kNow - Duration(1)), IsEmpty());
    const auto ended = list_.expire(kNow);
    ASSERT_EQ(ended.size(), 1U);
    EXPECT_EQ(ended[0].prefix, prefix("192.0.2.7"));
    EXPECT_EQ(why("192.0.2.7"), "");
    EXPECT_EQ(why("192.0.2.8"), "allowed by hand");
}

TEST_F(AnAllowlist, TakesTheLastWordSaidByHand)
{
    list_.add(by_hand("192.0.2.7", kNow));
    list_.add(by_hand("192.0.2.7"));
    EXPECT_THAT(list_.expire(kNow), IsEmpty());
    EXPECT_EQ(list_.size(AllowOrigin::manual), 1U);
}

TEST_F(AnAllowlist, KnowsWhichEntriesAreTooWideAsTheyComeAndGo)
{
    const auto wide = [this](std::size_t most = 10) {
        std::vector<std::string> texts;
        for (const Allowed& entry : list_.too_wide(most))
            texts.push_back(entry.prefix.to_string());
        return texts;
    };
    EXPECT_THAT(wide(), IsEmpty());
    list_.set(AllowOrigin::configuration, PrefixSet({prefix("0.0.0.0/0"), prefix("192.0.2.7")}));
    list_.add(by_hand("2000::/3"));
    EXPECT_THAT(wide(), ElementsAre("0.0.0.0/0", "2000::/3"));
    EXPECT_THAT(wide(1), ElementsAre("0.0.0.0/0"));
    list_.remove(prefix("2000::/3"));
    list_.set(AllowOrigin::configuration, PrefixSet({prefix("192.0.2.7")}));
    EXPECT_THAT(wide(), IsEmpty());
}

TEST(ABlockToTrust, IsTooWideWhereMostOfTheNetLiesInIt)
{
    for (const auto* const wide : {"0.0.0.0/0", "128.0.0.0/1", "10.0.0.0/7", "::/0", "2000::/3",
                                   "2a00::/15", "fc00::/6", "fe00::/9"})
        EXPECT_TRUE(is_too_wide_to_trust(prefix(wide))) << wide;
    for (const auto* const narrow : {"10.0.0.0/8", "192.0.2.7", "2001::/16", "2001:db8::/32",
                                     "fc00::/7", "fd00::/8", "fe80::/10", "::1"})
        EXPECT_FALSE(is_too_wide_to_trust(prefix(narrow))) << narrow;
}

}  // namespace
}  // namespace mailban::allowlist_test
