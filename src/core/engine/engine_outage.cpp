// Bans that an outage of our own back end holds back, and what becomes of them after it.
#include "mailban/engine/engine.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailban {

namespace {

constexpr std::size_t kMostHeldBack = 100;

bool ends_later(const std::optional<Duration>& one, const std::optional<Duration>& other)
{
    if (!other) return false;
    return !one || *one > *other;
}

}  // namespace

// What a new outage holds back is a new list; that of the last one stays until then.
void Engine::follow_outage()
{
    const Outage* outage = judge_.outage();
    if (outage == nullptr || outage->since() == held_back_since_) return;
    held_back_since_ = outage->since();
    deferred_bans_.clear();
}

// A failure may be our own outage's.
bool Engine::is_held_back(const Rule& rule) const
{
    return judged().outage() != nullptr && rule.on.contains(EventKind::auth_failure);
}

// Nullptr: the offender shares its block with users, and is spared.
const Ban* Engine::note_held_back(const Offence& offence, const Event& event, Timestamp from)
{
    const auto scope = ban_scope(*offence.rule, event.ip, from);
    if (!scope) return nullptr;
    Ban ban;
    ban.prefix = *scope;
    ban.since = from;
    ban.rule = offence.rule->name;
    ban.reason = to_string(offence);
    ban.count = offence.limit;
    if (deferred_bans_.size() >= kMostHeldBack) deferred_bans_.pop_front();
    deferred_bans_.push_back(std::move(ban));
    // A known user who fails in an outage has not guessed.
    if (!judged().outlasts_outage(*offence.rule)) return &deferred_bans_.back();
    Waiting waiting{offence, *offence.rule, event, from};
    waiting.event.account.reset();
    waiting.event.session.reset();
    const auto known = waiting_.find(offender_prefix(event.ip));
    if (known == waiting_.end()) {
        if (waiting_.size() < kMostWaiting)
            waiting_.emplace(offender_prefix(event.ip), std::move(waiting));
    } else if (ends_later(offence.rule->ban, known->second.offence.rule->ban)) {
        known->second.offence = offence;
        known->second.rule = *offence.rule;
    }
    return &deferred_bans_.back();
}

void Engine::hold_back(const Offence& offence, const Event& event, Timestamp from, Effects& effects)
{
    const Ban* const ban = note_held_back(offence, event, from);
    if (ban == nullptr) {
        ++counters_.skipped_subnet_bans;
        return;
    }
    ++counters_.deferred_bans;
    effects.push_back(
        Notice{Notice::Severity::warning, "ban deferred by an outage: " + ban->prefix.to_string() +
                                              ", rule " + ban->rule + ", " + ban->reason});
}

// Whoever knows a password did not guess: the outage made the client fail.
void Engine::pardon(const Event& event)
{
    waiting_.erase(offender_prefix(event.ip));
}

// A stranger who has failed beyond what an outage explains.
void Engine::release(const Event& event, std::uint32_t source, Timestamp from, Timestamp now,
                     Effects& effects)
{
    const auto waiting = waiting_.find(offender_prefix(event.ip));
    if (waiting == waiting_.end()) return;
    punish(waiting->second.offence, waiting->second.event, source, from, now, effects);
    waiting_.erase(waiting);
}

std::optional<Timestamp> Engine::release_at() const
{
    const auto ended = judged().outage_ended();
    if (waiting_.empty() || !ended) return std::nullopt;
    return *ended + kGrace;
}

// The bans that an outage held back follow some time after it, when whoever knows a password has
// had time to log in. Events impose them as well as the clock, so that a restored engine knows from
// the events that this was done, even where a ban stood and nothing was recorded.
void Engine::release_due(Timestamp by, Timestamp now, std::size_t most, Effects& effects)
{
    const auto due = release_at();
    if (!due || by < *due) return;
    for (std::size_t released = 0; released < most && !waiting_.empty(); ++released) {
        const auto [client, waiting] = *waiting_.begin();
        waiting_.erase(waiting_.begin());
        if (!was_banned(client, waiting, *due) && !is_trusted(Prefix::host(waiting.event.ip)))
            punish(waiting.offence, waiting.event, {}, *due, now, effects);
    }
}

// After a restart: whether the ban was imposed before it, and perhaps taken back by hand since, or
// another ban stood when it was due.
bool Engine::was_banned(const Prefix& client, const Waiting& waiting, Timestamp due) const
{
    const Offender* const offender = ledger_.offender(client);
    if (offender == nullptr) return false;
    if (offender->last_ban >= waiting.from) return true;
    const auto& length = waiting.offence.rule->ban;
    return !length || offender->last_ban + ledger_.duration(*length, offender->level) > due;
}

// What release_due() does, without effects, before an event of an earlier run counts. The bans are
// the store's to give.
void Engine::recall_released(Timestamp by)
{
    judge_.advance(by);
    const auto due = release_at();
    if (!due || by < *due) return;
    const auto most = static_cast<std::ptrdiff_t>(std::min(waiting_.size(), kReleasedByEvent));
    waiting_.erase(waiting_.begin(), std::next(waiting_.begin(), most));
}

// What judge() does, without effects, for an event of an earlier run. Bans that were imposed are
// the store's to give; those that were held back are not.
void Engine::recall(const Event& event, std::uint32_t attempts)
{
    note_siege(event, attempts, event.time);
    const Verdict verdict = judge_.observe(event, attempts, event.time);
    if (verdict.is_guess) deduplicator_.expect(event);
    follow_outage();
    recall_punished();
    if (event.kind == EventKind::auth_success) pardon(event);
    if (is_trusted(Prefix::host(event.ip))) return;
    if (verdict.is_inexcusable) waiting_.erase(offender_prefix(event.ip));
    for (const Offence& offence : verdict.offences)
        if (is_held_back(*offence.rule) && !verdict.is_inexcusable)
            note_held_back(offence, event, event.time);
}

}  // namespace mailban
