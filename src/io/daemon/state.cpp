#include "io/daemon/state.h"

#include "io/daemon/system.h"
#include "mailban/config/byte_size.h"
#include "mailban/plural.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kRetryBusy = std::chrono::milliseconds(100);
// An administrator's sqlite3 may well hold the database for a moment.
constexpr auto kBusyTooLong = std::chrono::seconds(5);

}  // namespace

void State::follow(const Engine& engine, NoteMore note_more)
{
    engine_ = &engine;
    note_more_ = std::move(note_more);
}

Status State::restore(Engine& engine)
{
    auto bans = store_->active_bans();
    if (!bans) return bans.error();
    auto offenders = store_->offenders();
    if (!offenders) return offenders.error();
    const auto allowed = store_->allowed();
    if (!allowed) return allowed.error();
    for (const Allowed& entry : *allowed)
        engine.restore(entry);
    engine.restore(*bans, *offenders);
    return Done{};
}

void State::commit()
{
    // What waits makes each try long, and lines come without end.
    const bool has_failed = !problem_.empty() || busy_since_;
    if (has_failed && SteadyClock::now() < retry_at_) return;
    try_commit(Amount::all);
}

bool State::is_well() const
{
    return store_ && !store_->is_damaged() && problem_.empty();
}

void State::commit_if_due()
{
    if (!is_well() || recorder_->is_crowded()) return commit();
    // The rest of it will be written.
    if (recorder_->is_writing() && later_) return;
    if (!recorder_->is_due(SteadyClock::now())) return;
    if (!later_ || busy_since_) return commit();
    try_commit(Amount::portion);
}

void State::write_on()
{
    is_asked_for_ = false;
    if (is_well() && recorder_->is_writing()) try_commit(Amount::portion);
}

Status State::commit_all()
{
    try_commit(Amount::all);
    if (busy_since_ && problem_.empty()) return Error{"the state database is busy"};
    if (!problem_.empty()) return Error{problem_};
    return Done{};
}

// To another database where this one is damaged.
Status State::write(Amount amount)
{
    if (!store_ || store_->is_damaged()) return replace();
    const auto now = SteadyClock::now();
    auto written = amount == Amount::all ? recorder_->commit(now) : recorder_->commit_some(now);
    return store_->is_damaged() ? replace() : written;
}

void State::try_commit(Amount amount)
{
    const auto committed = write(amount);
    const auto now = SteadyClock::now();
    const bool is_busy = !committed && store_ && store_->is_busy();
    if (!is_busy) busy_since_.reset();
    if (is_busy && !busy_since_) busy_since_ = now;
    if (recorder_->is_writing() && !std::exchange(is_asked_for_, true)) later_();
    retry_at_ = now + (is_busy ? std::chrono::milliseconds(kRetryBusy) : kRetry);
    if (is_busy && now - *busy_since_ < kBusyTooLong) return;
    note_problem(committed ? std::string() : committed.error().message);
}

void State::note_problem(const std::string& problem)
{
    if (problem == problem_) return;
    if (problem.empty()) {
        spdlog::info("state: writing works again");
    } else {
        spdlog::error("{}; changes are kept in memory, retrying", problem);
    }
    problem_ = problem;
}

// What is dropped must not be part of what is being written. That of an old log takes a while, and
// ends by itself. False: it is to be waited for.
bool State::end_writing_to_prune(Timestamp now)
{
    if (store_ && recorder_->is_writing()) {
        if (!pruning_waits_since_) pruning_waits_since_ = now;
        const Duration waited = now - *pruning_waits_since_;
        if (later_ && waited >= Duration::zero() && waited < kLongestWaitToPrune) return false;
        commit();
    }
    pruning_waits_since_.reset();
    return true;
}

void State::prune(Timestamp now)
{
    has_more_to_prune_ = false;
    if (!end_writing_to_prune(now)) return;
    // On a disk that is full nothing can be dropped either.
    if (!store_ || !problem_.empty() || busy_since_) return;
    PruneLimits limits;
    limits.events = now - event_retention(config_);
    limits.offenders = now - config_.escalation.forget;
    if (const auto& trust = config_.judgement.trust) limits.logins = now - trust->keep;
    limits.needed = now - longest_window(config_);
    limits.most_bytes = config_.state.max_size;

    const bool was_in_need = pruner_.report().needed > 0;
    const auto more = pruner_.run(*store_, limits, now);
    has_more_to_prune_ = more && *more;
    const bool is_busy = !more && store_->is_busy();
    const std::string problem = more || is_busy ? std::string() : more.error().message;
    if (!problem.empty() && problem != prune_problem_) spdlog::warn("{}", problem);
    prune_problem_ = problem;
    if (!was_in_need && pruner_.report().needed > 0) spdlog::warn("{}", size_warning());
}

std::string State::size_warning() const
{
    const PruneReport& report = pruner_.report();
    if (report.needed == 0) return {};
    return "state.max_size " + format_byte_size(config_.state.max_size) + " is too small: " +
           plural(report.needed, "event that rules still need was",
                  "events that rules still need were") +
           " deleted; a restart would not count them";
}

StateReport State::report() const
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
