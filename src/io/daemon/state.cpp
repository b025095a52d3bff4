#include "io/daemon/state.h"

#include "io/daemon/system.h"
#include "mailban/config/byte_size.h"
#include "mailban/plural.h"
#include "mailban/time/time.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

constexpr auto kRetry = std::chrono::seconds(1);
constexpr auto kRetryBusy = std::chrono::milliseconds(100);

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

void State::rest()
{
    while (is_at_work())
        worker_.wait();
}

Store* State::store()
{
    rest();
    return store_.get();
}

void State::work(std::function<void()> work, std::function<void()> afterwards)
{
    at_work_since_ = now_();
    if (home_) return worker_.start(home_, std::move(work), std::move(afterwards));
    work();
    afterwards();
}

// What waits makes each try long, and lines come without end.
bool State::may_try() const
{
    const bool has_failed = !problem_.empty() || busy_since_;
    return !has_failed || now_() >= retry_at_;
}

void State::commit()
{
    if (is_at_work()) {
        is_wanted_ = true;
    } else if (may_try()) {
        begin_writing();
    }
}

void State::commit_if_due()
{
    if (is_at_work()) note_slowness();
    while (is_at_work() && recorder_->is_crowded())
        worker_.wait();
    if (is_at_work()) return;
    const bool is_well = store_ && !store_->is_damaged() && problem_.empty() && !busy_since_;
    if (!is_well || recorder_->is_due(now_())) commit();
}

void State::begin_writing()
{
    is_wanted_ = false;
    // To another database where this one is damaged.
    if (!store_ || store_->is_damaged()) return conclude(replace());
    const RecordBatch* const batch = recorder_->begin();
    if (batch == nullptr) return conclude(Done{});
    work([this, batch] { written_ = batch->write_to(*store_); }, [this] { finish_writing(); });
}

void State::finish_writing()
{
    conclude(settle(std::exchange(written_, Done{})));
    if (to_prune_) begin_pruning();
    if (!is_at_work()) go_on();
}

void State::go_on()
{
    look_at_size();
    if (is_wanted_) {
        commit();
    } else {
        commit_if_due();
    }
}

Status State::settle(const Status& written)
{
    recorder_->settle(written.ok(), now_());
    has_grown_ = true;
    return store_->is_damaged() ? replace() : written;
}

Status State::commit_all()
{
    rest();
    if (!store_ || store_->is_damaged()) {
        conclude(replace());
    } else if (const RecordBatch* const batch = recorder_->begin()) {
        conclude(settle(batch->write_to(*store_)));
    } else {
        conclude(Done{});
    }
    if (busy_since_ && problem_.empty()) return Error{"the state database is busy"};
    if (!problem_.empty()) return Error{problem_};
    return Done{};
}

void State::conclude(const Status& written)
{
    const auto now = now_();
    const bool is_busy = !written && store_ && store_->is_busy();
    if (!is_busy) busy_since_.reset();
    if (is_busy && !busy_since_) busy_since_ = now;
    retry_at_ = now + (is_busy ? std::chrono::milliseconds(kRetryBusy) : kRetry);
    if (is_busy && now - *busy_since_ < kTooLong) return;
    note_problem(written ? std::string() : written.error().message);
}

void State::note_slowness()
{
    if (now_() - at_work_since_ < kTooLong) return;
    note_problem("state database in " + config_.state.directory +
                 ": the disk has not finished a write for more than " + format_duration(kTooLong));
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

void State::prune(Timestamp now)
{
    // On a disk that is full nothing can be dropped either.
    if (!store_ || !problem_.empty() || busy_since_) return put_off_pruning();
    // An idle daemon does not wake its thread each second.
    const bool is_changed =
        has_more_to_prune_ || has_grown_ || most_bytes_ != config_.state.max_size;
    if (!is_changed && (is_at_work() || !pruner_.is_due(now))) return;
    PruneLimits limits;
    limits.events = now - event_retention(config_);
    limits.offenders = now - config_.escalation.forget;
    if (const auto& trust = config_.judgement.trust) limits.logins = now - trust->keep;
    limits.needed = now - longest_window(config_);
    limits.most_bytes = config_.state.max_size;
    to_prune_ = limits;
    prune_at_ = now;
    if (!is_at_work()) begin_pruning();
}

void State::begin_pruning()
{
    const PruneLimits limits = *std::exchange(to_prune_, std::nullopt);
    if (!store_ || !problem_.empty() || busy_since_) return put_off_pruning();
    most_bytes_ = limits.most_bytes;
    has_grown_ = false;
    work([this, limits, now = prune_at_] { pruned_more_ = pruner_.run(*store_, limits, now); },
         [this] { finish_pruning(); });
}

// Until the next second in which it can be tried.
void State::put_off_pruning()
{
    has_grown_ = has_grown_ || has_more_to_prune_;
    has_more_to_prune_ = false;
}

void State::finish_pruning()
{
    const bool was_in_need = pruned_.needed > 0;
    pruned_ = pruner_.report();
    has_more_to_prune_ = pruned_more_ && *pruned_more_;
    has_grown_ = has_grown_ || !pruned_more_;
    const bool is_busy = !pruned_more_ && store_->is_busy();
    const std::string problem =
        pruned_more_ || is_busy ? std::string() : pruned_more_.error().message;
    if (!problem.empty() && problem != prune_problem_) spdlog::warn("{}", problem);
    prune_problem_ = problem;
    if (!was_in_need && pruned_.needed > 0) spdlog::warn("{}", size_warning());
    go_on();
}

std::string State::size_warning() const
{
    const PruneReport& report = pruned_;
    if (report.needed == 0) return {};
    return "state.max_size " + format_byte_size(config_.state.max_size) + " is too small: " +
           plural(report.needed, "event that rules still need was",
                  "events that rules still need were") +
           " deleted; a restart would not count them";
}

StateReport State::report()
{
    StateReport report;
    report.max_bytes = config_.state.max_size;
    report.dropped_events = pruned_.events;
    report.dropped_bans = pruned_.bans;
    report.last_dropped = pruned_.at;
    report.dropped_until = pruned_.reached;
    if (!store_) return report;
    look_at_size();
    report.bytes = bytes_;
    report.oldest_event = oldest_event_;
    return report;
}

void State::look_at_size()
{
    if (!store_ || is_at_work()) return;
    if (const auto size = store_->size()) bytes_ = size->used;
    if (const auto oldest = store_->oldest_event()) oldest_event_ = *oldest;
}

}  // namespace mailban::io
