// What becomes of strangers in a storm, and how it is reported.
#include "mailban/engine/engine.h"

namespace mailban {

namespace {
// Where a storm begins, there may be thousands of them. Each event is a time for some, so that a
// restored engine knows from the events whose turn it was.
constexpr std::size_t kPunishedByEvent = 100;
}  // namespace

void Engine::punish_strangers(Timestamp from, Timestamp now, Effects& effects)
{
    if (judge_.outage() != nullptr) return;
    for (std::size_t punished = 0; punished < kPunishedByEvent; ++punished) {
        const auto guilty = judge_.take_guilty();
        if (!guilty) return;
        punish_stranger(*guilty, from, now, effects);
    }
}

void Engine::punish_stranger(const Storm::Suspect& guilty, Timestamp from, Timestamp now,
                             Effects& effects)
{
    if (!is_trusted(Prefix::host(guilty.event.ip)))
        punish(judged().storm_offence(), guilty.event, {}, from, now, effects);
}

// What punish_strangers() does, without effects, behind an event of an earlier run. The bans are
// the store's to give.
void Engine::recall_punished()
{
    if (judge_.outage() != nullptr) return;
    for (std::size_t punished = 0; punished < kPunishedByEvent; ++punished)
        if (!judge_.take_guilty()) return;
}

void Engine::tell_of_storm(Effects& effects)
{
    const Storm* const storm = judge_.storm();
    if ((storm != nullptr) == storm_told_) return;
    storm_told_ = storm != nullptr;
    if (storm == nullptr) {
        effects.push_back(
            Notice{Notice::Severity::info, "the storm of strangers is over", std::nullopt, {}});
        return;
    }
    ++counters_.storms;
    effects.push_back(Notice{Notice::Severity::warning,
                             storm->text() + "; strangers are banned at their first failure",
                             std::nullopt,
                             {}});
}

}  // namespace mailban
