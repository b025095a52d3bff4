#include "mailban/firewall/target.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test::target_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAreArray;

constexpr std::size_t kAll = 1'000'000;

class ATarget : public ::testing::Test {
protected:
    Plan carry_out_next(std::size_t most = kAll)
    {
        auto plan = target_.next(most, now_);
        carry_out(firewall_, plan);
        target_.succeeded(plan);
        return plan;
    }

    Target target_{KeepsTime::yes};
    Wanted firewall_{};
    Timestamp now_ = kNoon;
};

TEST_F(ATarget, HasNothingToDoAtFirst)
{
    EXPECT_THAT(target_.next(kAll, now_), IsEmpty());
    EXPECT_EQ(target_.pending(), 0U);
}

TEST_F(ATarget, ForgetsAPairThatCancels)
{
    target_.want("192.0.2.7"_p, now_ + 1h);
    target_.drop("192.0.2.7"_p);
    EXPECT_THAT(target_.next(kAll, now_), IsEmpty());
}

TEST_F(ATarget, KeepsOnlyTheLatestWishForAPrefix)
{
    target_.want("192.0.2.7"_p, now_ + 1h);
    target_.want("192.0.2.7"_p, now_ + 2h);
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.7"_p, now_ + 2h)));
    target_.want("192.0.2.7"_p, now_ + 3h);
    EXPECT_THAT(carry_out_next(), ElementsAre(extend("192.0.2.7"_p, now_ + 3h)));
}

TEST_F(ATarget, HandsOutTheNewestWishFirst)
{
    target_.want("192.0.2.1"_p, {});
    target_.want("192.0.2.2"_p, {});
    target_.want("192.0.2.3"_p, {});
    EXPECT_THAT(carry_out_next(2), ElementsAre(add("192.0.2.3"_p), add("192.0.2.2"_p)));
    EXPECT_THAT(carry_out_next(2), ElementsAre(add("192.0.2.1"_p)));
}

TEST_F(ATarget, PutsRemovalsInFrontOfABatch)
{
    target_.want("192.0.2.1"_p, {});
    carry_out_next();
    target_.drop("192.0.2.1"_p);
    target_.want("192.0.2.2"_p, {});
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.1"_p), add("192.0.2.2"_p)));
}

TEST_F(ATarget, NeverImposesABanWhoseTimeIsOver)
{
    target_.want("192.0.2.7"_p, now_ + 1h);
    now_ += 1h;
    EXPECT_THAT(carry_out_next(), IsEmpty());
}

TEST_F(ATarget, HoldsAHostBackWhileItsBlockIsOut)
{
    target_.want("192.0.2.0/24"_p, {});
    target_.want("192.0.2.7"_p, {});
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.0/24"_p)));
    target_.drop("192.0.2.0/24"_p);
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.0/24"_p), add("192.0.2.7"_p)));
}

TEST_F(ATarget, ReplacesHostsByTheBlockThatHoldsThem)
{
    target_.want("192.0.2.7"_p, {});
    target_.want("192.0.3.7"_p, {});
    carry_out_next();
    target_.want("192.0.2.0/24"_p, {});
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.7"_p), add("192.0.2.0/24"_p)));
}

TEST_F(ATarget, LeavesNoGapWhereChangesGoOneByOne)
{
    target_.want("192.0.2.7"_p, {});
    carry_out_next(1);
    target_.want("192.0.2.0/24"_p, {});
    EXPECT_THAT(carry_out_next(1), ElementsAre(add("192.0.2.0/24"_p)));
    EXPECT_THAT(carry_out_next(1), ElementsAre(remove("192.0.2.7"_p)));
    target_.drop("192.0.2.0/24"_p);
    EXPECT_THAT(carry_out_next(1), ElementsAre(add("192.0.2.7"_p)));
    EXPECT_THAT(carry_out_next(1), ElementsAre(remove("192.0.2.0/24"_p)));
}

TEST_F(ATarget, DoesNotTakeAllOfIpv6ForABlockThatHoldsIpv4)
{
    target_.want("::/0"_p, {});
    target_.want("192.0.2.7"_p, {});
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.7"_p), add("::/0"_p)));
}

TEST_F(ATarget, KeepsWhatFailedAndWhatWasWishedMeanwhile)
{
    target_.want("192.0.2.1"_p, {});
    const auto plan = target_.next(kAll, now_);
    EXPECT_EQ(target_.pending(), 1U);
    target_.want("192.0.2.2"_p, {});
    target_.drop("192.0.2.1"_p);
    target_.failed(plan);
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.2"_p)));
    EXPECT_EQ(target_.pending(), 0U);
}

