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
    if (verdict.learned) effects.push_back(RecordLogin{*verdict.learned});
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
        effects.push_back(Tell{Tell::Severity::info, "the outage is over; bans are made again",
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

const Ban& Engine::note_held_back(const Rule& rule, const Prefix& prefix, Timestamp from)
{
    Ban ban;
    ban.prefix = prefix;
    ban.since = from;
    ban.rule = rule.name;
    ban.reason = limit_text(rule);
    ban.count = rule.limit;
    if (held_back_.size() >= kMostHeldBack) held_back_.pop_front();
    held_back_.push_back(std::move(ban));
    return held_back_.back();
}

// What an earlier run held back for this event.
void Engine::recall(const Rule& rule, const Event& event)
{
    const auto scope = ban_scope(rule, event.ip, event.time);
    if (scope) note_held_back(rule, *scope, event.time);
}

void Engine::hold_back(const Rule& rule, const Prefix& prefix, Timestamp from, Effects& effects)
{
    ++counters_.held_back;
    const Ban& ban = note_held_back(rule, prefix, from);
    effects.push_back(
        Tell{Tell::Severity::warning, "held back by an outage: " + prefix.to_string() + ", rule " +
                                          rule.name + ", " + ban.reason});
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
