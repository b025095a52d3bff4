// DryRunFirewall: keeps its bans in memory and shuts nobody out.
#pragma once

#include "io/firewall/firewall.h"

#include <string>

namespace mailban::io {

class DryRunFirewall final : public Firewall {
public:
    std::string_view name() const noexcept override { return "dry-run"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::yes; }
    asio::awaitable<Status> prepare() override;
    // Bans whose time is over are gone, as they are from a kernel.
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;

private:
    Wanted held_{};
};

}  // namespace mailban::io
