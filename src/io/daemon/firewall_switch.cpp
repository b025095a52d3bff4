#include "io/daemon/firewall_switch.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <array>
#include <utility>

namespace mailban::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

}  // namespace

FirewallSwitch::FirewallSwitch(const asio::any_io_executor& executor, Make make,
                               std::function<Wanted()> wanted, Clock clock)
    : executor_(executor),
      make_(std::move(make)),
      wanted_(std::move(wanted)),
      clock_(std::move(clock)),
      driven_(executor)
{
    driven_.expires_at(SteadyClock::time_point::max());
}

std::unique_ptr<Enforcer> FirewallSwitch::make(const FirewallSetup& setup)
{
    auto made = make_(setup);
    made->on_progress([this] { note_progress(); });
    return made;
}

void FirewallSwitch::prepare(FirewallSetup setup, Enforcer::Found found)
{
    setup_ = std::move(setup);
    since_ = clock_();
    enforcer_ = make(setup_);
    if (found) enforcer_->on_found(std::move(found));
}

asio::awaitable<void> FirewallSwitch::start()
{
    phase_ = Phase::starting;
    is_driving_ = true;
    enforcer_->want(wanted_());
    co_await enforcer_->start();
    if (phase_ == Phase::starting) phase_ = Phase::enforcing;
    is_driving_ = false;
    driven_.cancel();
    // What was asked for meanwhile.
    if (next_ || has_to_withdraw_) asio::co_spawn(executor_, drive(), kOrEnd);
}

void FirewallSwitch::replace(FirewallSetup setup)
{
    next_ = std::move(setup);
    has_to_withdraw_ = false;
    if (!is_driving_) asio::co_spawn(executor_, drive(), kOrEnd);
}

void FirewallSwitch::withdraw()
{
    next_.reset();
    has_to_withdraw_ = !is_withdrawn();
    if (!is_driving_ && has_to_withdraw_) asio::co_spawn(executor_, drive(), kOrEnd);
}

// One change after the other: an enforcer that is still at work may not go, and no two may work
// one firewall.
asio::awaitable<void> FirewallSwitch::drive()
{
    if (std::exchange(is_driving_, true)) co_return;
    while (!is_finishing_ && (next_ || has_to_withdraw_)) {
        if (std::exchange(has_to_withdraw_, false)) {
            co_await withdraw_once();
        } else {
            FirewallSetup next = std::move(*next_);
            next_.reset();
            co_await replace_once(std::move(next));
        }
    }
    is_driving_ = false;
    driven_.cancel();
}

// True: nothing of it is left.
asio::awaitable<bool> FirewallSwitch::empty(Enforcer& old) const
{
    const Status removed = co_await old.remove_all();
    if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
    co_return removed.ok();
}

asio::awaitable<void> FirewallSwitch::replace_once(FirewallSetup next)
{
    const bool was_withdrawn = phase_ == Phase::withdrawn;
    const bool has_other_commands = next.firewall.command != setup_.firewall.command;
    phase_ = Phase::replacing;
    since_ = clock_();
    setup_ = std::move(next);
    leaving_ = std::exchange(enforcer_, make(setup_));
    // From here on wishes are the new one's.
    enforcer_->want(wanted_());
    if (has_other_commands && !was_withdrawn) co_await empty(*leaving_);
    co_await leaving_->finish();
    if (is_finishing_) co_return;
    co_await enforcer_->start();
    const bool is_other = leaving_->status().backend != enforcer_->status().backend;
    if (!has_other_commands && is_other && !is_finishing_) co_await empty(*leaving_);
    if (is_finishing_) co_return;
    retire(std::move(leaving_));
    phase_ = Phase::enforcing;
}

void FirewallSwitch::retire(std::unique_ptr<Enforcer> old)
{
    const EnforcerStatus status = old->status();
    before_.applied += status.applied;
    before_.failed += status.failed;
    before_.cut += status.cut;
    note_progress();
}

