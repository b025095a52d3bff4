#include "io/firewall/enforcer.h"

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

std::string counted(std::size_t count, const char* noun)
{
    return std::to_string(count) + ' ' + noun + (count == 1 ? "" : "s");
}

}  // namespace

Enforcer::Enforcer(asio::any_io_executor executor, std::unique_ptr<Firewall> firewall, Cutter cut,
                   Clock clock, Logger log, Options options)
    : firewall_(std::move(firewall)),
      cut_(std::move(cut)),
      clock_(std::move(clock)),
      log_(std::move(log)),
      options_(options),
      target_(firewall_->keeps_time()),
      wake_(std::move(executor)),
      batch_(firewall_->batch()),
      retry_(options.first_retry)
{
    firewall_->on_disturbed([this](std::string_view why) { disturb(why); });
}

Enforcer::Enforcer(asio::any_io_executor executor, std::unique_ptr<Firewall> firewall, Cutter cut,
                   Clock clock, Logger log)
    : Enforcer(std::move(executor), std::move(firewall), std::move(cut), std::move(clock),
               std::move(log), Options())
{
}

void Enforcer::set(const Prefix& prefix, Until until)
{
    target_.want(prefix, until);
    wake_.cancel();
}

void Enforcer::clear(const Prefix& prefix)
{
    target_.drop(prefix);
    wake_.cancel();
}

void Enforcer::stop()
{
    is_stopping_ = true;
    wake_.cancel();
}

void Enforcer::disturb(std::string_view why)
{
    log(false, "looking at the firewall again: " + std::string(why));
    next_look_ = {};
    hold_until_.reset();
    retry_ = options_.first_retry;
    wake_.cancel();
}

void Enforcer::log(bool is_warning, const std::string& sentence) const
{
    if (log_) log_(is_warning, sentence);
}

template <class T>
asio::awaitable<Result<T>> Enforcer::within_limit(asio::awaitable<Result<T>> call)
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
    co_return Error{std::string(firewall_->name()) + " did not answer within " +
                    std::to_string(options_.call_limit.count()) + " ms"};
}

asio::awaitable<Status> Enforcer::limited(asio::awaitable<Status> call)
{
    return within_limit<Done>(std::move(call));
}

asio::awaitable<Result<std::vector<Held>>> Enforcer::limited(
    asio::awaitable<Result<std::vector<Held>>> call)
{
    return within_limit<std::vector<Held>>(std::move(call));
}

// Asks the firewall what it holds; mends it first where it does not stand.
asio::awaitable<Status> Enforcer::look()
{
    const auto now = clock_();
    if (is_prepared_) {
        auto call = firewall_->list(now);
        const auto held = co_await limited(std::move(call));
        is_prepared_ = held.ok();
        if (held) {
            const auto difference = target_.observed(*held, now);
            if (difference.lost > 0)
                log(true, "the firewall had lost " + counted(difference.lost, "ban"));
            if (difference.strange > 0)
                log(true, counted(difference.strange, "ban") + " came from somebody else");
            co_return Done{};
        }
        log(true, "the firewall is not as it should be: " + held.error().message);
    }
    auto preparing = firewall_->prepare();
    const auto prepared = co_await limited(std::move(preparing));
    if (!prepared) co_return prepared.error();
    auto call = firewall_->list(now);
    const auto held = co_await limited(std::move(call));
    if (!held) co_return held.error();
    is_prepared_ = true;
    target_.observed(*held, now);
    co_return Done{};
}

asio::awaitable<Status> Enforcer::synchronise()
{
    next_look_ = SteadyClock::now() + options_.reconcile_every;
    const auto looked = co_await look();
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
    if (plan.empty()) co_return Done{};
    auto call = firewall_->apply(plan, now);
    const auto applied = co_await limited(std::move(call));
    if (applied) {
        target_.succeeded(plan);
        counts_.applied += plan.size();
        failures_in_row_ = 0;
        batch_ = std::min(batch_ > firewall_->batch() / 2 ? firewall_->batch() : batch_ * 2,
                          firewall_->batch());
        cut(plan);
        co_return applied;
    }
    note_failure(applied.error());
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

void Enforcer::cut(const Plan& plan)
{
    PrefixSet banned;
    for (const auto& change : plan)
        if (change.kind == Change::Kind::add) banned.insert(change.prefix);
    if (banned.empty() || !cut_) return;
    const auto cut = cut_(banned);
    if (cut)
        counts_.cut += *cut;
    else
        log(true, "connections of banned clients stay open: " + cut.error().message);
}

void Enforcer::note_failure(const Error& error)
{
    ++counts_.failed;
    const bool is_news = !trouble_ || trouble_->reason != error.message;
    if (!trouble_) trouble_ = Trouble{{}, clock_()};
    trouble_->reason = error.message;
    if (is_news) log(true, error.message);
}

void Enforcer::look_again_later()
{
    next_look_ = SteadyClock::now() + retry_;
    retry_ = std::min(retry_ * 2, options_.longest_retry);
}

void Enforcer::back_off()
{
    look_again_later();
    hold_until_ = next_look_;
}

void Enforcer::note_recovery()
{
    retry_ = options_.first_retry;
    if (!trouble_) return;
    trouble_.reset();
    log(false, "the firewall is well again");
}

bool Enforcer::is_backing_off() const
{
    return hold_until_ && SteadyClock::now() < *hold_until_;
}

asio::awaitable<void> Enforcer::rest()
{
    wake_.expires_at(is_backing_off() ? *hold_until_ : next_look_);
    co_await wake_.async_wait(kNoThrow);
}

asio::awaitable<Status> Enforcer::start()
{
    const auto looked = co_await synchronise();
    if (!looked) co_return looked;
    while (target_.waiting() > 0) {
        const auto done = co_await carry_out();
        if (!done && failures_in_row_ >= kFailuresInRow) co_return done;
    }
    if (trouble_) co_return Error{trouble_->reason};
    co_return Done{};
}

asio::awaitable<void> Enforcer::run()
{
    while (!is_stopping_) {
        if (is_backing_off()) {
            co_await rest();
        } else if (SteadyClock::now() >= next_look_) {
            co_await synchronise();
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
}

asio::awaitable<Status> Enforcer::remove_all()
{
    is_prepared_ = false;
    auto call = firewall_->remove_all();
    return limited(std::move(call));
}

EnforcerStatus Enforcer::status() const
{
    auto status = counts_;
    status.backend = firewall_->name();
    status.wanted = target_.wanted();
    status.held = target_.held();
    status.pending = target_.pending();
    if (trouble_) {
        status.degraded = true;
        status.reason = trouble_->reason;
        status.since = trouble_->since;
    } else if (call_began_ && SteadyClock::now() - *call_began_ > options_.slow_call) {
        const auto taken = SteadyClock::now() - *call_began_;
        status.degraded = true;
        status.reason = status.backend + " has not answered yet";
        status.since = clock_() - std::chrono::duration_cast<Duration>(taken);
    }
    return status;
}

}  // namespace mailban::io
