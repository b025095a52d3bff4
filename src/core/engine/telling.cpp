// What the engine tells of its judgement, and what an outage holds back.
#include "mailban/engine/engine.h"

#include <utility>

namespace mailban {

namespace {

constexpr std::size_t kMostHeldBack = 100;

Happening happening_of(const Incident& incident)
{
    using Kind = Happening::Kind;
    const bool stale = incident.kind == Incident::Kind::stale_password;
    Happening happening;
    happening.kind = stale ? Kind::stale_password : Kind::hijacked_account;
    happening.at = incident.last;
    happening.prefix = Prefix::host(incident.ip);
    happening.count = incident.events;
    happening.account = incident.account;
    return happening;
}

bool ends_later(const std::optional<Duration>& one, const std::optional<Duration>& other)
{
    if (!other) return false;
    return !one || *one > *other;
}

Happening happening_at(Happening::Kind kind, Timestamp at)
{
    Happening happening;
    happening.kind = kind;
    happening.at = at;
    return happening;
}

}  // namespace

void Engine::pass_on(const Verdict& verdict, Timestamp at, Effects& effects)
{
    if (verdict.learned.kept)
        effects.push_back(RecordLogin{*verdict.learned.kept, verdict.learned.forgotten});
    if (verdict.incident) {
        const bool stale = verdict.incident->kind == Incident::Kind::stale_password;
        ++(stale ? counters_.stale_passwords : counters_.hijacked_accounts);
        effects.push_back(Tell{Tell::Severity::warning, to_string(*verdict.incident),
                               happening_of(*verdict.incident)});
    }
    follow_outage();
    tell_of_outage(at, effects);
}

// What a new outage holds back is a new list; that of the last one stays until then.
void Engine::follow_outage()
{
    const Outage* outage = judge_.outage();
    if (outage == nullptr || outage->since() == held_back_since_) return;
    held_back_since_ = outage->since();
    held_back_.clear();
}

void Engine::tell_of_outage(Timestamp at, Effects& effects)
{
    const Outage* outage = judge_.outage();
    if ((outage != nullptr) == outage_told_) return;
    outage_told_ = outage != nullptr;
    if (outage == nullptr) {
        effects.push_back(Tell{Tell::Severity::info,
                               "the outage is over; bans are made again, " +
                                   std::to_string(waiting_.size()) + " that wait follow in " +
                                   format_duration(kGrace),
                               happening_at(Happening::Kind::outage_over, at)});
        return;
    }
    effects.push_back(Tell{Tell::Severity::warning,
                           "outage: " + outage->cause() +
                               "; nobody is banned for wrong passwords until logins succeed",
                           happening_at(Happening::Kind::outage, *outage->since())});
}

// What our own outage may feign.
bool Engine::is_held_back(const Rule& rule) const
{
    return judge_.outage() != nullptr && rule.on.contains(EventKind::auth_failure);
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
    ban.reason = limit_text(*offence.rule, offence.scale);
    ban.count = offence.rule->limit * offence.scale;
    if (held_back_.size() >= kMostHeldBack) held_back_.pop_front();
    held_back_.push_back(std::move(ban));
    // A known user who fails in an outage has not guessed.
    if (!judge_.outlasts_outage(*offence.rule)) return &held_back_.back();
    Waiting waiting{offence, event, from};
    waiting.event.account.reset();
    waiting.event.session.reset();
    const auto known = waiting_.find(offender_prefix(event.ip));
    if (known == waiting_.end()) {
        if (waiting_.size() < kMostWaiting)
            waiting_.emplace(offender_prefix(event.ip), std::move(waiting));
    } else if (ends_later(offence.rule->ban, known->second.offence.rule->ban)) {
        known->second.offence = offence;
    }
    return &held_back_.back();
}

void Engine::hold_back(const Offence& offence, const Event& event, Timestamp from, Effects& effects)
{
    const Ban* const ban = note_held_back(offence, event, from);
    if (ban == nullptr) {
        ++counters_.spared;
        return;
    }
    ++counters_.held_back;
    effects.push_back(
        Tell{Tell::Severity::warning, "held back by an outage: " + ban->prefix.to_string() +
                                          ", rule " + ban->rule + ", " + ban->reason});
}

// Whoever knows a password did not guess: the outage made the client fail.
void Engine::pardon(const Event& event)
{
    waiting_.erase(offender_prefix(event.ip));
}

// A stranger who has failed beyond what an outage explains.
void Engine::release(const Event& event, Timestamp from, Timestamp now, Effects& effects)
{
    const auto waiting = waiting_.find(offender_prefix(event.ip));
    if (waiting == waiting_.end()) return;
    punish(waiting->second.offence, waiting->second.event, from, now, effects);
    waiting_.erase(waiting);
}

// The bans that an outage held back follow some time after it, when whoever knows a password has
// had time to log in.
void Engine::release_due(Timestamp now, Effects& effects)
{
    const auto ended = judge_.outage_ended();
    if (waiting_.empty() || !ended || now < *ended + kGrace) return;
    const Timestamp due = *ended + kGrace;
    for (const auto& [client, waiting] : std::exchange(waiting_, {})) {
        // After a restart: this was done before it, and perhaps taken back by hand since.
        const Offender* const offender = ledger_.offender(client);
        const bool is_done = offender != nullptr && offender->last_ban >= waiting.from;
        if (!is_done && !is_trusted(Prefix::host(waiting.event.ip)))
            punish(waiting.offence, waiting.event, due, now, effects);
    }
}

std::vector<std::string> Engine::warnings() const
{
    std::vector<std::string> warnings;
    if (const Outage* outage = judge_.outage()) {
        warnings.push_back("OUTAGE since " + format_timestamp(*outage->since()) + ": " +
                           outage->cause() + "; nobody is banned for wrong passwords, " +
                           std::to_string(held_back_.size()) + " bans held back");
        for (const Ban& ban : held_back_)
            warnings.push_back("held back: " + ban.prefix.to_string() + ", rule " + ban.rule);
    }
    for (const Incident& incident : judge_.incidents())
        warnings.push_back(to_string(incident));
    return warnings;
}

}  // namespace mailban
