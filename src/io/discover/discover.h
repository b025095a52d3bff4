// Looks for this machine's mail logs: `sources: auto`.
//
// It looks at files and asks nobody: no program is run and no daemon is spoken to.
#pragma once

#include "mailban/discover/all_sources.h"

#include <string>

namespace mailban::io {

struct DiscoverOptions {
    // A folder in front of every path that is looked at; empty: this machine's own. The paths of
    // what is found begin with it, too.
    std::string root{};
};

// Takes some milliseconds; what it looks at is bounded.
Found discover(const DiscoverOptions& options = {});

}  // namespace mailban::io
