// Forwarding: whether this machine hands mail ports on to others, and what bans do about it.
#pragma once

#include "io/asio.h"
#include "io/daemon/firewall_switch.h"
#include "io/firewall/published.h"
#include "io/worker.h"
#include "mailban/config/config.h"

#include <string>
#include <vector>

namespace mailban::io {

class Forwarding {
public:
    Forwarding(FirewallSwitch& firewall, const Config& config)
        : firewall_(firewall), config_(config)
    {
    }

    // At the start, blocking: what is handed on now.
    void look_first();
    // To be asked each minute. Where `firewall.forward: auto` has to change its mind, the firewall
    // is replaced.
    asio::awaitable<void> look();
    // Of the configuration in force, with `forward` decided by what was seen last.
    FirewallSetup setup();
    // Why bans do not reach all that is handed on; empty where they do, or where only the
    // administrator's own programs know.
    std::string problem() const;

private:
    void decide();

    FirewallSwitch& firewall_;
    const Config& config_;
    std::vector<Published> published_{};
    Forward forward_ = Forward::no;
    bool is_looking_ = false;
    Worker worker_{};
};

}  // namespace mailban::io
