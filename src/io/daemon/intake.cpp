#include "io/daemon/intake.h"

#include <string>
#include <utility>
#include <variant>

namespace mailban::io {

Intake::Intake(FirewallSwitch& firewall, State& state, Hooks& hooks, const SourceNames& names)
    : firewall_(firewall), state_(state), hooks_(hooks), names_(names)
{
}

void Intake::take(Event event, SourceId source, Arrival arrival, Timestamp now)
{
    const bool is_shown = is_followed();
    if (!is_shown && !log_.shows_events()) {
        perform(engine_->observe(std::move(event), source, arrival, now));
        return;
    }
    const Event seen = event;
    Effects effects = engine_->observe(std::move(event), source, arrival, now);
    if (is_shown) show(seen, source, effects);
    if (log_.shows_events()) log_.note(seen, names_.name_of(source));
    perform(std::move(effects));
}

// As it is recorded, where it is; a login that says what another one has said is recorded later
// (LoginTally), and is none of the effects.
void Intake::show(const Event& event, SourceId source, const Effects& effects)
{
    Evidence evidence{event, 0, names_.name_of(source)};
    for (const Effect& effect : effects) {
        const auto* const record = effect_as<RecordEvent>(effect);
        if (record == nullptr || record->source != source || record->event.kind != event.kind ||
            record->event.ip != event.ip || record->event.account != event.account)
            continue;
        evidence.event = record->event;
        evidence.counted = record->counted;
    }
    followers_->note(evidence);
}

void Intake::show(const Record& record)
{
    if (const auto* const begun = std::get_if<RecordBan>(&record)) {
        followers_->note(begun->ban);
    } else if (const auto* const ended = std::get_if<RecordEnd>(&record)) {
        followers_->note(
            BanEnd{ended->prefix, ended->when, ended->origin, ended->rule, ended->why});
    }
}

void Intake::advance(Timestamp now)
{
    perform(engine_->advance(now, kMostEnds));
}

void Intake::perform(Effects effects)
{
    for (Effect& effect : effects)
        std::visit([this](auto& one) { carry_out(std::move(one)); }, effect);
}

void Intake::carry_out(const Enforce& enforce)
{
    const auto& [kind, prefix, until, group] = enforce.change;
    if (kind == Change::Kind::remove) {
        firewall_.clear(prefix);
    } else {
        firewall_.set(prefix, {until, group});
    }
}

void Intake::carry_out(Record&& record)
{
    if (is_followed()) show(record);
    // Neither is found by who reads on behind the last event.
    if (std::holds_alternative<RecordSetBack>(record) ||
        std::holds_alternative<RecordPardon>(record))
        state_.note_rewritten();
    state_.recorder().note(std::move(record));
}

void Intake::carry_out(const Notice& tell)
{
    const bool warns = tell.severity == Notice::Severity::warning;
    log_.note(warns ? spdlog::level::warn : spdlog::level::info, tell.text, tell.hook_event,
              tell.log ? names_.name_of(*tell.log) : std::string());
    if (tell.hook_event) hooks_.note(*tell.hook_event);
}

}  // namespace mailban::io
