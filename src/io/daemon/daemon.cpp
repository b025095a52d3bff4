#include "io/daemon/daemon.h"

#include "io/beat.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/firewall/choose.h"
#include "io/memory/memory.h"
#include "mailban/plural.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <new>
#include <utility>
#include <vector>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

constexpr std::chrono::microseconds kTick = std::chrono::seconds(1);
constexpr std::chrono::microseconds kShortestTick = std::chrono::milliseconds(20);
constexpr auto kHousekeeping = std::chrono::minutes(1);
// For so long a database that is busy is tried again where it has to be written.
constexpr int kMostWrites = 50;
constexpr auto kBetweenTries = std::chrono::milliseconds(100);

// Taking a thousand bans out of ufw takes minutes, and so does reading millions of stored events;
// systemd would kill us in the midst of it.
constexpr const char* kMoreTime = "EXTEND_TIMEOUT_USEC=60000000";
constexpr const char* kPing = "WATCHDOG=1";

// Until the timer is cancelled.
asio::awaitable<void> keep_telling(asio::steady_timer& timer, std::vector<const char*> what)
{
    while (true) {
        for (const char* state : what)
            notify_service_manager(state);
        timer.expires_after(kTick);
        const auto [ec] = co_await timer.async_wait(kNoThrow);
        if (ec) co_return;
    }
}

}  // namespace

