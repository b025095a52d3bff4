// Intake: the one door to the engine. Whatever brings an event, a line of a log or anything else,
// brings it here; and what the engine wants done is done here, in its order.
#pragma once

#include "io/control/followers.h"
#include "io/daemon/event_log.h"
#include "io/daemon/firewall_switch.h"
#include "io/daemon/state.h"
#include "io/hooks/hooks.h"
#include "mailban/engine/engine.h"
#include "mailban/event/source.h"

#include <cstddef>
#include <memory>
#include <utility>

namespace mailban::io {

class Intake {
public:
    // Bans that end at once: more would keep everybody else waiting.
    static constexpr std::size_t kMostEnds = 500;

    Intake(FirewallSwitch& firewall, State& state, Hooks& hooks, const SourceNames& names);

    // What comes in and what is decided is shown to them from now on.
    void show_to(Followers& followers) { followers_ = &followers; }
    // At the start, before anything else.
    void begin(std::unique_ptr<Engine> engine) { engine_ = std::move(engine); }

    // An event, read from source number `source` at `now`.
    void take(Event event, SourceId source, Arrival arrival, Timestamp now);
    // Ends what is due at `now`, at most kMostEnds bans; Engine::is_behind() says whether more are.
    void advance(Timestamp now);
    // First the firewall, then the store: a ban shall be in force before anything is written.
    void perform(Effects effects);

    const EventLog& log() const noexcept { return log_; }
    Engine& engine() const noexcept { return *engine_; }
    bool has_engine() const noexcept { return engine_ != nullptr; }

private:
    bool is_followed() const noexcept { return followers_ != nullptr && followers_->is_any(); }
    void show(const Event& event, SourceId source, const Effects& effects);
    void show(const Record& record);
    void carry_out(const Enforce& enforce);
    void carry_out(Record&& record);
    void carry_out(const Notice& tell);

    FirewallSwitch& firewall_;
    State& state_;
    Hooks& hooks_;
    const SourceNames& names_;
    EventLog log_{};
    Followers* followers_ = nullptr;
    std::unique_ptr<Engine> engine_{};
};

}  // namespace mailban::io
