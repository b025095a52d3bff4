#include "io/firewall/enforcer.h"

#include "io/firewall/an_enforcer.h"
#include "io/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailban::io::enforcer_test {
namespace {

using namespace std::chrono_literals;
using test::add;
using test::kNoon;
using test::remove;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Key;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;

TEST_F(AnEnforcer, HasEverythingInTheKernelWhenItHasStarted)
{
    make(kQuick);
    fake_.held["198.51.100.1"_p] = {};
    fake_.held["192.0.2.7"_p] = now_ + 1h;
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    enforcer_->set("192.0.2.8"_p, now_ + 1h);
    start();
    EXPECT_THAT(fake_.held, UnorderedElementsAre(Key("192.0.2.7"_p), Key("192.0.2.8"_p)));
    EXPECT_THAT(fake_.plans,
                ElementsAre(Plan{remove("198.51.100.1"_p), add("192.0.2.8"_p, now_ + 1h)}));
}

TEST_F(AnEnforcer, CarriesOutAWishAtOnceAndCutsTheClient)
{
    make(kQuick);
    start();
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
    ASSERT_TRUE(run_until([this] { return enforcer_->status().cut == 1; }));
    EXPECT_THAT(cut_, ElementsAre("192.0.2.7"_p));
    const auto status = enforcer_->status();
    EXPECT_EQ(status.backend, "fake");
    EXPECT_EQ(status.applied, 1U);
    EXPECT_EQ(status.cut, 1U);
    EXPECT_FALSE(status.degraded);
}

// ufw with IPV6=no takes such a rule and never enforces it.
TEST_F(AnEnforcer, IsWellThoughTheFirewallHoldsNoIPv6)
{
    make(kQuick);
    fake_.why_no_ipv6 = "ufw has IPV6=no";
    enforcer_->set("2001:db8::/64"_p, now_ + 1h);
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    start();
    enforcer_->set("2001:db8:1::/64"_p, now_ + 1h);
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
    const auto status = enforcer_->status();
    EXPECT_FALSE(status.degraded);
    EXPECT_EQ(status.pending, 0U);
    EXPECT_EQ(status.not_enforceable, 2U);
    EXPECT_EQ(status.why_not, "ufw has IPV6=no");
    // Until it does.
    fake_.why_no_ipv6.reset();
    enforcer_->disturbed("a test");
    EXPECT_TRUE(run_until([&] { return fake_.held.size() == 3; }));
    EXPECT_EQ(enforcer_->status().not_enforceable, 0U);
}

// What a firewall counts down goes on as before, and so ends at another time of the clock.
TEST_F(AnEnforcer, PutsTheEndsRightWhenTheClockWasSet)
{
    make(kQuick);
    start();
    for (const auto set : {-1h, 5h}) {
        const Timestamp until = now_ + 10h;
        enforcer_->set("192.0.2.7"_p, until);
        EXPECT_TRUE(settle());
        now_ += set;
        fake_.held["192.0.2.7"_p] = until + set;
        EXPECT_TRUE(run_until([&] { return fake_.held["192.0.2.7"_p] == until; }));
    }
}

TEST_F(AnEnforcer, SendsWhatComesTogetherTogetherNewestFirst)
{
    make(kQuick);
    start();
    enforcer_->set("192.0.2.1"_p, {});
    enforcer_->set("192.0.2.2"_p, {});
    enforcer_->set("192.0.2.3"_p, {});
    enforcer_->clear("192.0.2.2"_p);
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.plans, ElementsAre(Plan{add("192.0.2.3"_p), add("192.0.2.1"_p)}));
}

TEST_F(AnEnforcer, GivesASlowBackendOneChangeAtATime)
{
    fake_.batch = 1;
    make(kQuick);
    start();
    for (const auto* address : {"192.0.2.1", "192.0.2.2", "192.0.2.3"})
        enforcer_->set(Prefix::parse(address).value(), {});
    // One that comes while the first call runs is the next to go.
    ASSERT_TRUE(run_until([this] { return fake_.plans.size() == 1; }));
    enforcer_->set("192.0.2.9"_p, {});
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.plans, ElementsAre(Plan{add("192.0.2.3"_p)}, Plan{add("192.0.2.9"_p)},
                                         Plan{add("192.0.2.2"_p)}, Plan{add("192.0.2.1"_p)}));
}

TEST_F(AnEnforcer, NeverImposesABanThatIsOver)
{
    make(kQuick);
    start();
    enforcer_->set("192.0.2.7"_p, now_);
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, IsEmpty());
}

TEST_F(AnEnforcer, SaysSinceWhenAndWhyItIsDegradedAndRecovers)
{
    make(kQuick);
    start();
    fake_.failure = "fake: broken";
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    ASSERT_TRUE(run_until([this] { return enforcer_->status().degraded; }));
    now_ += 1min;
    ASSERT_TRUE(run_until([this] { return enforcer_->status().failed >= 4; }));
    auto status = enforcer_->status();
    EXPECT_EQ(status.reason, "fake: broken");
    EXPECT_EQ(status.since, kNoon);
    EXPECT_EQ(status.pending, 1U);

    fake_.failure.reset();
    ASSERT_TRUE(run_until([this] { return !enforcer_->status().degraded; }));
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
}

