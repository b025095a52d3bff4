// What the daemon asks the machine about itself.
#pragma once

#include "mailban/net/prefix_set.h"
#include "mailban/result.h"
#include "mailban/time/zone.h"

#include <cstddef>
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

// A whole file of at most `limit` bytes as text; the error names the path and the cause.
Result<std::string> read_file(const std::string& path, std::size_t limit = 1 << 20);

// Keeps how much memory is resident even. What a table leaves that has moved to a larger place goes
// back to the kernel at once, which glibc would soon cease to do; what the minute's look at the
// firewall needs for a moment is kept for the next one.
void steady_memory();

// sd_notify(3); nothing where nobody asked (no NOTIFY_SOCKET).
void notify_service_manager(const std::string& state);

}  // namespace mailban::io
