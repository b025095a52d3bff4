// A firewall that is a map, and that fails, hangs and forgets as told.
#pragma once

#include "io/firewall/firewall.h"

#include <optional>
#include <set>
#include <string>

#include "unit/firewall/plan_support.h"

namespace mailban::io {

// What a test does to the firewall, and what it sees of it.
struct FakeFirewallState {
    Wanted held{};
    std::optional<std::string> failure{};  // every call fails with this
    std::set<Prefix> poison{};             // changes that always fail, and their whole plan
    bool hangs = false;
    std::optional<std::string> change{};  // what it says when it is asked for changes
    bool is_prepared = false;
    bool is_absent = false;  // cannot even be made
    KeepsTime keeps_time = KeepsTime::yes;
    bool tells_ports_apart = true;
    std::optional<std::string> why_no_ipv6{};
    std::size_t batch = 1'000'000;
    std::vector<Plan> plans{};  // all that were applied, or tried
    int prepared = 0;
    int listed = 0;
    Firewall* firewall = nullptr;
};

class FakeFirewall final : public Firewall {
public:
    FakeFirewall(asio::any_io_executor executor, FakeFirewallState& state)
        : state_(state), never_(std::move(executor))
    {
        state_.firewall = this;
    }

    std::string_view name() const noexcept override { return "fake"; }
    KeepsTime keeps_time() const noexcept override { return state_.keeps_time; }
    bool tells_ports_apart() const noexcept override { return state_.tells_ports_apart; }
    std::size_t batch() const noexcept override { return state_.batch; }
    std::optional<std::string> why_no_ipv6() const override { return state_.why_no_ipv6; }

    asio::awaitable<Status> prepare() override
    {
        ++state_.prepared;
        co_await maybe_hang();
        if (state_.failure) co_return Error{*state_.failure};
        state_.is_prepared = true;
        co_return Done{};
    }

    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override
    {
        ++state_.listed;
        co_await maybe_hang();
        if (state_.failure) co_return Error{*state_.failure};
        if (!state_.is_prepared) co_return Error{"fake: not prepared"};
        if (state_.keeps_time == KeepsTime::yes)
            std::erase_if(state_.held, [&](const auto& one) {
                return one.second.until && *one.second.until <= now;
            });
        co_return test::held_in(state_.held);
    }

    asio::awaitable<Status> apply(Plan plan, Timestamp) override
    {
        state_.plans.push_back(plan);
        co_await maybe_hang();
        if (state_.failure) co_return Error{*state_.failure};
        for (const auto& change : plan)
            if (state_.poison.contains(change.prefix)) co_return Error{"fake: poison"};
        test::carry_out(state_.held, plan);
        co_return Done{};
    }

    asio::awaitable<Status> remove_all() override
    {
        state_.held.clear();
        co_return Done{};
    }

    asio::awaitable<Result<std::string>> describe() override
    {
        co_return std::string(state_.held.empty() ? "" : "held\n");
    }

    std::optional<std::string> change_since_last_asked() override
    {
        return std::exchange(state_.change, std::nullopt);
    }

    void disturb() { notify_disturbed("a test"); }

private:
    asio::awaitable<void> maybe_hang()
    {
        // Even a quick firewall answers later, not within the call.
        co_await asio::post(asio::use_awaitable);
        if (!state_.hangs) co_return;
        never_.expires_at(std::chrono::steady_clock::time_point::max());
        co_await never_.async_wait(kNoThrow);
    }

    FakeFirewallState& state_;
    asio::steady_timer never_;
};

}  // namespace mailban::io
