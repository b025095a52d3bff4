// Assurances: what the administrator says of a log, because no line of it can show it.
#pragma once

#include "mailban/parse/forwarded_for.h"

namespace mailban {

struct Assurances {
    // The web server in front writes the client's address itself, whatever the client sends.
    bool trusted_front_end = false;
    // A line feed that a client sends never ends a line of this log: what writes it escapes them.
    bool escaped_line_feeds = false;
    // Whose word on whom they speak for is believed: `proxies` of the configuration, the same for
    // all logs.
    Proxies proxies{};
    bool operator==(const Assurances&) const = default;
};

}  // namespace mailban
