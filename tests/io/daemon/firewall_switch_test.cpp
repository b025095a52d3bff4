// The change from one firewall to another, stopped at every point where it waits.
#include "io/daemon/firewall_switch.h"

#include "io/firewall/an_enforcer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <array>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <tuple>
#include <vector>

namespace mailban::io::firewall_switch_test {
namespace {

using namespace std::chrono_literals;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::Key;
using Phase = FirewallSwitch::Phase;

// Firewalls by name (the first word of their `ban` command), each with a gate before each call.
struct Place {
    std::string name{};
    Wanted held{};
    std::vector<std::string> calls{};   // as they began
    std::optional<std::string> gate{};  // this call does not go on
    int at_work = 0;                    // enforcers that have it
};

class GatedFirewall final : public Firewall {
public:
    GatedFirewall(asio::any_io_executor executor, Place& place, int& working)
        : place_(place), working_(working), timer_(std::move(executor))
    {
    }

    std::string_view name() const noexcept override { return place_.name; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::yes; }
    asio::awaitable<Status> prepare() override
    {
        co_await pass("prepare");
        co_return Done{};
    }
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp) override
    {
        co_await pass("list");
        co_return test::held_in(place_.held);
    }
    asio::awaitable<Status> apply(Plan plan, Timestamp) override
    {
        co_await pass("apply");
        test::carry_out(place_.held, plan);
        co_return Done{};
    }
    asio::awaitable<Status> remove_all() override
    {
        co_await pass("remove_all");
        place_.held.clear();
        co_return Done{};
    }
    asio::awaitable<Result<std::string>> describe() override { co_return std::string(); }

private:
    // Calls of two firewalls never overlap: two enforcers would be at work.
    asio::awaitable<void> pass(const std::string& call)
    {
        place_.calls.push_back(call);
        EXPECT_EQ(++working_, 1) << call << " of " << place_.name;
        co_await asio::post(asio::use_awaitable);
        while (place_.gate == call) {
            timer_.expires_after(1ms);
            co_await timer_.async_wait(kNoThrow);
        }
        --working_;
    }

    Place& place_;
    int& working_;
    asio::steady_timer timer_;
};

// No call is given up, however long its gate is closed.
constexpr EnforcerOptions kPatient{5ms, 40ms, 1h, 1min, 1min, 1min, 20ms, 5ms};

FirewallSetup setup_of(const std::string& name)
{
    FirewallSetup setup;
    setup.firewall.ports.ports.push_back(static_cast<std::uint16_t>(10000 + name.back()));
    setup.lengths.ipv6 = 64;
    return setup;
}

class AFirewallSwitch : public ::testing::Test {
protected:
    AFirewallSwitch()
    {
        for (const auto* name : {"a", "b", "c"})
            places_[name].name = name;
        wanted_.emplace("192.0.2.7"_p, WantedBan(Until{}));
    }

    std::string name_of(const FirewallSetup& setup) const
    {
        return std::string(1, static_cast<char>(setup.firewall.ports.ports.back() - 10000));
    }

    std::unique_ptr<Enforcer> make(const FirewallSetup& setup)
    {
        Place& place = places_.at(name_of(setup));
        const auto factory = [this,
                              &place]() -> asio::awaitable<Result<std::unique_ptr<Firewall>>> {
            const auto executor = context_.get_executor();
            co_return std::make_unique<GatedFirewall>(executor, place, working_);
        };
        return std::make_unique<Enforcer>(
            context_.get_executor(), factory, CutConnections{}, [] { return test::kNoon; },
            kPatient);
    }

    void start()
    {
        switch_.prepare(setup_of("a"));
        asio::co_spawn(context_, switch_.start(), kOrEnd);
    }
    void start_and_enforce()
    {
        start();
        ASSERT_TRUE(run_until([&] { return switch_.phase() == Phase::enforcing; }));
    }
    void finish(OnStop on_stop)
    {
        const auto work = [this, on_stop]() -> asio::awaitable<void> {
            const Status done = co_await switch_.finish(on_stop);
            EXPECT_TRUE(done.ok());
        };
        asio::co_spawn(context_, work, kOrEnd);
    }

