// Sources: logs that `sources: auto` found, as they come and go.
#include "io/daemon/source_log.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <utility>

namespace mailban::io {

// The names of the logs that are followed.
std::set<std::string> Sources::followed() const
{
    std::set<std::string> names;
    for (const auto& log : logs_)
        if (log->is_followed()) names.insert(log->name);
    return names;
}

void Sources::follow_again(Log& log)
{
    log.was_given_up = false;
    read_on(log, log.position.files.empty() ? std::nullopt : std::optional(log.position));
}

std::vector<std::string> Sources::follow_found(const std::vector<SourceConfig>& found)
{
    const auto before = followed();
    for (const auto& config : found) {
        if (Log* const log = find_log(config.file); log != nullptr && log->was_given_up)
            follow_again(*log);
        if (std::find(configs_.begin(), configs_.end(), config) != configs_.end()) continue;
        configs_.push_back(config);
        follow_source(configs_.back());
    }
    std::vector<std::string> names;
    for (const auto& name : followed())
        if (!before.contains(name)) names.push_back(name);
    give_up_gone(found);
    return names;
}

// A log that was rotated or whose server is being replaced is back soon.
void Sources::give_up_gone(const std::vector<SourceConfig>& found)
{
    const auto is_gone = [&](const Log& log) {
        const auto names_it = [&](const SourceConfig& one) { return one.file == log.name; };
        return log.is_followed() && log.config.found && log.name.starts_with('/') &&
               is_absent(log) && std::none_of(found.begin(), found.end(), names_it);
    };
    for (const auto& log : logs_) {
        const bool was_gone = std::exchange(log->was_gone, is_gone(*log));
        if (was_gone && log->was_gone) give_up(*log);
    }
}

// What it was is kept, and how far it was read: it may be found again. Its configuration and
// pattern stay as long as the log that refers to them.
void Sources::give_up(Log& log)
{
    stop_tail(log);
    log.was_given_up = true;
    log.was_gone = false;
}

bool Sources::is_absent(const Log& log)
{
    return log.name.starts_with('/') &&
           ::faccessat(AT_FDCWD, log.name.c_str(), F_OK, AT_EACCESS) != 0 && errno == ENOENT;
}

}  // namespace mailban::io
