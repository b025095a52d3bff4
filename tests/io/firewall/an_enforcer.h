// An enforcer of a fake firewall, and a clock that tests move.
#pragma once

#include "io/firewall/enforcer.h"
#include "io/firewall/fake_firewall.h"

#include <gtest/gtest.h>

#include <chrono>
#include <functional>
#include <optional>
#include <vector>

namespace mailban::io {

class AnEnforcer : public ::testing::Test {
protected:
    void make(EnforcerOptions options)
    {
        const auto factory = [this]() -> asio::awaitable<Result<std::unique_ptr<Firewall>>> {
            if (fake_.is_absent) co_return Error{"no firewall can be used here"};
            const auto executor = context_.get_executor();
            co_return std::make_unique<FakeFirewall>(executor, fake_);
        };
        // On a thread of its own.
        const auto cut = [this](const BannedByPorts& banned) -> Result<std::size_t> {
            if (before_cut_) before_cut_();
            const auto before = cut_.size();
            for (const auto& [group, prefixes] : banned)
                for (const auto& prefix : prefixes.prefixes())
                    cut_.push_back(prefix);
            return cut_.size() - before;
        };
        const auto clock = [this] { return now_; };
        enforcer_.emplace(context_.get_executor(), factory, cut, clock, options, ports_);
    }

    void start()
    {
        bool is_done = false;
        asio::co_spawn(context_, enforcer_->start(), [&](std::exception_ptr) { is_done = true; });
        ASSERT_TRUE(run_until([&] { return is_done; }));
    }

    // Lets everything go on until `is_done`, ten seconds at most.
    template <class Predicate>
    bool run_until(Predicate is_done)
    {
        context_.restart();
        const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
        while (!is_done())
            if (context_.run_one_until(end) == 0) return false;
        return true;
    }
    bool settle()
    {
        return run_until([this] { return enforcer_->status().pending == 0; });
    }

    void TearDown() override
    {
        fake_.hangs = false;
        asio::co_spawn(context_, enforcer_->finish(), asio::detached);
        EXPECT_TRUE(run_until([this] { return enforcer_->idle(); }));
    }

    asio::io_context context_{};
    FakeFirewallState fake_{};
    PortGroups ports_{};
    std::optional<Enforcer> enforcer_{};
    Timestamp now_ = test::kNoon;
    std::vector<Prefix> cut_{};  // to be looked at when status().cut says so
    std::function<void()> before_cut_{};
};

inline constexpr EnforcerOptions kQuick{
    std::chrono::milliseconds(5),   std::chrono::milliseconds(40),  std::chrono::hours(1),
    std::chrono::milliseconds(200), std::chrono::milliseconds(100), std::chrono::seconds(1),
    std::chrono::milliseconds(20),  std::chrono::milliseconds(5)};

}  // namespace mailban::io
