// What an enforcer says of its progress while it works.
#include "io/firewall/an_enforcer.h"
#include "io/firewall/enforcer.h"
#include "io/run.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <future>

namespace mailban::io::enforcer_progress_test {
namespace {

using namespace std::chrono_literals;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::Key;

// All TCP sockets of a machine take long to list.
TEST_F(AnEnforcer, GoesOnWhileConnectionsAreCut)
{
    std::promise<void> goes_on;
    auto waits = goes_on.get_future();
    before_cut_ = [&] { EXPECT_EQ(waits.wait_for(10s), std::future_status::ready); };
    make(kQuick);
    start();
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    ASSERT_TRUE(settle());
    EXPECT_TRUE(enforcer_->is_done("192.0.2.7"_p));
    EXPECT_EQ(enforcer_->status().cut, 0U);
    goes_on.set_value();
    EXPECT_TRUE(run_until([this] { return enforcer_->status().cut == 1; }));
}

TEST_F(AnEnforcer, KnowsWhatIsInForce)
{
    make(kQuick);
    EXPECT_FALSE(enforcer_->is_done("192.0.2.7"_p)) << "nobody has looked yet";
    start();
    EXPECT_TRUE(enforcer_->is_done("192.0.2.7"_p));
    fake_.failure = "fake: broken";
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    ASSERT_TRUE(run_until([this] { return enforcer_->status().degraded; }));
    EXPECT_FALSE(enforcer_->is_done("192.0.2.7"_p));
    fake_.failure.reset();
    ASSERT_TRUE(run_until([this] { return enforcer_->is_done("192.0.2.7"_p); }));
    EXPECT_THAT(fake_.held, ElementsAre(Key("192.0.2.7"_p)));
}

// Who bans an address again is answered when that is in force, and it is at once.
TEST_F(AnEnforcer, TellsWhoWaitsWhereNothingHasToBeDone)
{
    make(kQuick);
    start();
    enforcer_->set("192.0.2.7"_p, now_ + 1h);
    ASSERT_TRUE(settle());
    const auto applied = enforcer_->status().applied;
    bool is_told = false;
    enforcer_->on_progress([&] { is_told = is_told || enforcer_->is_done("192.0.2.7"_p); });
    enforcer_->set("192.0.2.7"_p, now_ + 1h + 1s);
    EXPECT_TRUE(run_until([&] { return is_told; }));
    EXPECT_EQ(enforcer_->status().applied, applied) << "the end is near enough";
}

TEST_F(AnEnforcer, IsAtWorkFromTheBeginningOfItsStart)
{
    make(kQuick);
    fake_.hangs = true;
    asio::co_spawn(context_, enforcer_->start(), asio::detached);
    ASSERT_TRUE(run_until([this] { return fake_.prepared == 1; }));
    EXPECT_FALSE(enforcer_->idle());
}

}  // namespace

}  // namespace mailban::io::enforcer_progress_test
