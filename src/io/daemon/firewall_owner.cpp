#include "io/daemon/firewall_owner.h"

#include "io/daemon/system.h"
#include "io/firewall/choose.h"

#include <spdlog/spdlog.h>

namespace mailban::io {

namespace {

constexpr auto kLookAgain = std::chrono::seconds(10);

void log_sentence(bool is_warning, const std::string& sentence)
{
    spdlog::log(is_warning ? spdlog::level::warn : spdlog::level::info, "firewall: {}", sentence);
}

}  // namespace

FirewallOwner::FirewallOwner(asio::io_context& context, const Config& config)
    : context_(context),
      config_(config.firewall),
      lengths_(config.prefix),
      retry_(context),
      ended_(context)
{
}

asio::awaitable<void> FirewallOwner::start(Wanted wanted)
{
    wanted_ = std::move(wanted);
    co_await bring_up();
    if (!enforcer_) asio::co_spawn(context_, look_again(), asio::detached);
}

asio::awaitable<void> FirewallOwner::look_again()
{
    is_looking_ = true;
    while (!enforcer_ && !is_stopping_) {
        retry_.expires_after(kLookAgain);
        co_await retry_.async_wait(kNoThrow);
        if (!is_stopping_ && !enforcer_) co_await bring_up();
    }
    is_looking_ = false;
}

asio::awaitable<void> FirewallOwner::bring_up()
{
    const ProcessRunner run = run_program;
    auto chosen = co_await choose_firewall(config_, lengths_, run);
    if (!chosen.ok()) {
        if (problem_ != chosen.error().message) spdlog::error("firewall: {}", chosen.error().message);
        if (!since_) since_ = system_now();
        problem_ = chosen.error().message;
        co_return;
    }
    problem_.clear();
    since_.reset();
    killer_.emplace(config_.ports);
    // A firewall that only pretends must not end anybody's connection.
    Enforcer::Cutter cut;
    if ((*chosen)->name() != "dry-run") {
        cut = [this](const PrefixSet& banned) { return killer_->kill(banned); };
    }
    enforcer_ = std::make_unique<Enforcer>(context_.get_executor(), std::move(*chosen),
                                           std::move(cut), system_now, log_sentence);
    for (const auto& [prefix, until] : wanted_) enforcer_->set(prefix, until);
    const Status started = co_await enforcer_->start();
    if (!started.ok()) spdlog::error("firewall: {}; trying again", started.error().message);
    is_running_ = true;
    asio::co_spawn(context_, enforcer_->run(), [this](const std::exception_ptr&) {
        is_running_ = false;
        ended_.cancel();
    });
}

void FirewallOwner::set(const Prefix& prefix, Until until)
{
    wanted_[prefix] = until;
    if (enforcer_) enforcer_->set(prefix, until);
}

void FirewallOwner::clear(const Prefix& prefix)
{
    wanted_.erase(prefix);
    if (enforcer_) enforcer_->clear(prefix);
}

void FirewallOwner::want(const Wanted& wanted)
{
    const Wanted before = wanted_;
    for (const auto& [prefix, until] : before) {
        if (!wanted.contains(prefix)) clear(prefix);
    }
    for (const auto& [prefix, until] : wanted) set(prefix, until);
}

asio::awaitable<Status> FirewallOwner::take_down(OnStop on_stop)
{
    is_stopping_ = true;
    retry_.cancel();
    if (!enforcer_) co_return Done{};
    enforcer_->stop();
    while (is_running_) {
        ended_.expires_after(std::chrono::seconds(1));
        co_await ended_.async_wait(kNoThrow);
    }
    if (on_stop == OnStop::keep) co_return Done{};
    const Status removed = co_await enforcer_->remove_all();
    co_return removed;
}

asio::awaitable<Status> FirewallOwner::stop(OnStop on_stop)
{
    const Status done = co_await take_down(on_stop);
    co_return done;
}

asio::awaitable<void> FirewallOwner::replace(Config config)
{
    const Status removed = co_await take_down(OnStop::remove);
    if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
    while (is_looking_) {
        ended_.expires_after(std::chrono::milliseconds(50));
        co_await ended_.async_wait(kNoThrow);
    }
    enforcer_.reset();
    is_stopping_ = false;
    config_ = config.firewall;
    lengths_ = config.prefix;
    Wanted wanted = wanted_;
    co_await start(std::move(wanted));
}

FirewallReport FirewallOwner::report() const
{
    FirewallReport report;
    if (!enforcer_) {
        report.backend = to_string(config_.backend);
        report.state = problem_.empty() ? "starting" : "degraded";
        report.reason = problem_;
        report.since = since_;
        report.pending = wanted_.size();
        return report;
    }
    const EnforcerStatus status = enforcer_->status();
    report.backend = status.backend;
    report.state = status.degraded ? "degraded" : "ok";
    report.reason = status.reason;
    report.since = status.since;
    report.pending = status.pending;
    report.held = status.held;
    report.applied = status.applied;
    report.failed = status.failed;
    report.cut = status.cut;
    return report;
}

}  // namespace mailban::io