    template <class Predicate>
    bool run_until(Predicate is_done)
    {
        context_.restart();
        const auto end = std::chrono::steady_clock::now() + 10s;
        while (!is_done())
            if (context_.run_one_until(end) == 0) return false;
        return true;
    }
    // The change begins in a turn of its own: until then the old one enforces.
    bool is_enforcing(const std::string& name) const
    {
        return switch_.phase() == Phase::enforcing && name_of(switch_.setup()) == name;
    }
    // Until `call` of this firewall has begun, and waits at its gate.
    bool run_to(const std::string& name, const std::string& call)
    {
        Place& place = places_.at(name);
        const auto before = place.calls.size();
        place.gate = call;
        return run_until([&] { return place.calls.size() > before && place.calls.back() == call; });
    }
    // For what must not happen.
    void linger()
    {
        const auto end = std::chrono::steady_clock::now() + 20ms;
        context_.restart();
        while (context_.run_one_until(end) > 0) {}
    }
    void open_gates()
    {
        for (auto& [name, place] : places_)
            place.gate.reset();
    }
    void TearDown() override
    {
        open_gates();
        if (switch_.phase() != Phase::finished) finish(OnStop::keep);
        EXPECT_TRUE(run_until([&] { return switch_.phase() == Phase::finished; }));
    }

