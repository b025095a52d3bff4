// FirewallOwner: finds the firewall that the configuration means, keeps an Enforcer on it, and
// exchanges both on a reload. Until one is found it looks again every ten seconds and says why.
#pragma once

#include "io/asio.h"
#include "io/firewall/enforcer.h"
#include "io/firewall/socket_killer.h"
#include "mailban/config/config.h"
#include "mailban/control/report.h"
#include "mailban/firewall/plan.h"

#include <memory>
#include <optional>
#include <string>

namespace mailban::io {

class FirewallOwner {
public:
    FirewallOwner(asio::io_context& context, const Config& config);

    // Brings the firewall into line with `wanted` once; failures are tried again from then on.
    asio::awaitable<void> start(Wanted wanted);
    // The whole of what is wanted, in place of what was.
    void want(const Wanted& wanted);
    void set(const Prefix& prefix, Until until);
    void clear(const Prefix& prefix);

    // Another configuration: what was made under the old one is taken away first.
    asio::awaitable<void> replace(Config config);

    // Ends. With OnStop::keep the bans stand, and the kernel ends them where it keeps time.
    asio::awaitable<Status> stop(OnStop on_stop);

    FirewallReport report() const;

private:
    asio::awaitable<void> bring_up();
    asio::awaitable<void> look_again();
    asio::awaitable<Status> take_down(OnStop on_stop);

    asio::io_context& context_;
    FirewallConfig config_;
    PrefixLengths lengths_;
    Wanted wanted_{};
    std::optional<SocketKiller> killer_{};
    std::unique_ptr<Enforcer> enforcer_{};
    asio::steady_timer retry_;
    asio::steady_timer ended_;
    bool is_running_ = false;
    bool is_looking_ = false;
    bool is_stopping_ = false;
    std::string problem_{};  // why there is no enforcer
    std::optional<Timestamp> since_{};
};

}  // namespace mailban::io
