// Repetitions: one password that a client tries with two mechanisms.
//
// Many mail programs try AUTH PLAIN, and when that is refused AUTH LOGIN, with the same password:
// one guess in two lines. The second is forgiven if it comes at once after the first, in the same
// connection, at the same account and with another mechanism. A connection is known by its session,
// by the client's port, or by the process that serves it (one serves many clients in turn, so the
// two lines must follow each other among those of this client); where a line tells none of these,
// the address and a few seconds have to do. Where the log tells passwords apart, it is the same
// password that makes the guess one, not another mechanism.
//
// Who alternates on purpose gains little: one guess a connection, and kMostADay a day and client.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"
#include "mailban/time/slow_clock.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

class Repetitions {
public:
    // How many a client (an IPv6 one owns a /64) is forgiven within a day.
    static constexpr std::size_t kMostADay = 5;

    // Remembers the newest `capacity` connections and clients.
    Repetitions(std::size_t capacity, std::uint64_t hash_seed)
        : capacity_(capacity),
          hash_{hash_seed},
          connections_(0, SeededHash{hash_seed}),
          clients_(0, SeededHash{hash_seed})
    {
    }

    // From now on the events of each host come in order of time, but for some minutes: a connection
    // is forgotten when all of the newest events (SlowClock) are so much later than its last.
    void forget_after(Duration age) noexcept { longest_ = age; }
    // Whether the event repeats the one before it and may be forgiven.
    bool repeats(const Event& event);
    // It is: no further one of its connection will be.
    void forgive(const Event& event);

private:
    struct Connection {
        Timestamp last{};
        NameMark mechanism = 0;
        std::optional<std::uint64_t> account{};  // a hash of its folded name
        std::optional<PasswordMark> password{};
        std::optional<std::uint32_t> pid{};  // where the process is what the connection is known by
        bool has_forgiven = false;
    };
    using Forgiven = std::deque<Timestamp>;
    // A hash of all that tells two connections apart (dedup/event_key.h has the odds of a mistake).
    using Key = std::uint64_t;

    // When a connection was seen: first, or when it was put off to be forgotten.
    struct Seen {
        Key connection = 0;
        Timestamp at{};
    };

    Connection& connection_at(Key key, Timestamp at);
    Key connection_of(const Event& event) const noexcept;
    static IpAddress client_of(const Event& event);
    bool is_over_limit(const Event& event);

    std::size_t capacity_;
    SeededHash hash_;
    boost::unordered_flat_map<Key, Connection, SeededHash> connections_;
    std::deque<Seen> order_{};  // of connections_, oldest first
    boost::unordered_flat_map<IpAddress, Forgiven, SeededHash> clients_;
    std::deque<IpAddress> client_order_{};  // the same of clients_
    std::optional<Duration> longest_{};
    SlowClock clock_{};
};

}  // namespace mailban
