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
    // The journal's files; empty: this machine's journal.
    std::string journal{};
};

// Takes some milliseconds; what it looks at is bounded.
Found discover(const DiscoverOptions& options = {});

// Why this user may not read a file that was found, and the command that helps:
// "Permission denied; it belongs to root:adm and its group may read it: `usermod -aG adm mailban`".
// Empty: it may, or there is no such file.
std::string why_unreadable(const std::string& path);

}  // namespace mailban::io
