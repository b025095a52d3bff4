// Who may do what over the control socket, and how much of the daemon's time it may take.
#pragma once

#include "mailban/control/protocol.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <vector>

namespace mailban {

// A process that asks, as the kernel names it.
struct Peer {
    std::uint32_t user = 0;
    std::vector<std::uint32_t> groups{};  // its own and the supplementary ones
};

// Who may change things besides root.
struct Administrators {
    std::uint32_t user = 0;                 // whom the daemon runs as
    std::optional<std::uint32_t> admins{};  // a group
};

Right right_of(const Peer& peer, const Administrators& administrators) noexcept;

// A share of the daemon's time.
struct TimeBucket {
    Duration most{};              // saved up while nothing is asked
    std::uint32_t per_mille = 0;  // of all time, from then on
};

struct RateLimitSettings {
    TimeBucket user{std::chrono::seconds(1), 100};
    TimeBucket all{std::chrono::seconds(2), 250};
};

// Shares out the daemon's one thread among those who may only read: a bucket of time for each user
// and one for them all, since one person may own many users. A request costs what its answer took,
// at least a millisecond, and is refused while a bucket is overdrawn. Memory is bounded.
class RateLimit {
public:
    explicit RateLimit(RateLimitSettings settings = {}) : settings_(settings) {}

    // How long the user has to wait until it may ask; zero: it may now. `now` is a time on any
    // clock that does not go back.
    Duration wait_of(std::uint32_t user, Duration now) const;
    void charge(std::uint32_t user, Duration took, Duration now);

    std::size_t size() const noexcept { return users_.size(); }
    static constexpr std::size_t kMostUsers = 1024;

private:
    struct Account {
        Duration left{};
        Duration at{};
    };

    static Duration left_at(const Account& account, const TimeBucket& bucket, Duration now);
    static void take(Account& account, const TimeBucket& bucket, Duration cost, Duration now);
    void forget_the_rested(Duration now);

    RateLimitSettings settings_;
    std::map<std::uint32_t, Account> users_{};  // who has not got its whole bucket
    std::optional<Account> all_{};
};

}  // namespace mailban
