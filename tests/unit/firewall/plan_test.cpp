#include "mailban/firewall/plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

#include "unit/firewall/plan_support.h"

namespace mailban::test {

namespace {

using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;

TEST(Reconcile, AddsWhatIsMissing)
{
    const Wanted wanted{{"192.0.2.7"_p, kNoon + 1h}};
    EXPECT_THAT(reconcile(wanted, {}, KeepsTime::yes), ElementsAre(add("192.0.2.7"_p, kNoon + 1h)));
}

TEST(Reconcile, RemovesWhatIsNotWantedBeforeItAddsAnything)
{
    const Wanted wanted{{"192.0.2.7"_p, {}}};
    const std::vector<Held> held{{"198.51.100.9"_p, {}}};
    EXPECT_THAT(reconcile(wanted, held, KeepsTime::yes),
                ElementsAre(remove("198.51.100.9"_p), add("192.0.2.7"_p)));
}

TEST(Reconcile, LeavesAnEndWithinTheToleranceAlone)
{
    const Wanted wanted{{"192.0.2.7"_p, kNoon + 1h}};
    EXPECT_THAT(reconcile(wanted, {{"192.0.2.7"_p, kNoon + 1h - 2s}}, KeepsTime::yes), IsEmpty());
    EXPECT_THAT(reconcile(wanted, {{"192.0.2.7"_p, kNoon + 1h + 2001ms}}, KeepsTime::yes),
                ElementsAre(extend("192.0.2.7"_p, kNoon + 1h)));
}

TEST(Reconcile, TakesForEverAndAnEndForDifferent)
{
    EXPECT_THAT(reconcile({{"192.0.2.7"_p, {}}}, {{"192.0.2.7"_p, kNoon}}, KeepsTime::yes),
                ElementsAre(extend("192.0.2.7"_p)));
    EXPECT_THAT(reconcile({{"192.0.2.7"_p, kNoon}}, {{"192.0.2.7"_p, {}}}, KeepsTime::yes),
                ElementsAre(extend("192.0.2.7"_p, kNoon)));
}

TEST(Reconcile, AsksNoEndOfABackendThatKeepsNone)
{
    const Wanted wanted{{"192.0.2.7"_p, kNoon + 1h}};
    EXPECT_THAT(reconcile(wanted, {{"192.0.2.7"_p, {}}}, KeepsTime::no), IsEmpty());
}

TEST(Reconcile, AppliedGivesWhatIsWantedFromAnyState)
{
    for (unsigned seed = 0; seed < 200; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        Wanted wanted, actual;
        for (int i = 0; i < 20; ++i)
            wanted[any_prefix(random)] = any_end(random);
        for (int i = 0; i < 20; ++i)
            actual[any_prefix(random)] = any_end(random);

        carry_out(actual, reconcile(wanted, held_in(actual), KeepsTime::yes, 0s));
        EXPECT_EQ(actual, wanted);
    }
}

}  // namespace

}  // namespace mailban::test
