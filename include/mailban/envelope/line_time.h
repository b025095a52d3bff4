// When a line says it was written, whichever server wrote it.
#pragma once

#include "mailban/time/zone.h"

#include <optional>
#include <string_view>

namespace mailban {

// The stamp that the line begins with: a syslog header's, or Exim's own. nullopt: it has none.
std::optional<Timestamp> line_time(std::string_view line, const Zone& zone, Timestamp now);

}  // namespace mailban
