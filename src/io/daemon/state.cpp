// The state's age and size: how the daemon keeps them, and what it tells of them.
#include "io/daemon/daemon.h"
#include "mailban/config/byte_size.h"
#include "mailban/plural.h"

#include <spdlog/spdlog.h>

namespace mailban::io {

void Daemon::prune(Timestamp now)
{
    has_more_to_prune_ = false;
    // On a disk that is full nothing can be dropped either.
    if (!store_ || !store_problem_.empty()) return;
    PruneLimits limits;
    limits.events = now - event_retention(config_);
    limits.offenders = now - config_.escalation.forget;
    if (const auto& trust = config_.judgement.trust) limits.logins = now - trust->keep;
    limits.needed = now - longest_window(config_);
    limits.most_bytes = config_.state.max_size;

    const bool was_in_need = pruner_.report().needed > 0;
    const auto more = pruner_.run(*store_, limits, now);
    has_more_to_prune_ = more && *more;
    const std::string problem = more ? std::string() : more.error().message;
    if (!problem.empty() && problem != prune_problem_) spdlog::warn("{}", problem);
    prune_problem_ = problem;
    if (!was_in_need && pruner_.report().needed > 0) spdlog::warn("{}", state_warning());
}

// Empty where no rule misses anything.
std::string Daemon::state_warning() const
{
    const PruneReport& report = pruner_.report();
    if (report.needed == 0) return {};
    return "state.max_size " + format_byte_size(config_.state.max_size) + " is too small: " +
           plural(report.needed, "event that rules still need was",
                  "events that rules still need were") +
           " deleted; a restart would not count them";
}

StateReport Daemon::state_report() const
{
    const PruneReport& dropped = pruner_.report();
    StateReport report;
    report.max_bytes = config_.state.max_size;
    report.dropped_events = dropped.events;
    report.dropped_bans = dropped.bans;
    report.last_dropped = dropped.at;
    report.dropped_until = dropped.reached;
    if (!store_) return report;
    if (const auto size = store_->size()) report.bytes = size->used;
    if (const auto oldest = store_->oldest_event()) report.oldest_event = *oldest;
    return report;
}

}  // namespace mailban::io
