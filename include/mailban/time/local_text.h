// A time for people: in tables, pages and log lines. Programs get format_timestamp().
#pragma once

#include "mailban/time/zone.h"

#include <string>

namespace mailban {

// "2026-11-28 20:19:08 +0100": local time in `zone`, cut to whole seconds, with its offset, so that
// it can be compared with the lines of any log. An offset's odd seconds are left out.
std::string local_text(Timestamp at, const Zone& zone);

}  // namespace mailban
