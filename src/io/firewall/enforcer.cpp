#include "io/firewall/enforcer.h"

#include <algorithm>
#include <set>
#include <spdlog/spdlog.h>

namespace mailban::io {

namespace {

constexpr auto kReconcilePeriod = std::chrono::seconds(60);
constexpr auto kLongestBackoff = std::chrono::seconds(60);

bool is_over(const Until& until, Timestamp now) { return until && *until <= now; }

}  // namespace

Enforcer::Enforcer(asio::io_context& context, FirewallFactory factory, CutConnections cut, Clock clock)
    : factory_(std::move(factory)), cut_(std::move(cut)), clock_(std::move(clock)), wake_(context),
      stopped_(context)
{
    stopped_.expires_at(std::chrono::steady_clock::time_point::max());
}

void Enforcer::want(Wanted wanted)
{
    wanted_ = std::move(wanted);
    disturbed();
}

void Enforcer::set(const Prefix& prefix, Until until)
{
    wanted_[prefix] = until;
    note_change(prefix);
}

void Enforcer::clear(const Prefix& prefix)
{
    wanted_.erase(prefix);
    note_change(prefix);
}

void Enforcer::note_change(const Prefix& prefix)
{
    dirty_.push_back(prefix);
    wake_.cancel();
}

void Enforcer::disturbed()
{
    in_line_ = false;
    backoff_ = std::chrono::seconds(0);
    wake_.cancel();
}

EnforcerStatus Enforcer::status() const
{
    EnforcerStatus status = status_;
    if (firewall_) status.backend = firewall_->name();
    status.pending = dirty_.size();
    return status;
}

asio::awaitable<void> Enforcer::start()
{
    const Status first = co_await converge();
    note_result(first);
    running_ = true;
    asio::co_spawn(wake_.get_executor(), run(), asio::detached);
}

asio::awaitable<void> Enforcer::run()
{
    while (!stopping_ || (in_line_ && !dirty_.empty())) {
        if (in_line_ && !dirty_.empty()) {
            Plan plan = take_plan();
            const Status done = co_await carry_out(std::move(plan));
            note_result(done);
            continue;
        }
        if (in_line_) {
            const auto before = std::chrono::steady_clock::now();
            co_await wait(kReconcilePeriod);
            if (std::chrono::steady_clock::now() - before < kReconcilePeriod) continue;
        } else {
            co_await wait_out_backoff();
        }
        if (stopping_) continue;
        const Status done = co_await converge();
        note_result(done);
    }
    running_ = false;
    stopped_.cancel();
}

asio::awaitable<void> Enforcer::wait(std::chrono::steady_clock::duration at_most)
{
    if (at_most.count() <= 0) co_return;
    wake_.expires_after(at_most);
    co_await wake_.async_wait(kNoThrow);
}

// New offenders wake us; a backend that fails is still left alone for its time.
asio::awaitable<void> Enforcer::wait_out_backoff()
{
    const auto until = std::chrono::steady_clock::now() + backoff_;
    while (!stopping_ && backoff_.count() > 0) {
        const auto left = until - std::chrono::steady_clock::now();
        if (left.count() <= 0) co_return;
        co_await wait(left);
    }
}

void Enforcer::note_result(const Status& result)
{
    if (result.ok()) {
        if (status_.degraded) spdlog::info("firewall: {} works again", firewall_->name());
        status_.degraded = false;
        status_.reason.clear();
        status_.since.reset();
        backoff_ = std::chrono::seconds(0);
        return;
    }
    in_line_ = false;
    ++status_.failed;
    backoff_ = std::clamp(backoff_ * 2, std::chrono::seconds(1), std::chrono::seconds(kLongestBackoff));
    if (!status_.degraded) status_.since = clock_();
    if (status_.reason != result.error().message) {
        spdlog::error("firewall: {}; trying again", result.error().message);
    }
    status_.degraded = true;
    status_.reason = result.error().message;
}

// Lists what is there and makes it what is wanted.
asio::awaitable<Status> Enforcer::converge()
{
    if (!firewall_) {
        auto made = co_await factory_();
        if (!made.ok()) co_return made.error();
        firewall_ = std::move(*made);
    }
    const Status prepared = co_await firewall_->prepare();
    if (!prepared.ok()) co_return prepared;
    const auto listed = co_await firewall_->list();
    if (!listed.ok()) co_return listed.error();

    const Timestamp now = clock_();
    std::erase_if(wanted_, [&](const auto& entry) { return is_over(entry.second, now); });
    Plan plan = reconcile(wanted_, *listed, firewall_->keeps_time());
    held_.clear();
    for (const Held& held : *listed) held_.emplace(held.prefix, held.until);
    dirty_.clear();
    in_line_ = true;
    if (plan.empty()) co_return Done{};
    spdlog::info("firewall: {} changes bring {} into line", plan.size(), firewall_->name());
    const Status done = co_await carry_out(std::move(plan));
    co_return done;
}

std::optional<Change> Enforcer::change_of(const Prefix& prefix, Timestamp now) const
{
    const auto wanted = wanted_.find(prefix);
    const auto held = held_.find(prefix);
    if (wanted != wanted_.end() && !is_over(wanted->second, now)) {
        if (held == held_.end()) return Change{Change::Kind::add, prefix, wanted->second};
        if (held->second == wanted->second) return std::nullopt;
        return Change{Change::Kind::extend, prefix, wanted->second};
    }
    if (held == held_.end()) return std::nullopt;
    return Change{Change::Kind::remove, prefix, held->second};
}

Plan Enforcer::take_plan()
{
    const Timestamp now = clock_();
    const bool kernel_ends_bans = firewall_->keeps_time() == KeepsTime::yes;
    Plan plan;
    std::set<Prefix> seen;
    for (auto prefix = dirty_.rbegin(); prefix != dirty_.rend(); ++prefix) {
        if (!seen.insert(*prefix).second) continue;
        const auto change = change_of(*prefix, now);
        if (!change) continue;
        // The kernel has taken it out already; to remove it again would fail the whole plan.
        if (change->kind == Change::Kind::remove && kernel_ends_bans && is_over(change->until, now)) {
            held_.erase(*prefix);
            continue;
        }
        plan.push_back(*change);
    }
    dirty_.clear();
    return plan;
}

asio::awaitable<Status> Enforcer::carry_out(Plan plan)
{
    if (plan.empty()) co_return Done{};
    const Timestamp now = clock_();
    Plan copy = plan;
    const Status done = co_await firewall_->apply(std::move(copy), now);
    if (!done.ok()) co_return done;
    std::vector<Prefix> shut_out;
    for (const Change& change : plan) {
        if (change.kind == Change::Kind::remove) {
            held_.erase(change.prefix);
            continue;
        }
        held_[change.prefix] = change.until;
        if (change.kind == Change::Kind::add) shut_out.push_back(change.prefix);
    }
    status_.applied += plan.size();
    if (shut_out.empty() || !cut_) co_return Done{};
    const Status cut = cut_(shut_out);
    if (!cut.ok()) spdlog::warn("firewall: open connections of banned clients stay: {}", cut.error().message);
    co_return Done{};
}

asio::awaitable<void> Enforcer::stop()
{
    stopping_ = true;
    wake_.cancel();
    while (running_) co_await stopped_.async_wait(kNoThrow);
}

asio::awaitable<void> Enforcer::finish() { co_await stop(); }

asio::awaitable<Status> Enforcer::remove_all()
{
    co_await stop();
    if (!firewall_) co_return Done{};
    const Status removed = co_await firewall_->remove_all();
    co_return removed;
}

}  // namespace mailban::io
