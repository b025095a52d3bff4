#include "io/firewall/enforcer.h"

#include "io/beat.h"
#include "io/memory/memory.h"
#include "mailban/plural.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <utility>
#include <variant>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

using SteadyClock = std::chrono::steady_clock;

// So many failures in a row, and it is the firewall that fails, not one change: enough to halve
// any plan down to one.
constexpr std::size_t kFailuresInRow = 20;

// By more than a clock is corrected in one step.
constexpr Duration kClockWasSet = std::chrono::seconds(2);

Duration ahead_of_steady_clock(Timestamp now)
{
    const auto steady = SteadyClock::now().time_since_epoch();
    return now.time_since_epoch() - std::chrono::duration_cast<Duration>(steady);
}

}  // namespace

Enforcer::Enforcer(const asio::any_io_executor& executor, FirewallFactory factory,
                   CutConnections cut, Clock clock, EnforcerOptions options, PortGroups ports)
    : factory_(std::move(factory)),
      cut_(std::move(cut)),
      clock_(std::move(clock)),
      options_(options),
      ports_(std::move(ports)),
      target_(KeepsTime::yes, ports_),
      wake_(executor),
      ended_(executor),
      retry_(options.first_retry)
{
    ended_.expires_at(Instant::max());
    clock_ahead_ = ahead_of_steady_clock(clock_());
}

void Enforcer::want(const Wanted& wanted)
{
    target_.want_only(wanted);
    wake_.cancel();
}

void Enforcer::set(const Prefix& prefix, const WantedBan& ban)
{
    target_.want(prefix, ban);
    wake_.cancel();
}

void Enforcer::clear(const Prefix& prefix)
{
    target_.drop(prefix);
    wake_.cancel();
}

void Enforcer::disturbed(std::string_view why)
{
    if (!why.empty()) spdlog::info("firewall: {}; checking all bans", why);
    next_look_ = last_look_ + options_.between_looks;
    hold_until_.reset();
    retry_ = options_.first_retry;
    retry_at_ = {};
    wake_.cancel();
}

template <class T>
asio::awaitable<Result<T>> Enforcer::limited(asio::awaitable<Result<T>> call)
{
    using asio::experimental::awaitable_operators::operator||;
    const auto executor = co_await asio::this_coro::executor;
    asio::steady_timer limit(executor, options_.call_limit);
    auto too_long = limit.async_wait(asio::use_awaitable);
    auto either = std::move(call) || std::move(too_long);
    call_began_ = SteadyClock::now();
    auto first = co_await std::move(either);
    call_began_.reset();
    if (first.index() == 0) co_return std::get<0>(std::move(first));
    co_return Error{"the firewall did not answer within " +
                    std::to_string(options_.call_limit.count()) + " ms"};
}

asio::awaitable<Status> Enforcer::find_firewall()
{
    if (firewall_) co_return Done{};
    auto call = factory_();
    auto made = co_await limited(std::move(call));
    if (!made) co_return made.error();
    firewall_ = std::move(*made);
    firewall_->on_disturbed([this](std::string_view why) { disturbed(why); });
    target_.set_keeps_time(firewall_->keeps_time());
    if (!firewall_->tells_ports_apart()) target_.set_groups(ports_.ports(0));
    batch_ = firewall_->batch();
    co_return Done{};
}

void Enforcer::note_held(std::vector<Held> held, Timestamp now)
{
    if (const auto found = std::exchange(found_, {})) found(held, firewall_->keeps_time());
    follow_families();
    const auto difference = target_.observed(std::move(held), now);
    was_listed_ = true;
    if (progress_) progress_();
    if (difference.lost > 0)
        spdlog::warn("firewall: {} missing or had the wrong end; restoring {}",
                     plural(difference.lost, "ban was", "bans were"),
                     difference.lost == 1 ? "it" : "them");
    if (difference.strange > 0)
        spdlog::info("firewall: removing {}", plural(difference.strange, "ban that is not active",
                                                     "bans that are not active"));
}

