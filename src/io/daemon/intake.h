// Intake: the one door to the engine. Whatever brings an event, a line of a log or anything else,
// brings it here; and what the engine wants done is done here, in its order.
#pragma once

#include "io/daemon/firewall_switch.h"
#include "io/daemon/state.h"
#include "io/hooks/hooks.h"
#include "mailban/engine/engine.h"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace mailban::io {

class Intake {
public:
    // Bans that end at once: more would keep everybody else waiting.
    static constexpr std::size_t kMostEnds = 500;

    using NameOfSource = std::function<const std::string&(std::uint32_t source)>;
    Intake(FirewallSwitch& firewall, State& state, Hooks& hooks, NameOfSource name_of_source);

    // At the start, before anything else.
    void begin(std::unique_ptr<Engine> engine) { engine_ = std::move(engine); }

    // An event, read from source number `source` at `now`.
    void take(Event event, std::uint32_t source, Arrival arrival, Timestamp now);
    // Ends what is due at `now`, at most kMostEnds bans; Engine::is_behind() says whether more are.
    void advance(Timestamp now);
    // First the firewall, then the store: a ban shall bite before anything is written.
    void perform(const Effects& effects);

    Engine& engine() const noexcept { return *engine_; }
    bool has_engine() const noexcept { return engine_ != nullptr; }

private:
    FirewallSwitch& firewall_;
    State& state_;
    Hooks& hooks_;
    NameOfSource name_of_source_;
    std::unique_ptr<Engine> engine_{};
};

}  // namespace mailban::io