    asio::io_context context_{};
    int working_ = 0;
    std::map<std::string, Place> places_{};
    Wanted wanted_{};
    FirewallSwitch switch_{context_.get_executor(),
                           [this](const FirewallSetup& setup) { return make(setup); },
                           [this] { return wanted_; }, [] { return test::kNoon; }};
};

TEST_F(AFirewallSwitch, EmptiesTheOldFirewallWhenTheNewOneHoldsTheBans)
{
    start_and_enforce();
    EXPECT_THAT(places_["a"].held, ElementsAre(Key("192.0.2.7"_p)));
    switch_.replace(setup_of("b"));
    ASSERT_TRUE(run_to("a", "remove_all"));
    EXPECT_THAT(places_["a"].held, ElementsAre(Key("192.0.2.7"_p)));
    EXPECT_THAT(places_["b"].held, ElementsAre(Key("192.0.2.7"_p)));
    open_gates();
    ASSERT_TRUE(run_until([&] { return switch_.phase() == Phase::enforcing; }));
    EXPECT_THAT(places_["a"].held, IsEmpty());
    EXPECT_EQ(switch_.report().backend, "b");
}

TEST_F(AFirewallSwitch, EmptiesByItsOwnCommandsFirst)
{
    start_and_enforce();
    FirewallSetup other = setup_of("b");
    other.firewall.command.time_limit = 1min;
    switch_.replace(other);
    ASSERT_TRUE(run_until([&] { return is_enforcing("b"); }));
    EXPECT_THAT(places_["a"].held, IsEmpty());
    EXPECT_THAT(places_["b"].held, ElementsAre(Key("192.0.2.7"_p)));
    EXPECT_EQ(places_["a"].calls.back(), "remove_all");
}

TEST_F(AFirewallSwitch, CountsOnOverAChange)
{
    start_and_enforce();
    EXPECT_EQ(switch_.report().applied, 1U);
    switch_.replace(setup_of("b"));
    ASSERT_TRUE(run_until([&] { return is_enforcing("b"); }));
    EXPECT_EQ(switch_.report().applied, 2U);
}

TEST_F(AFirewallSwitch, GoesFromWithdrawnBackToWork)
{
    start_and_enforce();
    switch_.withdraw();
    ASSERT_TRUE(run_until([&] { return switch_.phase() == Phase::withdrawn; }));
    EXPECT_THAT(places_["a"].held, IsEmpty());
    EXPECT_EQ(switch_.report().state, FirewallState::removed);
    switch_.replace(setup_of("a"));
    ASSERT_TRUE(run_until([&] { return switch_.phase() == Phase::enforcing; }));
    EXPECT_THAT(places_["a"].held, ElementsAre(Key("192.0.2.7"_p)));
}

TEST_F(AFirewallSwitch, SaysWhenAWishIsInForce)
{
    start_and_enforce();
    places_["a"].gate = "apply";
    switch_.clear("192.0.2.7"_p);
    std::optional<bool> in_time;
    std::optional<bool> in_the_end;
    const auto settle = [this](std::chrono::milliseconds patience,
                               std::optional<bool>& into) -> asio::awaitable<void> {
        std::vector<Prefix> prefixes{"192.0.2.7"_p};
        into = co_await switch_.settle(std::move(prefixes), patience);
    };
    asio::co_spawn(context_, settle(10ms, in_time), kOrEnd);
    asio::co_spawn(context_, settle(10s, in_the_end), kOrEnd);
    ASSERT_TRUE(run_until([&] { return in_time.has_value(); }));
    EXPECT_FALSE(*in_time);
    EXPECT_FALSE(in_the_end.has_value());
    open_gates();
    ASSERT_TRUE(run_until([&] { return in_the_end.has_value(); }));
    EXPECT_TRUE(*in_the_end);
    EXPECT_THAT(places_["a"].held, IsEmpty());
}

TEST_F(AFirewallSwitch, SaysThatAWishIsInForceOnlyOnceTheNewFirewallHasIt)
{
    start_and_enforce();
    places_["b"].gate = "list";
    switch_.replace(setup_of("b"));
    ASSERT_TRUE(run_to("b", "list"));
    switch_.set("198.51.100.1"_p, WantedBan(Until{}));
    wanted_.emplace("198.51.100.1"_p, WantedBan(Until{}));
    std::optional<bool> done;
    const auto settle = [this](std::optional<bool>& into) -> asio::awaitable<void> {
        std::vector<Prefix> prefixes{"198.51.100.1"_p};
        into = co_await switch_.settle(std::move(prefixes), 10s);
    };
    asio::co_spawn(context_, settle(done), kOrEnd);
    open_gates();
    ASSERT_TRUE(run_until([&] { return done.has_value(); }));
    EXPECT_TRUE(*done);
    EXPECT_TRUE(places_["b"].held.contains("198.51.100.1"_p));
}

// Where a change from `a` to `b` waits, and what comes then.
struct Point {
    const char* firewall = "";
    const char* call = "";
};
enum class Then : std::uint8_t { replace, replace_twice, withdraw, keep, remove };

class AChange : public AFirewallSwitch,
                public ::testing::WithParamInterface<std::tuple<Point, Then>> {};

TEST_P(AChange, EndsInGoodOrderWhereverItIsInterrupted)
{
    const Point point = std::get<Point>(GetParam());
    const Then then = std::get<Then>(GetParam());
    const bool is_first =
        std::string(point.firewall) == "a" && std::string(point.call) != "remove_all";
    if (is_first) {
        start();
    } else {
        start_and_enforce();
        switch_.replace(setup_of("b"));
    }
    ASSERT_TRUE(run_to(point.firewall, point.call));
    if (then == Then::replace || then == Then::replace_twice) switch_.replace(setup_of("c"));
    if (then == Then::replace_twice) switch_.replace(setup_of("a"));
    if (then == Then::withdraw) switch_.withdraw();
    if (then == Then::keep) finish(OnStop::keep);
    if (then == Then::remove) finish(OnStop::remove);
    linger();
    open_gates();
    const auto is_there = [&] {
        if (then == Then::keep || then == Then::remove) return switch_.phase() == Phase::finished;
        if (then == Then::withdraw) return switch_.phase() == Phase::withdrawn;
        const auto* const last = then == Then::replace ? "c" : "a";
        return is_enforcing(last);
    };
    ASSERT_TRUE(run_until(is_there));
    EXPECT_EQ(working_, 0);
    std::size_t holding = 0;
    for (const auto& [name, place] : places_)
        holding += place.held.empty() ? 0 : 1;
    if (then == Then::withdraw || then == Then::remove) {
        EXPECT_EQ(holding, 0U);
    } else if (then != Then::keep) {
        EXPECT_EQ(holding, 1U);
    }
}

std::string name_of_case(const ::testing::TestParamInfo<std::tuple<Point, Then>>& info)
{
    static constexpr std::array kThen{"replace", "replace_twice", "withdraw", "keep", "remove"};
    const auto& [point, then] = info.param;
    return std::string(point.firewall) + "_" + point.call + "_then_" +
           kThen[static_cast<std::size_t>(then)];
}

INSTANTIATE_TEST_SUITE_P(
    EveryPoint, AChange,
    ::testing::Combine(::testing::Values(Point{"a", "prepare"}, Point{"a", "list"},
                                         Point{"a", "apply"}, Point{"b", "prepare"},
                                         Point{"b", "list"}, Point{"b", "apply"},
                                         Point{"a", "remove_all"}),
                       ::testing::Values(Then::replace, Then::replace_twice, Then::withdraw,
                                         Then::keep, Then::remove)),
    name_of_case);

}  // namespace
}  // namespace mailban::io::firewall_switch_test
