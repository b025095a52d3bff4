// What mailban has made in the machine's firewall, looked at and taken away without a daemon.
#pragma once

#include "mailban/config/config.h"
#include "mailban/result.h"

#include <string>
#include <vector>

namespace mailban::io {

struct FirewallContents {
    std::string backend{};
    std::vector<Held> held{};  // the bans in it
    std::string text{};        // all of it, as the firewall shows it; empty: nothing
};

// One for each backend that can be used here (see possible_firewalls). Changes nothing.
Result<std::vector<FirewallContents>> show_firewall(const Config& config);

// Takes away all that these backends ever made; the names of those that held something.
Result<std::vector<std::string>> empty_firewall(const Config& config);

}  // namespace mailban::io
