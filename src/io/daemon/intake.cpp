#include "io/daemon/intake.h"

#include <spdlog/spdlog.h>

#include <utility>
#include <variant>

namespace mailban::io {

namespace {

template <class... Handlers>
struct Overloaded : Handlers... {
    using Handlers::operator()...;
};
template <class... Handlers>
Overloaded(Handlers...) -> Overloaded<Handlers...>;

}  // namespace

Intake::Intake(FirewallSwitch& firewall, State& state, Hooks& hooks, NameOfSource name_of_source)
    : firewall_(firewall), state_(state), hooks_(hooks), name_of_source_(std::move(name_of_source))
{
}

void Intake::take(Event event, std::uint32_t source, Arrival arrival, Timestamp now)
{
    perform(engine_->observe(std::move(event), source, arrival, now));
}

void Intake::advance(Timestamp now)
{
    perform(engine_->advance(now, kMostEnds));
}

void Intake::perform(const Effects& effects)
{
    Recorder& recorder = state_.recorder();
    const Overloaded carry_out{
        [this](const Enforce& enforce) {
            const auto& [kind, prefix, until, group] = enforce.change;
            if (kind == Change::Kind::remove) {
                firewall_.clear(prefix);
            } else {
                firewall_.set(prefix, {until, group});
            }
        },
        [&](const RecordEvent& record) { recorder.note(record, name_of_source_(record.source)); },
        [&](const RecordSetBack& record) {
            recorder.note(record);
            state_.note_rewritten();
        },
        [&](const RecordWithdrawal& record) { recorder.note(record); },
        [&](const RecordBan& record) { recorder.note(record); },
        [&](const RecordEnd& record) { recorder.note(record); },
        [&](const RecordOffender& record) { recorder.note(record); },
        [&](const RecordLogin& record) { recorder.note(record); },
        [&](const RecordAllowed& record) { recorder.note(record); },
        [&](const RecordDisallowed& record) { recorder.note(record); },
        [this](const Tell& tell) {
            const bool warns = tell.severity == Tell::Severity::warning;
            const std::string text =
                tell.log ? tell.text + " (log " + name_of_source_(*tell.log) + ")" : tell.text;
            spdlog::log(warns ? spdlog::level::warn : spdlog::level::info, "{}", text);
            if (tell.happening) hooks_.note(*tell.happening);
        },
    };
    for (const Effect& effect : effects)
        std::visit(carry_out, effect);
}

}  // namespace mailban::io