// What can never be carried out is said once, and is no failure.
void Enforcer::follow_families()
{
    auto why = firewall_->why_no_ipv6().value_or("");
    target_.set_holds_ipv6(why.empty());
    if (why == why_no_ipv6_) return;
    why_no_ipv6_ = std::move(why);
    if (why_no_ipv6_.empty())
        spdlog::info("firewall: IPv6 bans are enforced now");
    else
        spdlog::warn("firewall: IPv6 bans cannot be enforced: {}", why_no_ipv6_);
}

// Asks the firewall what it holds; mends it first where it does not stand.
asio::awaitable<Status> Enforcer::look()
{
    const auto found = co_await find_firewall();
    if (!found) co_return found;
    const auto now = clock_();
    if (is_prepared_) {
        auto call = firewall_->list(now);
        auto held = co_await limited(std::move(call));
        if (held) {
            note_held(std::move(*held), now);
            co_return Done{};
        }
        is_prepared_ = false;
        note_failure(held.error());  // until it is mended, which may take long, too
    }
    co_return co_await mend();
}

asio::awaitable<Status> Enforcer::mend()
{
    const auto now = clock_();
    auto preparing = firewall_->prepare();
    const auto prepared = co_await limited(std::move(preparing));
    if (!prepared) co_return prepared;
    auto call = firewall_->list(now);
    auto held = co_await limited(std::move(call));
    if (!held) co_return held.error();
    is_prepared_ = true;
    note_held(std::move(*held), now);
    co_return Done{};
}

asio::awaitable<Status> Enforcer::synchronise()
{
    last_look_ = SteadyClock::now();
    next_look_ = last_look_ + options_.reconcile_every;
    const auto looked = co_await look();
    return_free_memory();
    if (!looked) {
        note_failure(looked.error());
        back_off();
    }
    co_return looked;
}

asio::awaitable<Status> Enforcer::carry_out()
{
    const auto now = clock_();
    const auto plan = target_.next(batch_, now);
    if (plan.empty()) {
        // What is held is near enough to what is wanted: somebody may wait for just that.
        if (progress_) progress_();
        co_return Done{};
    }
    auto call = firewall_->apply(plan, now);
    const auto applied = co_await limited(std::move(call));
    if (applied) {
        target_.succeeded(plan);
        counts_.applied += plan.size();
        failures_in_row_ = 0;
        const auto most = firewall_->batch();
        batch_ = batch_ > most / 2 ? most : batch_ * 2;
        if (progress_) progress_();
        co_await cut(plan);
        co_return applied;
    }
    note_failure(applied.error());
    if (progress_) progress_();
    ++failures_in_row_;
    batch_ = std::max<std::size_t>(1, plan.size() / 2);
    if (plan.size() > 1) {
        target_.failed(plan);
    } else {
        target_.set_aside(plan);
        look_again_later();
    }
    co_return applied;
}

// The bans stand already. The next call waits for this, so that connections end in the order in
// which their clients were banned, but nobody else does.
asio::awaitable<void> Enforcer::cut(const Plan& plan)
{
    BannedByPorts banned;
    for (const auto& change : plan)
        if (change.kind == Change::Kind::add) banned[change.group].insert(change.prefix);
    if (banned.empty() || !cut_) co_return;
    const auto work = [this, &banned] { return cut_(banned); };
    const auto cut = co_await cutter_.run(work);
    if (cut)
        counts_.cut += *cut;
    else
        spdlog::warn("connections of banned clients stay open: {}", cut.error().message);
}

void Enforcer::note_failure(const Error& error)
{
    ++counts_.failed;
    const bool is_news = !trouble_ || trouble_->reason != error.message;
    if (!trouble_) trouble_ = Trouble{{}, clock_()};
    trouble_->reason = error.message;
    if (is_news) spdlog::warn("firewall: {}; retrying", error.message);
}

void Enforcer::note_recovery()
{
    retry_ = options_.first_retry;
    retry_at_ = {};
    if (!trouble_) return;
    trouble_.reset();
    spdlog::info("firewall: {} works again", firewall_->name());
}

void Enforcer::look_again_later()
{
    const auto now = SteadyClock::now();
    // One wait after the other: what fails meanwhile makes neither this one nor the next longer.
    if (retry_at_ <= now) {
        retry_at_ = now + retry_;
        retry_ = std::min(retry_ * 2, options_.longest_retry);
    }
    next_look_ = retry_at_;
}

void Enforcer::back_off()
{
    look_again_later();
    hold_until_ = next_look_;
}