TEST_F(ATarget, DoesNotForgetWhatIsWishedWhileACallRuns)
{
    target_.want("192.0.2.1"_p, {});
    const auto plan = target_.next(kAll, now_);
    target_.drop("192.0.2.1"_p);
    target_.succeeded(plan);
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.1"_p)));
}

TEST_F(ATarget, SetsAsideUntilTheFirewallIsSeenAgain)
{
    target_.want("192.0.2.1"_p, {});
    target_.set_aside(target_.next(kAll, now_));
    EXPECT_EQ(target_.waiting(), 0U);
    EXPECT_EQ(target_.pending(), 1U);
    target_.observed({}, now_);
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.1"_p)));
}

TEST_F(ATarget, PutsBackWhatTheFirewallLost)
{
    target_.want("192.0.2.1"_p, {});
    target_.want("192.0.2.2"_p, {});
    carry_out_next();
    const auto difference = target_.observed({{"192.0.2.2"_p, {}}, {"192.0.2.9"_p, {}}}, now_);
    EXPECT_EQ(difference.lost, 1U);
    EXPECT_EQ(difference.strange, 1U);
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.9"_p), add("192.0.2.1"_p)));
}

TEST_F(ATarget, LeavesAnEndWithinTheToleranceAlone)
{
    target_.want("192.0.2.1"_p, now_ + 1h);
    carry_out_next();
    EXPECT_EQ(target_.observed({{"192.0.2.1"_p, now_ + 1h - 2s}}, now_).lost, 0U);
    EXPECT_THAT(carry_out_next(), IsEmpty());
    EXPECT_EQ(target_.observed({{"192.0.2.1"_p, now_ + 1h - 3s}}, now_).lost, 1U);
    EXPECT_THAT(carry_out_next(), ElementsAre(extend("192.0.2.1"_p, now_ + 1h)));
}

TEST_F(ATarget, AsksNoEndOfAFirewallThatKeepsNone)
{
    target_.set_keeps_time(KeepsTime::no);
    target_.want("192.0.2.1"_p, now_ + 1h);
    carry_out_next();
    EXPECT_EQ(target_.observed({{"192.0.2.1"_p, {}}}, now_).lost, 0U);
    EXPECT_THAT(carry_out_next(), IsEmpty());
}

// What is left to do is what the two lists tell, compared one by one.
TEST(Observed, FindsEveryDifferenceOfAnyTwoStates)
{
    for (unsigned seed = 0; seed < 500; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        const auto keeps_time = seed % 2 == 0 ? KeepsTime::yes : KeepsTime::no;
        Target target(keeps_time);
        Wanted believed, actual;
        for (auto i = random() % 20; i > 0; --i) {
            target.want(any_prefix(random), any_end(random));
            if (random() % 3 == 0) target.drop(any_prefix(random));
            if (random() % 2 == 0) continue;
            const auto plan = target.next(kAll, kNoon);
            carry_out(believed, plan);
            target.succeeded(plan);
        }
        for (const auto& [prefix, until] : believed)
            if (random() % 3 != 0) actual[prefix] = random() % 4 == 0 ? any_end(random) : until;
        for (auto i = random() % 5; i > 0; --i)
            actual[any_prefix(random)] = any_end(random);

        auto held = held_in(actual);
        std::shuffle(held.begin(), held.end(), random);
        const auto difference = target.observed(held, kNoon);
        const auto wanted = target.outermost(kNoon);
        const auto expected = reconcile(wanted, held, keeps_time);
        std::size_t lost = 0, strange = 0;
        for (const auto& change : expected) {
            const bool is_removal = change.kind == Change::Kind::remove;
            if (believed.contains(change.prefix) && !is_removal) ++lost;
            if (!believed.contains(change.prefix) && is_removal) ++strange;
        }
        EXPECT_EQ(target.held(), actual.size());
        EXPECT_EQ(difference.lost, lost);
        EXPECT_EQ(difference.strange, strange);
        EXPECT_THAT(target.next(kAll, kNoon), UnorderedElementsAreArray(expected));
    }
}

TEST_F(ATarget, TakesAWholeNewWish)
{
    target_.want("192.0.2.1"_p, {});
    target_.want("192.0.2.2"_p, {});
    carry_out_next();
    target_.want_only({{"192.0.2.2"_p, {}}, {"192.0.2.3"_p, {}}});
    EXPECT_EQ(target_.waiting(), 2U);
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.1"_p), add("192.0.2.3"_p)));
}

