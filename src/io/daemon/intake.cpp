#include "io/daemon/intake.h"

#include <spdlog/spdlog.h>

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
    perform(engine_->observe(std::move(event), source, arrival, now));
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
    // Neither is found by who reads on behind the last event.
    if (std::holds_alternative<RecordSetBack>(record) ||
        std::holds_alternative<RecordPardon>(record))
        state_.note_rewritten();
    state_.recorder().note(std::move(record));
}

void Intake::carry_out(const Notice& tell)
{
    const bool warns = tell.severity == Notice::Severity::warning;
    const std::string text =
        tell.log ? tell.text + " (log " + names_.name_of(*tell.log) + ")" : tell.text;
    spdlog::log(warns ? spdlog::level::warn : spdlog::level::info, "{}", text);
    if (tell.hook_event) hooks_.note(*tell.hook_event);
}

}  // namespace mailban::io