asio::awaitable<void> FirewallSwitch::withdraw_once()
{
    phase_ = Phase::withdrawing;
    since_ = clock_();
    problem_.clear();
    spdlog::warn("firewall: removing all bans; they are not enforced until `mailban reload`");
    const Status removed = co_await enforcer_->remove_all();
    if (!removed.ok()) {
        problem_ = removed.error().message;
        spdlog::error("firewall: {}", problem_);
    }
    phase_ = Phase::withdrawn;
    note_progress();
}

asio::awaitable<Status> FirewallSwitch::finish(OnStop on_stop)
{
    is_finishing_ = true;
    if (leaving_) leaving_->stop_soon();
    if (enforcer_) enforcer_->stop_soon();
    while (is_driving_)
        co_await driven_.async_wait(kNoThrow);
    Status done = Done{};
    const std::array<Enforcer*, 2> both{leaving_.get(), enforcer_.get()};
    for (Enforcer* const one : both) {
        if (one == nullptr) continue;
        if (on_stop == OnStop::keep) {
            co_await one->finish();
        } else if (auto removed = co_await one->remove_all(); !removed.ok()) {
            done = removed;
        }
    }
    phase_ = Phase::finished;
    note_progress();
    co_return done;
}

bool FirewallSwitch::is_settled(const std::vector<Prefix>& prefixes) const
{
    return std::ranges::all_of(prefixes,
                               [this](const auto& one) { return enforcer_->is_done(one); });
}

// Each that waits looks for itself.
void FirewallSwitch::note_progress()
{
    for (auto& timer : waiting_)
        timer.cancel();
}

asio::awaitable<bool> FirewallSwitch::settle(std::vector<Prefix> prefixes,
                                             std::chrono::milliseconds patience)
{
    const auto end = SteadyClock::now() + patience;
    const auto timer = waiting_.emplace(waiting_.end(), executor_);
    bool is_done = is_settled(prefixes);
    while (!is_done && !is_withdrawn() && phase_ != Phase::finished && SteadyClock::now() < end) {
        timer->expires_at(end);
        co_await timer->async_wait(kNoThrow);
        is_done = is_settled(prefixes);
    }
    waiting_.erase(timer);
    // Where nobody is shut out, whoever was let in is in.
    if (is_withdrawn())
        co_return std::ranges::none_of(
            prefixes, [this](const auto& one) { return enforcer_->is_wanted(one); });
    co_return is_done;
}

FirewallReport FirewallSwitch::report() const
{
    const EnforcerStatus status = enforcer_->status();
    FirewallReport report;
    // Until one is found, what is looked for.
    report.backend = status.backend.empty() ? to_string(setup_.firewall.backend) : status.backend;
    report.state = status.degraded ? FirewallState::degraded : FirewallState::ok;
    report.reason = status.reason;
    report.since = status.since;
    report.held = status.held;
    report.pending = status.pending;
    report.applied = before_.applied + status.applied;
    report.failed = before_.failed + status.failed;
    report.cut = before_.cut + status.cut;
    report.dropped = status.dropped;
    report.not_enforceable = status.not_enforceable;
    report.why_not = status.why_not;
    report.is_dry_run = setup_.firewall.backend == Backend::dry_run;
    if (report.is_dry_run) report.watch_until = setup_.firewall.watch_until;
    if (leaving_) {
        const EnforcerStatus old = leaving_->status();
        report.applied += old.applied;
        report.failed += old.failed;
        report.cut += old.cut;
    }
    if (!is_withdrawn()) return report;
    report.state = phase_ == Phase::withdrawn ? FirewallState::removed : FirewallState::removing;
    report.reason =
        "removed by `mailban firewall remove`; bans are not enforced until `mailban reload`";
    if (!problem_.empty()) {
        report.state = FirewallState::degraded;
        report.reason = "cannot be removed: " + problem_ + "; bans are not enforced";
    }
    report.since = since_;
    report.held = 0;
    report.pending = 0;
    return report;
}

}  // namespace mailban::io
