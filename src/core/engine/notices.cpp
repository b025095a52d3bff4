// What the engine reports of its judgement.
#include "mailban/engine/engine.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <utility>

namespace mailban {

namespace {

HookEvent happening_of(const Incident& incident)
{
    using Kind = HookEvent::Kind;
    const bool stale = incident.kind == Incident::Kind::stale_password;
    HookEvent hook_event;
    hook_event.kind = stale ? Kind::stale_password : Kind::hijacked_account;
    hook_event.at = incident.last;
    hook_event.prefix = Prefix::host(incident.ip);
    hook_event.count = incident.events;
    hook_event.account = incident.account;
    return hook_event;
}

HookEvent happening_at(HookEvent::Kind kind, Timestamp at)
{
    HookEvent hook_event;
    hook_event.kind = kind;
    hook_event.at = at;
    return hook_event;
}

// Whether others come through what is trusted for this: else it stands for itself.
bool is_passage(AllowOrigin origin) noexcept
{
    return origin <= AllowOrigin::proxy;
}

std::string hidden_text(const IpAddress& ip, std::uint64_t failures, const Allowed& trusted)
{
    return std::to_string(failures) + " failed logins came from " + ip.to_string() + " (" +
           to_string(trusted) +
           "), which is never banned, and the log does not show the clients behind it; follow the "
           "log "
           "of the program that forwards the clients, or make it pass on their addresses";
}

}  // namespace

void Engine::note_hidden(const Event& event, std::uint32_t attempts, Effects& effects)
{
    if (event.kind != EventKind::auth_failure || attempts == 0) return;
    const Allowed* const trusted = allowlist_.overlapping(Prefix::host(event.ip));
    if (trusted == nullptr || !is_passage(trusted->origin)) return;
    if (hidden_.size() == kMostHidden && !hidden_.contains(event.ip)) return;
    auto& failures = hidden_[event.ip];
    const bool was_told = failures >= kHiddenToTell;
    failures += attempts;
    if (was_told || failures < kHiddenToTell) return;
    effects.push_back(
        Notice{Notice::Severity::warning, hidden_text(event.ip, failures, *trusted), std::nullopt});
}

void Engine::pass_on(const Verdict& verdict, Timestamp at, Effects& effects)
{
    if (verdict.learned.kept)
        effects.push_back(RecordLogin{*verdict.learned.kept, verdict.learned.forgotten});
    if (verdict.incident) {
        const bool stale = verdict.incident->kind == Incident::Kind::stale_password;
        ++(stale ? counters_.stale_passwords : counters_.hijacked_accounts);
        effects.push_back(Notice{Notice::Severity::warning, to_string(*verdict.incident, zone_),
                                 happening_of(*verdict.incident)});
    }
    follow_outage();
    tell_of_outage(at, effects);
}

void Engine::tell_of_outage(Timestamp at, Effects& effects)
{
    const Outage* outage = judge_.outage();
    if ((outage != nullptr) == outage_told_) return;
    outage_told_ = outage != nullptr;
    if (outage == nullptr) {
        effects.push_back(
            Notice{Notice::Severity::info,
                   "the outage is over; " +
                       plural(waiting_.size(), "deferred ban follows", "deferred bans follow") +
                       " in " + format_duration(kGrace),
                   happening_at(HookEvent::Kind::outage_over, at)});
        return;
    }
    effects.push_back(Notice{Notice::Severity::warning,
                             "outage: " + outage->cause() +
                                 "; bans for wrong passwords are deferred until logins succeed",
                             happening_at(HookEvent::Kind::outage, *outage->since())});
}

std::vector<std::string> Engine::warnings() const
{
    std::vector<std::string> warnings;
    if (const Outage* outage = judge_.outage()) {
        warnings.push_back("outage since " + local_text(*outage->since(), zone_) + ": " +
                           outage->cause() + "; bans for wrong passwords are deferred, " +
                           std::to_string(deferred_bans_.size()) + " so far");
        for (const Ban& ban : deferred_bans_)
            warnings.push_back("deferred ban: " + ban.prefix.to_string() + ", rule " + ban.rule);
    }
    for (const Incident& incident : judge_.incidents())
        warnings.push_back(to_string(incident, zone_));
    for (const auto& [ip, failures] : hidden_) {
        const Allowed* const trusted = allowlist_.overlapping(Prefix::host(ip));
        if (failures >= kHiddenToTell && trusted != nullptr)
            warnings.push_back(hidden_text(ip, failures, *trusted));
    }
    return warnings;
}

}  // namespace mailban
