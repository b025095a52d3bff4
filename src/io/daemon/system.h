// What the daemon asks the machine about itself.
#pragma once

#include "mailban/net/prefix_set.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <string>

namespace mailban::io {

Timestamp system_now();

// Allows this process as many open files as the machine lets it have. For a mail server with a log
// for each host or day, systemd's usual 1,024 are too few.
void raise_descriptor_limit();

// Every address on an interface of ours.
PrefixSet own_addresses();

std::uint64_t random_seed();

// sd_notify(3); nothing where nobody asked (no NOTIFY_SOCKET).
void notify_service_manager(const std::string& state);

}  // namespace mailban::io
