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
        recorder_ = std::make_unique<Recorder>(
            *store_, names_, [this](Store& store) { return put_client_status(store); });
    } else {
        recorder_->write_to(*store_);
    }
    return Done{};
}

Status State::set_aside()
{
    if (recorder_) recorder_->abandon();
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
    damage_cause_ = "state database in " + config_.state.directory + ": it cannot be read";
    has_lost_bans_ = engine_->ledger().bans().empty();
    if (auto opened = open(); !opened) return opened;
    note_standing();
    return Done{};
}

// Within the recorder's transaction. A ban that stands only in the store ended meanwhile.
Status State::end_stored_bans(Store& store) const
{
    const Timestamp now = system_now();
    const auto stored = store.active_bans();
    if (!stored) return stored.error();
    for (const Ban& ban : *stored) {
        if (engine_->ledger_of(ban.origin).find(ban.key()) != nullptr) continue;
        const bool is_over = ban.until && *ban.until <= now;
        auto ended = is_over ? store.end_ban(ban.key(), *ban.until, BanEndReason::expired)
                             : store.end_ban(ban.key(), now, BanEndReason::lifted);
        if (!ended) return ended;
    }
    return Done{};
}

// Within the recorder's transaction.
Status State::put_client_status(Store& store) const
{
    const Ledger& ledger = engine_->ledger();
    if (auto ended = end_stored_bans(store); !ended) return ended;
    for (const auto& [key, ban] : ledger.bans())
        if (auto put = store.put_ban(ban); !put) return put;
    for (const auto& [key, ban] : engine_->observed().bans())
        if (auto put = store.put_ban(ban); !put) return put;
    for (const auto& [prefix, offender] : ledger.offenders())
        if (auto put = store.put_offender(offender); !put) return put;
    return Done{};
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
        const auto now = std::chrono::steady_clock::now();
        const bool is_again = replaced_ != std::chrono::steady_clock::time_point{};
        if (is_again && now - replaced_ < kBetweenReplacements) {
            return Error{"the state database is damaged again"};
        }
        replaced_ = now;
        damage_cause_ = "state database in " + config_.state.directory + ": it is damaged";
        recorder_->abandon();
        events = salvage_events();
    }
    ++rewritten_;
    if (auto opened = open(); !opened) return opened;
    recorder_->note_before(std::move(events));
    note_standing();
    return recorder_->commit(std::chrono::steady_clock::now());
}

}  // namespace mailban::io