Daemon::Daemon(Config config, DaemonOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      started_(system_now()),
      hash_seed_(random_seed()),
      signals_(context_, SIGTERM, SIGINT, SIGHUP),
      tick_timer_(context_),
      begun_(context_),
      config_file_(options_.config_path, started_),
      state_(config_, source_names_),
      hooks_(context_.get_executor(), run_program),
      firewall_(
          context_.get_executor(),
          [this](const FirewallSetup& setup) {
              return make_enforcer(context_.get_executor(), setup.firewall, setup.lengths,
                                   system_now);
          },
          [this] { return intake_.engine().wanted(); }, system_now),
      intake_(firewall_, state_, hooks_, source_names_),
      trusted_(context_, intake_, state_),
      logs_(context_, source_names_, intake_, state_, config_),
      forwarding_(firewall_, config_),
      control_(context_, [this](const Request& request,
                                Right right) { return answers_.answer(request, right); }),
      door_(
          context_,
          [this](const Attempt& attempt, Timestamp now) {
              return intake_.engine().answer(attempt, now);
          },
          [this](Event event, SourceId source, Timestamp now) {
              intake_.take(std::move(event), source, Arrival::live, now);
          },
          source_names_, system_now, Seed{hash_seed_}),
      rooms_{options_.version, started_, is_started_, config_,  config_file_, source_names_,
             state_,           intake_,  firewall_,   trusted_, logs_,        forwarding_,
             hooks_,           control_, door_},
      health_(rooms_),
      pages_(context_, health_.reports(), system_now),
      answers_(rooms_, health_.reports(), [this] { return reload(); })
{
    begun_.expires_at(std::chrono::steady_clock::time_point::max());
    intake_.show_to(control_.followers());
    door_.tell_refusals([this](PolicyAsker asker, const Attempt& attempt,
                               const PolicyAnswer& answer, Timestamp now) {
        if (control_.followers().is_any())
            control_.followers().note(DoorAnswer{now, asker, attempt, answer});
    });
}

Daemon::~Daemon() = default;

Status Daemon::run()
{
    return_large_blocks();
    raise_descriptor_limit();
    if (auto opened = state_.open(); !opened) return opened;
    make_engine();
    // Wishes may be made from here on.
    forwarding_.look_first();
    firewall_.prepare(forwarding_.setup(), [this](const std::vector<Held>& held, KeepsTime keeps) {
        if (!state_.has_lost_bans()) return;
        intake_.perform(intake_.engine().recover(held, keeps, system_now()));
    });
    if (auto listening = control_.listen(config_.control); !listening) return listening;
    for (const auto& problem : control_.problems())
        spdlog::warn("{}", problem);
    auto restored = restore();
    if (!restored && state_.store()->is_damaged()) restored = begin_anew();
    if (!restored) return restored;
    hooks_.configure(config_.hooks);
    state_.write_beside(context_.get_executor());
    asio::co_spawn(context_, live(), kOrEnd);
    try {
        context_.run();
    } catch (const std::bad_alloc&) {
        return Error{"out of memory; the next start continues from the stored state"};
    } catch (const boost::system::system_error& error) {
        // A thread needs memory too, and the kernel says the same where it has none for its stack.
        if (error.code() != std::errc::resource_unavailable_try_again) throw;
        return Error{"out of memory or of threads; the next start continues from the stored state"};
    }
    return fatal_status_;
}

void Daemon::make_engine()
{
    const PrefixSet configured(config_.allow.prefixes);
    intake_.begin(std::make_unique<Engine>(config_, configured, hash_seed_));
    intake_.engine().set_zone(local_zone(system_now()));
    state_.follow(intake_.engine(), [this](Recorder& recorder) { trusted_.note_names(recorder); });
}

Status Daemon::restore()
{
    if (auto trusted = trusted_.configure(config_.allow); !trusted) return trusted;
    if (auto restored = state_.restore(intake_.engine()); !restored) return restored;
    return logs_.prepare();
}

// Who is banned and allowed is known here, where it had been read before.
Status Daemon::begin_anew()
{
    std::vector<Ban> bans;
    std::vector<Offender> offenders;
    const auto allowed = intake_.engine().allowlist().entries();
    for (const auto& [key, ban] : intake_.engine().ledger().bans())
        bans.push_back(ban);
    for (const auto& [key, ban] : intake_.engine().observed().bans())
        bans.push_back(ban);
    for (const auto& [prefix, offender] : intake_.engine().ledger().offenders())
        offenders.push_back(offender);
    make_engine();
    intake_.engine().restore(bans, offenders);
    for (const Allowed& entry : allowed)
        if (entry.origin == AllowOrigin::manual) intake_.engine().restore(entry);
    if (auto begun = state_.begin_anew(); !begun) return begun;
    if (auto trusted = trusted_.configure(config_.allow); !trusted) return trusted;
    return logs_.prepare();
}

asio::awaitable<void> Daemon::restore_history()
{
    fatal_status_ = co_await show_history(intake_.engine(), config_);
    const Store* const store = state_.store();
    if (fatal_status_ || store == nullptr || !store->is_damaged()) co_return;
    fatal_status_ = begin_anew();
}

asio::awaitable<Status> Daemon::until_disk_answers()
{
    const bool has_to_wait = !is_started_ || is_stopping_;
    if (has_to_wait || co_await state_.until_at_rest(State::kTooLong)) co_return Done{};
    co_return Error{"the disk has not finished a write for some seconds; try again later"};
}

asio::awaitable<Status> Daemon::write_all()
{
    asio::steady_timer timer(context_);
    if (auto answers = co_await until_disk_answers(); !answers) co_return answers;
    intake_.perform(intake_.engine().settle());
    auto written = state_.commit_all();
    for (int tries = 0; tries < kMostWrites && !written && state_.is_busy(); ++tries) {
        timer.expires_after(kBetweenTries);
        co_await timer.async_wait(kNoThrow);
        written = state_.commit_all();
    }
    co_return written;
}

// Whoever waits for the service waits for the bans. What was seen before them may be millions of
// events; new lines wait until all of it is known, so that each is judged by all that came before.
asio::awaitable<void> Daemon::enforce()
{
    co_await firewall_.start();
    if (is_stopping_) co_return;
    is_ready_ = true;
    notify_service_manager("READY=1\nSTATUS=Bans stand; reading stored events");
}

asio::awaitable<void> Daemon::take_up_past()
{
    using asio::experimental::awaitable_operators::operator&&;
    auto enforcing = enforce();
    auto remembering = restore_history();
    auto both = std::move(enforcing) && std::move(remembering);
    co_await std::move(both);
}

asio::awaitable<void> Daemon::live()
{
    using asio::experimental::awaitable_operators::operator||;
    intake_.advance(system_now());
    asio::co_spawn(context_, handle_signals(), kOrEnd);
    asio::steady_timer waiting(context_);
    auto taking_up = take_up_past();
    auto asking = keep_telling(waiting, {kMoreTime, kPing});
    auto either = std::move(taking_up) || std::move(asking);
    co_await std::move(either);
    if (is_stopping_) co_return;
    if (!fatal_status_) {
        context_.stop();
        co_return;
    }
    intake_.advance(system_now());
    logs_.start();
    is_started_ = true;
    begun_.cancel();
    trusted_.start();
    door_.configure(config_.policy);
    pages_.configure(config_.http);
    asio::co_spawn(context_, tick(), kOrEnd);
    asio::co_spawn(context_, logs_.keep_discovering(), kOrEnd);
    spdlog::info("mailban {} is running: {}, firewall {}, {}", options_.version,
                 plural(logs_.sources().reports().size(), "log source", "log sources"),
                 firewall_.report().backend,
                 plural(intake_.engine().ledger().bans().size(), "active ban", "active bans"));
    logs_.report_found(options_.config_path);
    health_.tick(system_now());
}

asio::awaitable<void> Daemon::until_begun()
{
    while (!is_started_ && !is_stopping_)
        co_await begun_.async_wait(kNoThrow);
}

asio::awaitable<void> Daemon::handle_signals()
{
    const auto reload_by_signal = [this]() -> asio::awaitable<void> {
        co_await until_begun();
        if (!is_stopping_) co_await reload();
    };
    while (!is_stopping_) {
        const auto [ec, signal] = co_await signals_.async_wait(kNoThrow);
        if (ec) co_return;
        if (signal == SIGHUP) {
            asio::co_spawn(context_, reload_by_signal, kOrEnd);
            continue;
        }
        co_await stop();
    }
}

asio::awaitable<void> Daemon::stop()
{
    using asio::experimental::awaitable_operators::operator||;
    is_stopping_ = true;
    notify_service_manager("STOPPING=1\nSTATUS=Stopping");
    spdlog::info("stopping");
    begun_.cancel();
    control_.close();
    door_.close();
    pages_.close();
    logs_.stop();
    trusted_.stop();
    static_cast<void>(co_await write_all());  // the state reports its failure itself
    tick_timer_.cancel();
    auto finishing = firewall_.finish(config_.firewall.on_stop);
    // No ping: one would set a watchdog to work that systemd has switched off for the stop.
    auto asking = keep_telling(tick_timer_, {kMoreTime});
    auto either = std::move(finishing) || std::move(asking);
    const auto first = co_await std::move(either);
    const Status& finished = std::get<0>(first);
    if (!finished.ok()) spdlog::error("firewall: {}", finished.error().message);
    spdlog::info("stopped");
    context_.stop();
}

// The next beat, or earlier where a ban ends before; what ends in one crowd is lifted in one plan.
std::chrono::steady_clock::time_point Daemon::next_tick() const
{
    const auto instant = std::chrono::steady_clock::now();
    const Timestamp now = system_now();
    const Engine& engine = intake_.engine();
    if (engine.is_behind(now) || state_.has_more_to_prune()) return instant + kShortestTick;
    const auto beat = next_beat(instant, kTick);
    const auto end = engine.next_due();
    if (!end || *end - now > kTick) return beat;
    return std::min(beat, instant + std::max<Duration>(*end - now, kShortestTick));
}

asio::awaitable<void> Daemon::tick()
{
    while (!is_stopping_) {
        tick_timer_.expires_at(next_tick());
        co_await tick_timer_.async_wait(kNoThrow);
        if (is_stopping_) co_return;
        const Timestamp now = system_now();
        intake_.advance(now);
        state_.commit_if_due();
        housekeep(now);
        health_.tick(now);
    }
}

void Daemon::housekeep(Timestamp now)
{
    // A clock that was set back must not put these off for as long.
    if (now - last_housekeeping_ >= kHousekeeping || now < last_housekeeping_) {
        last_housekeeping_ = now;
        trusted_.look_at_machine();
        intake_.engine().set_zone(local_zone(now));
        config_file_.look(now);
        asio::co_spawn(context_, forwarding_.look(), kOrEnd);
        logs_.look_after(now);
        door_.look_after();
        pages_.look_after();
    }
    state_.prune(now);
}

}  // namespace mailban::io