TEST_F(AnEnforcer, AsksForAFirewallUntilThereIsOne)
{
    make(kQuick);
    fake_.is_absent = true;
    enforcer_->set("192.0.2.7"_p, {});
    start();
    EXPECT_EQ(enforcer_->status().backend, "");
    EXPECT_EQ(enforcer_->status().reason, "no firewall can be used here");
    fake_.is_absent = false;
    ASSERT_TRUE(run_until([this] { return !enforcer_->status().degraded; }));
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
}

TEST_F(AnEnforcer, TakesAWholeNewWish)
{
    make(kQuick);
    enforcer_->want({{"192.0.2.7"_p, {}}, {"192.0.2.8"_p, {}}});
    start();
    enforcer_->want({{"192.0.2.8"_p, {}}, {"192.0.2.9"_p, {}}});
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, UnorderedElementsAre(Key("192.0.2.8"_p), Key("192.0.2.9"_p)));
    EXPECT_THAT(fake_.plans.back(), SizeIs(2));
}

TEST_F(AnEnforcer, CarriesOutWhatWaitsBeforeItEnds)
{
    make(kQuick);
    start();
    enforcer_->set("192.0.2.7"_p, {});
    bool is_done = false;
    asio::co_spawn(context_, enforcer_->finish(), [&](std::exception_ptr) { is_done = true; });
    ASSERT_TRUE(run_until([&] { return is_done; }));
    EXPECT_TRUE(enforcer_->idle());
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
}

TEST_F(AnEnforcer, EndsEvenIfTheFirewallFails)
{
    make(kQuick);
    start();
    fake_.failure = "fake: broken";
    enforcer_->set("192.0.2.7"_p, {});
    bool is_done = false;
    asio::co_spawn(context_, enforcer_->finish(), [&](std::exception_ptr) { is_done = true; });
    EXPECT_TRUE(run_until([&] { return is_done; }));
}

TEST_F(AnEnforcer, WaitsLongerAfterEachFailure)
{
    make(kQuick);
    fake_.failure = "fake: broken";
    const auto began = std::chrono::steady_clock::now();
    start();
    ASSERT_TRUE(run_until([this] { return enforcer_->status().failed == 5; }));
    // 5, 10, 20 and 40 ms lie between five attempts.
    EXPECT_GE(std::chrono::steady_clock::now() - began, 75ms);
}

TEST_F(AnEnforcer, GivesUpACallThatHangsAndGoesOnAfterwards)
{
    make(kQuick);
    start();
    fake_.hangs = true;
    enforcer_->set("192.0.2.7"_p, {});
    ASSERT_TRUE(run_until([this] { return enforcer_->status().failed == 1; }));
    EXPECT_THAT(enforcer_->status().reason, HasSubstr("did not answer within 200 ms"));
    fake_.hangs = false;
    enforcer_->set("192.0.2.8"_p, {});
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, SizeIs(2));
}

TEST_F(AnEnforcer, CallsAnAnswerThatIsLongOverdueATrouble)
{
    make({5ms, 40ms, 1h, 200ms, 0ms, 1s, 20ms, 5ms});
    start();
    fake_.hangs = true;
    enforcer_->set("192.0.2.7"_p, {});
    ASSERT_TRUE(run_until([this] { return fake_.plans.size() == 1; }));
    ASSERT_TRUE(run_until([this] { return enforcer_->status().degraded; }));
    EXPECT_EQ(enforcer_->status().reason, "the firewall has not answered yet");
    EXPECT_EQ(enforcer_->status().failed, 0U);
}

TEST_F(AnEnforcer, IsInTroubleForAsLongAsALookHasShownIt)
{
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {});
    start();
    fake_.failure = "fake: broken";
    fake_.change = "a file was edited";
    ASSERT_TRUE(run_until([this] { return enforcer_->status().degraded; }));
    // The same look goes on to mend it; that this hangs, too, makes nothing well.
    fake_.hangs = true;
    ASSERT_TRUE(run_until([this] { return fake_.prepared == 2; }));
    EXPECT_TRUE(enforcer_->status().degraded);
    EXPECT_EQ(enforcer_->status().reason, "fake: broken");
}

TEST_F(AnEnforcer, LooksAtOnceWhenTheFirewallWasDisturbed)
{
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {});
    start();
    fake_.held.clear();
    fake_.is_prepared = false;
    static_cast<FakeFirewall*>(fake_.firewall)->disturb();
    ASSERT_TRUE(run_until([this] { return !fake_.held.empty(); }));
    EXPECT_EQ(fake_.prepared, 2);
}

TEST_F(AnEnforcer, AsksAFirewallThatTellsNothingForChanges)
{
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {});
    start();
    fake_.held.clear();
    fake_.change = "a file was edited";
    ASSERT_TRUE(run_until([this] { return !fake_.held.empty(); }));
    EXPECT_FALSE(fake_.change);
}

