// Replay: old events through the very same Engine in virtual time, and what it did with them.
//
// The time is each event's own: an event counts at its stamp and a ban begins at the stamp that
// tripped the rule and ends when it is due, as the daemon does it with lines that were written
// before it looked. Nothing is known at the beginning: no logins, bans or offenders.
//
// Memory is bounded: of the clients beyond `room` those with the fewest guesses that never logged
// in are forgotten first, bans beyond kMostBans are not listed; ReplayResult says how many. Its
// totals of guesses and bans' decisions stay exact.
#pragma once

#include "mailban/engine/engine.h"
#include "mailban/replay/replay_result.h"

#include <cstddef>
#include <cstdint>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

// What a replay is told besides its events.
struct ReplaySettings {
    Config config{};
    PrefixSet allow{};  // with its files read
    PrefixSet own{};    // the machine's own addresses
    std::uint64_t hash_seed = 0;
    // All events come from so many old logs, merged by their times. nullopt: in another order.
    std::optional<std::size_t> old_logs{};
};

class Replay {
public:
    static constexpr std::size_t kRoom = 524'288;
    static constexpr std::size_t kMostBans = 1'000'000;

    explicit Replay(const ReplaySettings& settings, std::size_t room = kRoom);

    // The next event, of log number `source`. Events should come by time; one that is late counts
    // at its stamp all the same, but no ban that has ended comes back for it. Returns how many
    // attempts it is the first to tell.
    std::uint32_t observe(const Event& event, std::uint32_t source);

    // What came of it so far, with at most `top` clients.
    ReplayResult outcome(std::size_t top) const;

    const Engine& engine() const noexcept { return engine_; }

private:
    struct Client {
        std::uint64_t before = 0;
        std::uint64_t between = 0;
        std::uint64_t prevented = 0;
        std::uint64_t logins = 0;
        Timestamp first_login{};
        Timestamp last_login{};
        std::uint32_t bans = 0;
        bool was_banned = false;

        std::uint64_t guesses() const noexcept { return before + between + prevented; }
    };
    enum class Door : std::uint8_t { open, shut };  // to the client, as it came

    Client& client(const IpAddress& ip);
    void make_room();
    void note_effects(const Event& event, Door door, const Effects& effects);
    void note_guesses(const IpAddress& ip, std::uint32_t guesses, Door door);
    void note_login(const Event& event, Door door);
    void note_bans(const Effects& effects, Timestamp decided,
                   const std::optional<IpAddress>& offender);
    void note_ban(const Ban& ban, const IpAddress& offender, Timestamp decided, bool lengthens);
    void note_observed(const Ban& ban, Timestamp decided);
    void judge_bans(ReplayResult& outcome) const;
    void list_clients(ReplayResult& outcome, std::size_t top) const;

    Engine engine_;
    std::size_t room_;
    ReplayResult found_{};
    boost::unordered_flat_map<IpAddress, Client, SeededHash> clients_;
};

}  // namespace mailban