bool Enforcer::is_backing_off() const
{
    return hold_until_ && SteadyClock::now() < *hold_until_;
}

bool Enforcer::has_to_stop() const
{
    if (!stop_by_) return false;
    const bool is_idle = target_.waiting() == 0 || is_backing_off() || !is_prepared_;
    return is_idle || SteadyClock::now() >= *stop_by_;
}

// A firewall that counts the time of its bans down goes on as before when the clock is set, and
// stands still while the machine is suspended.
void Enforcer::follow_clock()
{
    const Duration ahead = ahead_of_steady_clock(clock_());
    const Duration jump = ahead - std::exchange(clock_ahead_, ahead);
    if (std::chrono::abs(jump) < kClockWasSet) return;
    if (firewall_->keeps_time() == KeepsTime::yes) disturbed("the clock was set");
}

asio::awaitable<void> Enforcer::rest()
{
    const auto due = is_backing_off() ? *hold_until_ : next_look_;
    wake_.expires_at(std::min(due, next_beat(SteadyClock::now(), options_.ask_every)));
    co_await wake_.async_wait(kNoThrow);
    if (!firewall_) co_return;
    follow_clock();
    if (const auto change = firewall_->change_since_last_asked()) disturbed(*change);
}

// One call to the firewall, or one rest.
asio::awaitable<void> Enforcer::step()
{
    if (is_backing_off()) {
        co_await rest();
    } else if (SteadyClock::now() >= next_look_) {
        static_cast<void>(co_await synchronise());  // tells and remembers its failure itself
    } else if (target_.waiting() > 0) {
        const auto began = SteadyClock::now();
        const auto done = co_await carry_out();
        const bool was_slow = SteadyClock::now() - began > options_.first_retry;
        if (!done && (was_slow || failures_in_row_ >= kFailuresInRow)) back_off();
    } else {
        if (target_.pending() == 0) note_recovery();
        co_await rest();
    }
}

asio::awaitable<void> Enforcer::run()
{
    while (!has_to_stop())
        co_await step();
    is_running_ = false;
    ended_.cancel();
}

asio::awaitable<void> Enforcer::start()
{
    is_running_ = true;
    const auto looked = co_await synchronise();
    while (looked && target_.waiting() > 0 && !is_backing_off() && !has_to_stop())
        co_await step();
    if (looked && target_.pending() == 0) note_recovery();
    asio::co_spawn(wake_.get_executor(), run(), kOrEnd);
}

bool Enforcer::is_done(const Prefix& prefix) const
{
    return was_listed_ && target_.is_done(prefix, clock_());
}

asio::awaitable<void> Enforcer::end_run()
{
    wake_.cancel();
    while (is_running_)
        co_await ended_.async_wait(kNoThrow);
}

void Enforcer::stop_soon()
{
    if (!stop_by_) stop_by_ = SteadyClock::now() + options_.finish_limit;
    wake_.cancel();
}

asio::awaitable<void> Enforcer::finish()
{
    stop_soon();
    co_await end_run();
}

asio::awaitable<Status> Enforcer::remove_all()
{
    stop_by_ = SteadyClock::now();
    co_await end_run();
    is_prepared_ = false;
    const auto found = co_await find_firewall();
    if (!found) co_return found;
    // As long as it takes: ufw takes its rules back one by one, and gives up at the first that
    // hangs.
    co_return co_await firewall_->remove_all();
}

EnforcerStatus Enforcer::status() const
{
    auto status = counts_;
    if (firewall_) status.backend = firewall_->name();
    if (firewall_) status.dropped = firewall_->drops();
    status.held = target_.held();
    status.pending = target_.pending();
    status.not_enforceable = target_.not_enforceable();
    status.why_not = why_no_ipv6_;
    if (trouble_) {
        status.degraded = true;
        status.reason = trouble_->reason;
        status.since = trouble_->since;
    } else if (call_began_ && SteadyClock::now() - *call_began_ > options_.slow_call) {
        const auto taken = SteadyClock::now() - *call_began_;
        status.degraded = true;
        status.reason = "the firewall has not answered yet";
        status.since = clock_() - std::chrono::duration_cast<Duration>(taken);
    }
    return status;
}

}  // namespace mailban::io
