#include "io/daemon/daemon.h"

#include "io/daemon/system.h"
#include "io/firewall/choose.h"
#include "io/memory/memory.h"
#include "mailban/utf8.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <csignal>
#include <new>

#include <boost/asio/experimental/awaitable_operators.hpp>

namespace mailban::io {

namespace {

constexpr std::chrono::microseconds kTick = std::chrono::seconds(1);
constexpr std::chrono::microseconds kShortestTick = std::chrono::milliseconds(20);
constexpr auto kTimeAskedEvery = std::chrono::seconds(10);
constexpr auto kHousekeeping = std::chrono::minutes(1);
// Of what systemd shows: it takes 4 KiB a message, and what is escaped has four bytes for one.
constexpr std::size_t kStatus = 900;

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Daemon::Daemon(Config config, DaemonOptions options)
    : config_(std::move(config)),
      options_(std::move(options)),
      started_(system_now()),
      config_file_(options_.config_path, started_),
      hash_seed_(random_seed()),
      signals_(context_, SIGTERM, SIGINT, SIGHUP),
      tick_timer_(context_),
      discovery_timer_(context_),
      hooks_(context_.get_executor(), run_program),
      allow_files_(context_, [this](const AllowedFile& file) { take_allow_file(file); }),
      host_names_(
          context_, [this](const ResolvedName& name) { take_host_name(name); }, system_now),
      control_(context_,
               [this](const Request& request, Right right) { return answer(request, right); })
{
}

Daemon::~Daemon() = default;

Status Daemon::run()
{
    return_large_blocks();
    raise_descriptor_limit();
    if (auto opened = open_store(); !opened) return opened;
    recorder_ =
        std::make_unique<Recorder>(*store_, [this](Store& store) { return put_standing(store); });
    if (auto listening = control_.listen(config_.control); !listening) return listening;
    for (const auto& problem : control_.problems())
        spdlog::warn("{}", problem);
    auto restored = restore();
    if (!restored && store_->is_damaged()) restored = begin_anew();
    if (!restored) return restored;
    hooks_.configure(config_.hooks);
    published_ = find_published();
    decide_on_forward();
    enforcer_ =
        make_enforcer(context_.get_executor(), firewall_config(), config_.prefix, system_now);
    if (has_lost_bans_) {
        enforcer_->on_found([this](const std::vector<Held>& held, KeepsTime keeps_time) {
            perform(engine_->recover(held, keeps_time, system_now()));
        });
    }
    asio::co_spawn(context_, live(), kOrEnd);
    try {
        context_.run();
    } catch (const std::bad_alloc&) {
        return Error{"out of memory; the next start goes on from what was stored"};
    }
    return footing_;
}

asio::awaitable<void> Daemon::live()
{
    using asio::experimental::awaitable_operators::operator&&;
    perform(engine_->advance(system_now()));
    enforcer_->want(engine_->wanted());
    auto enforcing = enforcer_->start();
    auto remembering = restore_history_meanwhile();
    auto both = std::move(enforcing) && std::move(remembering);
    co_await std::move(both);
    if (!footing_ && store_->is_damaged()) footing_ = begin_anew();
    if (!footing_) {
        context_.stop();
        co_return;
    }
    perform(engine_->advance(system_now()));
    sources_->start();
    is_started_ = true;
    asio::co_spawn(context_, allow_files_.run(), kOrEnd);
    asio::co_spawn(context_, host_names_.run(), kOrEnd);
    asio::co_spawn(context_, handle_signals(), kOrEnd);
    asio::co_spawn(context_, tick(), kOrEnd);
    asio::co_spawn(context_, keep_discovering(), kOrEnd);
    spdlog::info("mailban {} is running: {} log sources, firewall {}, {} active bans",
                 options_.version, sources_->reports().size(), enforcer_->status().backend,
                 engine_->ledger().bans().size());
    tell_of_found();
    notify_service_manager("READY=1");
    announce(system_now());
}

asio::awaitable<void> Daemon::withdraw_firewall()
{
    withdrawal_ = Withdrawal{system_now()};
    spdlog::warn("firewall: everything is taken away, and nobody shut out until a reload");
    const Status removed = co_await enforcer_->remove_all();
    withdrawal_->is_done = true;
    if (!removed.ok()) withdrawal_->problem = removed.error().message;
    if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
    announce(system_now());
}

asio::awaitable<void> Daemon::handle_signals()
{
    while (!stopping_) {
        const auto [ec, signal] = co_await signals_.async_wait(kNoThrow);
        if (ec) co_return;
        if (signal == SIGHUP) {
            const auto done = reload();
            if (const auto* refused = std::get_if<NotReloaded>(&done))
                spdlog::error("reload: {}", refused->why);
            continue;
        }
        co_await stop();
    }
}

asio::awaitable<void> Daemon::stop()
{
    stopping_ = true;
    notify_service_manager("STOPPING=1\nSTATUS=Stopping");
    spdlog::info("stopping");
    control_.close();
    sources_->stop();
    allow_files_.stop();
    host_names_.stop();
    commit();
    tick_timer_.cancel();
    discovery_timer_.cancel();
    const OnStop on_stop = config_.firewall.on_stop;
    if (on_stop == OnStop::keep) {
        co_await enforcer_->finish();
    } else {
        co_await remove_bans();
    }
    spdlog::info("stopped");
    context_.stop();
}

asio::awaitable<void> Daemon::remove_bans()
{
    using asio::experimental::awaitable_operators::operator||;
    auto removing = enforcer_->remove_all();
    auto asking = ask_for_time();
    auto either = std::move(removing) || std::move(asking);
    const auto first = co_await std::move(either);
    const Status& removed = std::get<0>(first);
    if (!removed.ok()) spdlog::error("firewall: {}", removed.error().message);
}

// Taking a thousand bans out of ufw takes minutes; systemd would kill us in the midst of it.
asio::awaitable<void> Daemon::ask_for_time()
{
    while (true) {
        notify_service_manager("EXTEND_TIMEOUT_USEC=60000000");
        tick_timer_.expires_after(kTimeAskedEvery);
        const auto [ec] = co_await tick_timer_.async_wait(kNoThrow);
        if (ec) co_return;
    }
}

// A second, or less where a ban ends before; what ends in one crowd is lifted in one plan.
std::chrono::microseconds Daemon::until_next_tick() const
{
    const Timestamp now = system_now();
    if (engine_->is_behind(now) || has_more_to_prune_) return kShortestTick;
    const auto end = engine_->ledger().next_expiry();
    if (!end) return kTick;
    return std::clamp<std::chrono::microseconds>(*end - now, kShortestTick, kTick);
}

asio::awaitable<void> Daemon::tick()
{
    while (!stopping_) {
        tick_timer_.expires_after(until_next_tick());
        co_await tick_timer_.async_wait(kNoThrow);
        if (stopping_) co_return;
        const Timestamp now = system_now();
        perform(engine_->advance(now, kMostEnds));
        commit();
        housekeep(now);
        announce(now);
    }
}

void Daemon::housekeep(Timestamp now)
{
    std::erase_if(retired_sources_, [](const auto& sources) { return sources->idle(); });
    // A clock that was set back must not put these off for as long.
    if (now - last_housekeeping_ >= kHousekeeping || now < last_housekeeping_) {
        last_housekeeping_ = now;
        look_at_own_addresses(*engine_);
        config_file_.look(now);
        asio::co_spawn(context_, look_at_published(), kOrEnd);
        sources_->look_after(now);
    }
    prune(now);
}

// What systemd shows: STATUS= when it changes, the watchdog's ping each time.
void Daemon::announce(Timestamp now)
{
    const FirewallReport firewall = firewall_report();
    follow_enforcement(firewall, now);
    judge_health_now(now);
    std::string status = health_summary();
    if (!status.empty()) status += "; ";
    status += std::to_string(engine_->ledger().bans().size()) + " banned, firewall " +
              firewall.backend + " " + firewall.state;
    if (!firewall.reason.empty()) status += ": " + firewall.reason;
    if (!store_problem_.empty()) status += "; " + store_problem_;
    if (!damage_.empty()) status += "; " + damage_;
    // Never together: systemd passes over a message that is too long, and with it the ping.
    notify_service_manager("WATCHDOG=1");
    if (status != announced_)
        notify_service_manager("STATUS=" + printable(std::string_view(status).substr(0, kStatus)));
    announced_ = std::move(status);
    tell_of_firewall(firewall, now);
}

void Daemon::tell_of_firewall(const FirewallReport& firewall, Timestamp now)
{
    const bool is_degraded = firewall.state == "degraded";
    const bool is_new = is_degraded && !is_degraded_told_;
    is_degraded_told_ = is_degraded;
    if (!is_new) return;
    Happening degraded;
    degraded.kind = Happening::Kind::degraded;
    degraded.at = now;
    hooks_.note(degraded);
}

void Daemon::perform(const Effects& effects)
{
    const Overloaded carry_out{
        [this](const Enforce& enforce) {
            const auto& [kind, prefix, until, group] = enforce.change;
            if (kind == Change::Kind::remove) {
                enforcer_->clear(prefix);
            } else {
                enforcer_->set(prefix, {until, group});
            }
        },
        [this](const RecordEvent& record) {
            recorder_->note(record, sources_->name_of(record.source));
        },
        [this](const RecordSetBack& record) { recorder_->note(record); },
        [this](const RecordWithdrawal& record) { recorder_->note(record); },
        [this](const RecordBan& record) { recorder_->note(record); },
        [this](const RecordEnd& record) { recorder_->note(record); },
        [this](const RecordOffender& record) { recorder_->note(record); },
        [this](const RecordLogin& record) { recorder_->note(record); },
        [this](const RecordAllowed& record) { recorder_->note(record); },
        [this](const RecordDisallowed& record) { recorder_->note(record); },
        [this](const Tell& tell) {
            const bool warns = tell.severity == Tell::Severity::warning;
            const std::string text =
                tell.log ? tell.text + " (log " + sources_->name_of(*tell.log) + ")" : tell.text;
            spdlog::log(warns ? spdlog::level::warn : spdlog::level::info, "{}", text);
            if (tell.happening) hooks_.note(*tell.happening);
        },
    };
    for (const Effect& effect : effects)
        std::visit(carry_out, effect);
}

void Daemon::commit()
{
    // What waits makes each try long, and lines come without end.
    const bool is_too_soon = std::chrono::steady_clock::now() < retry_at_;
    if (!store_problem_.empty() && is_too_soon && !stopping_) return;
    const bool is_sound = store_ && !store_->is_damaged();
    auto committed = is_sound ? recorder_->commit() : replace_store();
    if (is_sound && store_->is_damaged()) committed = replace_store();
    const std::string problem = committed ? std::string() : committed.error().message;
    retry_at_ = std::chrono::steady_clock::now() + kTick;
    if (problem == store_problem_) return;
    if (problem.empty()) {
        spdlog::info("the state is being written again");
    } else {
        spdlog::error("{}; kept in memory and tried again", problem);
    }
    store_problem_ = problem;
}

}  // namespace mailban::io
