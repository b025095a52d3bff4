// How the daemon takes up the state that it, or an earlier run, has left.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"
#include "io/daemon/zones.h"
#include "io/discover/discover.h"

#include <spdlog/spdlog.h>

namespace mailban::io {

namespace {

// So many take a few milliseconds.
constexpr std::size_t kEventsPage = 2000;

}  // namespace

Status Daemon::restore()
{
    const Timestamp now = system_now();
    auto positions = store_->positions();
    if (!positions) return positions.error();
    auto clocks = store_->clocks();
    if (!clocks) return clocks.error();
    auto bans = store_->active_bans();
    if (!bans) return bans.error();
    auto offenders = store_->offenders();
    if (!offenders) return offenders.error();
    const auto allowed = store_->allowed();
    if (!allowed) return allowed.error();

    const PrefixSet configured(config_.allow.prefixes);
    auto engine = std::make_unique<Engine>(config_, configured, hash_seed_);
    engine->set_zone(local_zone(now));
    if (auto taken = take_allowlist(*engine); !taken) return taken;
    for (const Allowed& entry : *allowed)
        engine->restore(entry);

    SourcesSink sink;
    sink.on_event = [this](Event event, SourceId source, Arrival arrival, Timestamp at) {
        perform(engine_->observe(std::move(event), source, arrival, at));
    };
    sink.on_progress = [this](const std::string& source, const SourcePosition& position) {
        recorder_->note_position(source, position);
        commit_if_due();
    };
    sink.on_rest = [this](const std::string& source, const LogPosition& position) {
        recorder_->note_position(source, position);
    };
    sink.on_clock = [this](const std::string& source, const std::optional<LearnedClock>& learned) {
        recorder_->note_clock(source, learned);
    };
    found_ = config_.discover ? discover() : Found();
    SourcesPast past{std::move(*positions), std::move(*clocks)};
    auto sources =
        std::make_unique<Sources>(context_, source_names_, all_sources(config_, found_),
                                  std::move(past), now - longest_window(config_), std::move(sink));
    engine->restore(*bans, *offenders);
    engine_ = std::move(engine);
    sources_ = std::move(sources);
    return Done{};
}

Status Daemon::restore_logins()
{
    const auto& trust = config_.judgement.trust;
    if (!trust) return Done{};
    const auto logins = store_->logins_since(system_now() - trust->keep, config_.limits.known);
    if (!logins) return logins.error();
    for (const auto& login : *logins)
        engine_->restore(login);
    return Done{};
}

// The logins first, then one page of events after the other.
Status Daemon::restore_portion(Progress& progress)
{
    if (!std::exchange(progress.has_logins, true)) return restore_logins();
    const Timestamp since = system_now() - longest_window(config_);
    auto page = store_->events_since(since, *progress.from, kEventsPage);
    if (!page) return page.error();
    for (auto& [event, source, counted] : page->events)
        engine_->restore({std::move(event), source_names_.id_of(source), counted});
    if (!page->pardoned.empty()) engine_->restore_pardon(page->pardoned);
    progress.from = page->next;
    return Done{};
}

Status Daemon::restore_history()
{
    Status done = Done{};
    for (Progress progress; progress.from && done;)
        done = restore_portion(progress);
    return done;
}

// The same in small portions, while the firewall is at work.
asio::awaitable<void> Daemon::restore_history_meanwhile()
{
    for (Progress progress; progress.from && footing_;) {
        co_await asio::post(context_, asio::use_awaitable);
        footing_ = restore_portion(progress);
    }
}

}  // namespace mailban::io
