// How the state goes on when its database is damaged: nobody is let in, nothing is deleted.
#include "io/daemon/state.h"
#include "io/daemon/system.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

// A disk that damages whatever is written to it must not be filled with what was set aside.
constexpr auto kBetweenReplacements = std::chrono::minutes(1);
constexpr std::size_t kSalvagePage = 2000;
constexpr std::size_t kMostSalvaged = 50'000;

}  // namespace

Status State::open()
{
    const bool is_first = !recorder_;
    if (!damage_cause_.empty()) {
        if (auto aside = set_aside(); !aside) return aside;
    }
    // One of an earlier mailban is brought up to date, which takes seconds where it is large.
    if (is_first) notify_service_manager("EXTEND_TIMEOUT_USEC=300000000");
    auto opened = Store::try_open(config_.state.directory);
    if (opened.is_damaged) {
        damage_cause_ = opened.status.error().message;
        if (auto aside = set_aside(); !aside) return aside;
        has_lost_bans_ = is_first;
        opened = Store::try_open(config_.state.directory);
    }
    if (!opened.status) return opened.status;
    store_ = std::move(opened.store);
    if (is_first) {
        recorder_ = std::make_unique<Recorder>(names_, [this] { return standing(); });
    } else {
        recorder_->change_store();
    }
    return Done{};
}

Status State::set_aside()
{
    store_.reset();
    const auto name = Store::set_aside(config_.state.directory, system_now());
    if (!name) return Error{damage_cause_ + "; " + name.error().message};
    damage_ = damage_cause_ + "; it was renamed to " + *name + ", and a new one was created";
    damage_cause_.clear();
    spdlog::error("{}", damage_);
    return Done{};
}

Status State::begin_anew()
{
    rest();
    damage_cause_ = "state database in " + config_.state.directory + ": it cannot be read";
    has_lost_bans_ = engine_->ledger().bans().empty();
    if (auto opened = open(); !opened) return opened;
    note_standing();
    return Done{};
}

Standing State::standing() const
{
    Standing standing;
    standing.at = system_now();
    const Ledger& ledger = engine_->ledger();
    for (const auto& [key, ban] : ledger.bans())
        standing.bans.push_back(ban);
    for (const auto& [key, ban] : engine_->observed().bans())
        standing.bans.push_back(ban);
    for (const auto& [prefix, offender] : ledger.offenders())
        standing.offenders.push_back(offender);
    return standing;
}

void State::note_standing()
{
    recorder_->note_standing();
    for (const Allowed& entry : engine_->allowlist().entries())
        if (entry.origin == AllowOrigin::manual) recorder_->note(RecordAllowed{entry});
    if (note_more_) note_more_(*recorder_);
}

// What rules look at and can still be read, so that the next start counts it, too.
std::vector<StoredEvent> State::salvage_events()
{
    std::vector<StoredEvent> events;
    const Timestamp since = system_now() - longest_window(config_);
    for (std::optional<std::int64_t> from = 0; from && events.size() < kMostSalvaged;) {
        auto page = store_->events_since(since, *from, kSalvagePage);
        if (!page) break;
        std::move(page->events.begin(), page->events.end(), std::back_inserter(events));
        from = page->next;
    }
    return events;
}

Status State::replace()
{
    std::vector<StoredEvent> events;
    if (store_) {
        const auto now = now_();
        const bool is_again = replaced_ != std::chrono::steady_clock::time_point{};
        if (is_again && now - replaced_ < kBetweenReplacements) {
            return Error{"the state database is damaged again"};
        }
        replaced_ = now;
        damage_cause_ = "state database in " + config_.state.directory + ": it is damaged";
        events = salvage_events();
    }
    ++rewritten_;
    if (auto opened = open(); !opened) return opened;
    recorder_->note_before(std::move(events));
    note_standing();
    const auto* const batch = recorder_->begin();
    auto written = batch->write_to(*store_);
    recorder_->settle(written.ok(), now_());
    return written;
}

}  // namespace mailban::io
