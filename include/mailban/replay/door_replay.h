// DoorReplay: old events as they would have come had each server asked before it compared the
// password (`policy`).
//
// Each failure and each login is preceded by the question that it would have been. Whoever is
// denied comes no further: the engine gets what Dovecot reports and logs of such an attempt.
// Whoever the firewall would have shut out does not ask. A line that stands for several attempts is
// asked once for all of them, and a line without an account is not asked.
#pragma once

#include "mailban/engine/engine.h"
#include "mailban/replay/replay.h"

#include <array>
#include <cstddef>
#include <cstdint>
#include <set>
#include <string>

namespace mailban {

// Wrong passwords and logins, each counted once.
struct DoorCount {
    std::uint64_t guesses = 0;
    std::uint64_t logins = 0;
    bool operator==(const DoorCount&) const = default;
};

struct DoorToll {
    DoorCount shut_out{};  // by the firewall, before they could ask
    DoorCount denied{};
    DoorCount delayed{};
    DoorCount allowed{};
    // By what the refused ones were told for; see PolicyGround.
    std::array<DoorCount, kPolicyGrounds> grounds{};
    std::uint64_t customers_denied = 0;   // addresses of the logins that were denied
    std::uint64_t customers_delayed = 0;  // and of those that were delayed

    std::uint64_t guesses() const noexcept { return shut_out.guesses + denied.guesses + passed(); }
    std::uint64_t passed() const noexcept { return delayed.guesses + allowed.guesses; }
};

class DoorReplay {
public:
    // `policy.mode` is taken for `enforce`, whatever it says.
    explicit DoorReplay(ReplaySettings settings);

    // The next event, and how many attempts it is the first to tell (Replay::observe).
    void observe(const Event& event, std::uint32_t source, std::uint32_t counted);

    DoorToll toll() const;

private:
    static constexpr std::size_t kMostCustomers = 100'000;

    void count(const Event& event, std::uint32_t counted, DoorCount& into) const;
    void take_refusal(const Event& event, std::uint32_t source, bool is_new);

    Engine engine_;
    DoorToll toll_{};
    std::set<IpAddress> denied_{};
    std::set<IpAddress> delayed_{};
};

// One line without a newline.
std::string to_json(const ReplayResult& logs_alone, const DoorToll& door, const std::string& name);

}  // namespace mailban
