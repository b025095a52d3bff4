// all_sources: the logs of an administrator, and those that `sources: auto` found beside them.
#pragma once

#include "mailban/config/config.h"

#include <string>
#include <vector>

namespace mailban {

// What a machine turned out to have.
struct Found {
    // Each names one log, `found` is set.
    std::vector<SourceConfig> sources{};
    // What an administrator should know besides, a sentence each: where logs may be that cannot be
    // looked for, with the command that helps. Not that something is absent.
    std::vector<std::string> remarks{};
};

// The configuration's own first, then the found ones that none of its own follows, where it wants
// them (Config::discover). An own path or pattern that fits a found file follows it, and so does
// one for a unit, identifier or container in this machine's journal.
std::vector<SourceConfig> all_sources(const Config& config, const Found& found);

// "/var/log/mail.log", "journal unit dovecot.service": what a found source follows.
std::string name_of_found(const SourceConfig& source);

}  // namespace mailban
