// Rooms: what the daemon is made of, for those who report of all of it.
#pragma once

#include "io/control/server.h"
#include "io/daemon/config_file.h"
#include "io/daemon/firewall_switch.h"
#include "io/daemon/forwarding.h"
#include "io/daemon/intake.h"
#include "io/daemon/logs.h"
#include "io/daemon/state.h"
#include "io/daemon/trusted.h"
#include "io/hooks/hooks.h"
#include "io/policy/door.h"
#include "mailban/config/config.h"
#include "mailban/event/source.h"

#include <string>

namespace mailban::io {

struct Rooms {
    const std::string& version;
    Timestamp started;
    const bool& is_started;  // the bans of before stand, and the logs are followed
    const Config& config;
    const ConfigFile& config_file;
    const SourceNames& source_names;
    State& state;
    Intake& intake;
    FirewallSwitch& firewall;
    Trusted& trusted;
    Logs& logs;
    const Forwarding& forwarding;
    Hooks& hooks;
    const ControlServer& control;
    const PolicyDoor& door;
};

}  // namespace mailban::io
