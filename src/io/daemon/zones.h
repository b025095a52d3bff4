// The time zones that the machine knows: its own, and those of the tz database.
//
// Read from their files each time, without the C library's global state: a zone that is changed
// while the daemon runs is found by asking again.
#pragma once

#include "mailban/config/load.h"
#include "mailban/result.h"
#include "mailban/time/zone.h"

#include <string>
#include <vector>

namespace mailban::io {

// The machine's local time (TZ or /etc/localtime) over some years around `now`; UTC where nothing
// says what it is, as the C library has it.
Zone local_zone(Timestamp now);

// "Europe/Berlin", "UTC", "+01:00" over some years around `now`.
Result<Zone> zone_named(const std::string& name, Timestamp now);

// In which a source's stamps without an offset are.
Zone zone_of(const SourceConfig& source, Timestamp now);

// The zones of sources that the machine does not know, as mistakes of the configuration `file`.
std::vector<ConfigError> unknown_zones(const Config& config, const std::string& file);

}  // namespace mailban::io
