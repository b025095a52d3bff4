// What the daemon asks the machine about itself.
#pragma once

#include "mailban/net/prefix_set.h"
#include "mailban/time/zone.h"

#include <cstdint>
#include <string>

namespace mailban::io {

Timestamp system_now();

// The machine's local time zone (TZ or /etc/localtime) over the two years before `now` and one
// after.
Zone local_zone(Timestamp now);

// Every address on an interface of ours.
PrefixSet own_addresses();

std::uint64_t random_seed();

// sd_notify(3); nothing where nobody asked (no NOTIFY_SOCKET).
void notify_service_manager(const std::string& state);

}  // namespace mailban::io
