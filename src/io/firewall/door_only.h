// DoorFirewall: none. Bans hold only where mail servers ask (`firewall.backend: door`), so this
// makes nothing, holds nothing and needs no right.
#pragma once

#include "io/firewall/firewall.h"

#include <string>
#include <vector>

namespace mailban::io {

class DoorFirewall final : public Firewall {
public:
    std::string_view name() const noexcept override { return "door"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::yes; }
    asio::awaitable<Status> prepare() override;
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    // The engine wants no ban here, so a plan is empty but for what an earlier firewall is to
    // forget.
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;
};

}  // namespace mailban::io