TEST_F(AnEnforcer, LooksOnceForACrowdOfSigns)
{
    make(kQuick);
    start();
    const int before = fake_.listed;
    for (int sign = 0; sign < 1000; ++sign)
        static_cast<FakeFirewall*>(fake_.firewall)->disturb();
    ASSERT_TRUE(run_until([&] { return fake_.listed > before; }));
    EXPECT_EQ(fake_.listed, before + 1);
}

TEST_F(AnEnforcer, FindsOutByItselfWhatTheFirewallLost)
{
    auto options = kQuick;
    options.reconcile_every = 5ms;
    make(options);
    enforcer_->set("192.0.2.7"_p, {});
    enforcer_->set("192.0.2.8"_p, {});
    start();
    fake_.held.erase("192.0.2.7"_p);
    ASSERT_TRUE(run_until([this] { return fake_.held.size() == 2; }));
}

TEST_F(AnEnforcer, KeepsNobodyWaitingForAChangeThatAlwaysFails)
{
    make(kQuick);
    start();
    fake_.poison.insert("192.0.2.13"_p);
    for (std::uint8_t last = 1; last <= 20; ++last)
        enforcer_->set(Prefix::host(IpAddress::v4(192, 0, 2, last)), {});
    ASSERT_TRUE(run_until([this] { return enforcer_->status().pending == 1; }));
    EXPECT_THAT(fake_.held, SizeIs(19));
    EXPECT_TRUE(enforcer_->status().degraded);

    enforcer_->set("198.51.100.1"_p, {});
    ASSERT_TRUE(run_until([this] { return fake_.held.contains("198.51.100.1"_p); }));
    fake_.poison.clear();
    ASSERT_TRUE(run_until([this] { return !enforcer_->status().degraded; }));
    EXPECT_THAT(fake_.held, SizeIs(21));
}

TEST_F(AnEnforcer, LooksNoLaterBecauseManyChangesFailed)
{
    auto options = kQuick;
    options.first_retry = 50ms;
    options.longest_retry = 1h;
    make(options);
    start();
    // Far more failures than it takes to double 50 ms to an hour.
    for (std::uint8_t last = 1; last <= 20; ++last) {
        const auto one = Prefix::host(IpAddress::v4(192, 0, 2, last));
        fake_.poison.insert(one);
        enforcer_->set(one, {});
        const auto before = enforcer_->status().failed;
        ASSERT_TRUE(run_until([&] { return enforcer_->status().failed > before; }));
    }
    fake_.poison.clear();
    EXPECT_TRUE(settle());
    EXPECT_THAT(fake_.held, SizeIs(20));
}

TEST_F(AnEnforcer, TakesEverythingAway)
{
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {});
    start();
    EXPECT_TRUE(await_result(context_, enforcer_->remove_all()).ok());
    EXPECT_THAT(fake_.held, IsEmpty());
}

TEST_F(AnEnforcer, EndsUpWithWhatIsWantedWhateverHappens)
{
    make({1ms, 4ms, 5ms, 5ms, 100ms, 1s});
    start();
    Target model(KeepsTime::yes);
    for (unsigned seed = 0; seed < 6; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        std::mt19937 random(seed);
        for (int step = 0; step < 60; ++step) {
            const auto prefix = test::any_prefix(random);
            if (random() % 3 == 0) {
                enforcer_->clear(prefix);
                model.drop(prefix);
            } else {
                const auto until = test::any_end(random);
                enforcer_->set(prefix, until);
                model.want(prefix, until);
            }
            if (random() % 10 == 0) fake_.held.clear();
            if (random() % 10 == 0) fake_.is_prepared = false;
            fake_.hangs = random() % 20 == 0;
            fake_.failure.reset();
            if (random() % 10 == 0) fake_.failure = "fake: broken";
            for (int i = 0; i < 5; ++i)
                run_until([once = false]() mutable { return std::exchange(once, true); });
        }
        fake_.hangs = false;
        fake_.failure.reset();
        EXPECT_TRUE(run_until(
            [&] { return fake_.held == model.outermost(kNoon) && !enforcer_->status().degraded; }));
    }
}

TEST_F(AnEnforcer, TellsOnceWhatItFoundBeforeAnythingIsTakenAway)
{
    fake_.held = {{"192.0.2.7/32"_p, kNoon + 1h}, {"192.0.2.8/32"_p, kNoon + 1h}};
    make({});
    int told = 0;
    enforcer_->on_found([&](const std::vector<Held>& held, KeepsTime keeps_time) {
        ++told;
        EXPECT_THAT(held, SizeIs(2));
        EXPECT_EQ(keeps_time, KeepsTime::yes);
        enforcer_->set("192.0.2.7/32"_p, kNoon + 1h);
    });
    start();
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7/32"_p)));
    EXPECT_THAT(fake_.plans, ElementsAre(Plan{remove("192.0.2.8/32"_p)}));
    enforcer_->disturbed("test");
    ASSERT_TRUE(run_until([this] { return fake_.listed > 1; }));
    EXPECT_EQ(told, 1);
}

}  // namespace

}  // namespace mailban::io::enforcer_test
