#include "mailban/ban/resolved_name.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "seed.h"

namespace mailban::resolved_name_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using LookupResult = Lookup::LookupResult;

constexpr Timestamp kNow{std::chrono::seconds(1'800'000'000)};

IpAddress ip(const std::string& text)
{
    return *IpAddress::parse(text);
}

Lookup found(const std::vector<std::string>& addresses, Duration ttl = 5min)
{
    Lookup lookup{LookupResult::found, {}, ttl, {}};
    for (const auto& address : addresses)
        lookup.addresses.push_back(ip(address));
    return lookup;
}

Lookup failed(const std::string& problem = "timeout")
{
    return {LookupResult::failed, {}, {}, problem};
}

Lookup nothing(LookupResult outcome)
{
    return {outcome, {}, {}, {}};
}

class AName : public ::testing::Test {
protected:
    AName() { EXPECT_TRUE(name_.take({found({"192.0.2.7"}), found({"2001:db8::7"})}, kNow)); }

    ResolvedName name_{"office.example.net"};
};

TEST_F(AName, StandsForTheAddressesOfBothFamilies)
{
    EXPECT_THAT(name_.addresses(), ElementsAre(ip("192.0.2.7"), ip("2001:db8::7")));
    EXPECT_EQ(name_.problem(), "");
    EXPECT_FALSE(name_.take({found({"192.0.2.7"}), found({"2001:db8::7"})}, kNow));
    EXPECT_TRUE(
        name_.take({found({"192.0.2.9", "192.0.2.8"}), nothing(LookupResult::empty)}, kNow));
    EXPECT_THAT(name_.addresses(), ElementsAre(ip("192.0.2.8"), ip("192.0.2.9")));
}

TEST_F(AName, KeepsWhatItStoodForWhateverFails)
{
    for (const auto& [v4, v6] :
         {std::pair(failed(), failed()), std::pair(failed(), nothing(LookupResult::empty)),
          std::pair(nothing(LookupResult::absent), nothing(LookupResult::absent)),
          std::pair(nothing(LookupResult::empty), nothing(LookupResult::empty)),
          std::pair(nothing(LookupResult::empty), failed())}) {
        EXPECT_FALSE(name_.take({v4, v6}, kNow));
        EXPECT_THAT(name_.addresses(), ElementsAre(ip("192.0.2.7"), ip("2001:db8::7")));
        EXPECT_THAT(name_.problem(), HasSubstr("2 known addresses stay allowed"));
    }
}

TEST_F(AName, KeepsTheFamilyThatCouldNotBeAskedFor)
{
    EXPECT_TRUE(name_.take({found({"192.0.2.8"}), failed("SERVFAIL")}, kNow));
    EXPECT_THAT(name_.addresses(), ElementsAre(ip("192.0.2.8"), ip("2001:db8::7")));
    EXPECT_THAT(name_.problem(), HasSubstr("SERVFAIL"));
    EXPECT_TRUE(name_.take({failed(), found({"2001:db8::8"})}, kNow));
    EXPECT_THAT(name_.addresses(), ElementsAre(ip("192.0.2.8"), ip("2001:db8::8")));
}

TEST_F(AName, SaysSinceWhenItDoesNotResolveAndWhy)
{
    name_.take({nothing(LookupResult::absent), nothing(LookupResult::absent)}, kNow);
    name_.take({failed("timeout"), failed("timeout")}, kNow + 1h);
    EXPECT_EQ(name_.problem(),
              "office.example.net does not resolve since 2027-01-15 08:00:00 +0000: timeout; "
              "2 known addresses stay allowed");
    name_.take({found({"192.0.2.7"}), nothing(LookupResult::empty)}, kNow + 2h);
    EXPECT_EQ(name_.problem(), "");
    ResolvedName never("a.example");
    never.take({nothing(LookupResult::absent), nothing(LookupResult::absent)}, kNow);
    EXPECT_THAT(never.problem(), HasSubstr("no such name; it allows no address"));
}

TEST_F(AName, IsAskedForAgainAfterItsShorterTimeToLiveWithinBounds)
{
    EXPECT_EQ(name_.pause(), 5min);
    name_.take({found({"192.0.2.7"}, 10min), found({"::7"}, 2min)}, kNow);
    EXPECT_EQ(name_.pause(), 2min);
    name_.take({found({"192.0.2.7"}, 0s), nothing(LookupResult::empty)}, kNow);
    EXPECT_EQ(name_.pause(), 30s);
    name_.take({found({"192.0.2.7"}, 24h), nothing(LookupResult::empty)}, kNow);
    EXPECT_EQ(name_.pause(), 1h);
}

TEST_F(AName, IsAskedForMoreAndMoreRarelyWhileItFails)
{
    std::vector<Duration> pauses;
    for (int i = 0; i < 7; ++i) {
        name_.take({failed(), failed()}, kNow);
        pauses.push_back(name_.pause());
    }
    EXPECT_THAT(pauses, ElementsAre(30s, 60s, 120s, 240s, 480s, 600s, 600s));
    name_.take({found({"192.0.2.7"}), nothing(LookupResult::empty)}, kNow);
    name_.take({failed(), failed()}, kNow);
    EXPECT_EQ(name_.pause(), 30s);
}

TEST_F(AName, StandsForABoundedNumberOfAddresses)
{
    std::vector<std::string> many;
    for (int i = 0; i < 250; ++i)
        many.push_back("192.0.2." + std::to_string(i));
    name_.take({found(many), nothing(LookupResult::empty)}, kNow);
    EXPECT_EQ(name_.addresses().size(), ResolvedName::kMostAddresses);
}

// Whatever the answers are, an address is given up only by an answer that names another one.
TEST(ANameOverTime, LosesNoAddressButForAnother)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::mt19937 random(seed);
    const auto any = [&random](bool v4) {
        const auto outcome = static_cast<LookupResult>(random() % 4);
        Lookup lookup{outcome, {}, std::chrono::seconds(random() % 10'000), "failed"};
        if (outcome != LookupResult::found) return lookup;
        for (unsigned i = 0; i <= random() % 3; ++i)
            lookup.addresses.push_back(
                ip((v4 ? "192.0.2." : "2001:db8::") + std::to_string(random() % 5)));
        return lookup;
    };
    ResolvedName name("a.example");
    for (int i = 0; i < 5'000; ++i) {
        const auto before = name.addresses();
        const NameAnswer answer{any(true), any(false)};
        const bool is_changed = name.take(answer, kNow);
        EXPECT_EQ(is_changed, before != name.addresses());
        EXPECT_TRUE(before.empty() || !name.addresses().empty());
        EXPECT_GE(name.pause(), 30s);
        EXPECT_LE(name.pause(), 1h);
        const bool says =
            answer.v4.outcome == LookupResult::found || answer.v6.outcome == LookupResult::found;
        EXPECT_TRUE(says || before == name.addresses());
        for (const auto& address : before) {
            const auto& lookup = address.is_v4() ? answer.v4 : answer.v6;
            const bool stays = std::ranges::count(name.addresses(), address) == 1;
            EXPECT_TRUE(stays || lookup.outcome != LookupResult::failed);
        }
    }
}

}  // namespace
}  // namespace mailban::resolved_name_test
