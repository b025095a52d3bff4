// DryRunFirewall: keeps its bans in memory and shuts nobody out.
#pragma once

#include "io/firewall/firewall.h"

#include <map>
#include <string>
#include <utility>

namespace mailban::io {

class DryRunFirewall final : public Firewall {
public:
    explicit DryRunFirewall(PortGroups ports = {}) : ports_(std::move(ports)) {}

    std::string_view name() const noexcept override { return "dry-run"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::yes; }
    asio::awaitable<Status> prepare() override;
    // Bans whose time is over are gone, as they are from a kernel.
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;

private:
    PortGroups ports_;
    std::map<std::pair<Prefix, PortGroup>, Until> held_{};
};

}  // namespace mailban::io
