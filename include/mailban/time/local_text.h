// Times as people read them, in the log, in answers and in lists. Programs get format_timestamp().
#pragma once

#include "mailban/time/zone.h"

#include <string>

namespace mailban {

// "2026-11-28 20:19:08 +0100": local time in `zone`, cut to whole seconds, with its offset, so that
// it can be compared with the lines of any log. An offset's odd seconds are left out.
std::string local_text(Timestamp at, const Zone& zone);
// "until 2026-11-28 20:19:08 +0100", "forever".
std::string until_text(Until until, const Zone& zone);

}  // namespace mailban