// {25, 465}, {465}
const PortGroups kTwoGroups{PortSet{false, {25, 465}}, {}};

class ATargetOfTwoGroups : public ATarget {
protected:
    ATargetOfTwoGroups() { target_.set_groups(kTwoGroups); }

    static Change in_second(Change change)
    {
        change.group = 1;
        return change;
    }
};

TEST_F(ATargetOfTwoGroups, AddsBeforeItRemovesWhereABanComesToCloseMore)
{
    target_.want("192.0.2.7"_p, {{}, 1});
    EXPECT_THAT(carry_out_next(), ElementsAre(in_second(add("192.0.2.7"_p))));
    target_.want("192.0.2.7"_p, {{}, 0});
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.7"_p)));
    EXPECT_THAT(carry_out_next(), ElementsAre(in_second(remove("192.0.2.7"_p))));
    EXPECT_EQ(target_.pending(), 0U);
}

TEST_F(ATargetOfTwoGroups, RemovesFirstWhereABanComesToCloseFewer)
{
    target_.want("192.0.2.7"_p, {{}, 0});
    carry_out_next();
    target_.want("192.0.2.7"_p, {{}, 1});
    EXPECT_THAT(carry_out_next(), ElementsAre(remove("192.0.2.7"_p)));
    EXPECT_THAT(carry_out_next(), ElementsAre(in_second(add("192.0.2.7"_p))));
    EXPECT_EQ(target_.pending(), 0U);
}

TEST_F(ATargetOfTwoGroups, HoldsBackOnlyWhatTheBlockClosesToo)
{
    target_.want("2001:db8::/48"_p, {{}, 1});
    target_.want("2001:db8:0:7::/64"_p, {{}, 0});
    EXPECT_THAT(carry_out_next(),
                ElementsAre(add("2001:db8:0:7::/64"_p), in_second(add("2001:db8::/48"_p))));
    target_.want("2001:db8:0:8::/64"_p, {{}, 1});
    EXPECT_THAT(carry_out_next(), IsEmpty());
}

TEST_F(ATargetOfTwoGroups, TakesABanOutOfTheGroupThatItWasFoundInBesides)
{
    target_.want("192.0.2.7"_p, {{}, 0});
    const auto difference =
        target_.observed({{"192.0.2.7"_p, {}, 0}, {"192.0.2.7"_p, {}, 1}}, now_);
    EXPECT_EQ(difference.lost, 0U);
    EXPECT_THAT(carry_out_next(), ElementsAre(in_second(remove("192.0.2.7"_p))));
    EXPECT_EQ(target_.held(), 1U);
}

TEST_F(ATargetOfTwoGroups, TakesAGroupThatTheFirewallDoesNotKnowForTheFirst)
{
    target_.want("192.0.2.7"_p, {{}, 1});
    target_.set_groups(PortSet{true, {}});
    EXPECT_THAT(carry_out_next(), ElementsAre(add("192.0.2.7"_p)));
    EXPECT_THAT(carry_out_next(), IsEmpty());
}

TEST_F(ATarget, MeetsEveryHistoryWithWhatIsWanted)
{
    for (unsigned seed = 0; seed < 300; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Target target(KeepsTime::yes);
        Wanted firewall, wanted;
        const auto take = [&](std::size_t most) {
            const auto plan = target.next(most, kNoon);
            if (random() % 4 == 0) return target.failed(plan);
            carry_out(firewall, plan);
            target.succeeded(plan);
        };
        for (int step = 0; step < 60; ++step) {
            const auto prefix = any_prefix(random);
            if (random() % 3 == 0) {
                target.drop(prefix);
                wanted.erase(prefix);
            } else {
                const auto until = any_end(random);
                target.want(prefix, until);
                wanted[prefix] = until;
            }
            if (random() % 3 == 0) take(1 + random() % 4);
            if (random() % 20 == 0) {
                firewall.erase(firewall.begin(), firewall.lower_bound(any_prefix(random)));
                target.observed(held_in(firewall), kNoon);
            }
        }
        while (target.waiting() > 0)
            take(kAll);

        EXPECT_EQ(firewall, target.outermost(kNoon));
        EXPECT_EQ(target.pending(), 0U);
        for (const auto& [prefix, until] : wanted) {
            const auto covers = [&asked = prefix](const auto& one) {
                return one.first.contains(asked);
            };
            EXPECT_EQ(std::count_if(firewall.begin(), firewall.end(), covers), 1)
                << prefix.to_string();
        }
    }
}

}  // namespace

}  // namespace mailban::test::target_test
