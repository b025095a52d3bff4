// Outage: is it the clients that are wrong, or our own back end?
//
// While the password service is down, every customer fails. It is taken to be down when it said so
// to clients of several networks, or when several known users of different accounts and networks
// begin to fail; in both cases only while these are more than the logins of the last minute. It is
// taken to be up again when more logins have succeeded than users fail, or when no sign of an
// outage was seen for long.
//
// A sign is believed only from a network in which nobody has failed lately: guessing makes some
// servers say that they are unavailable, and who guesses must not end the bans of those who guess.
#pragma once

#include "mailban/detect/last_seen.h"
#include "mailban/detect/window_table.h"
#include "mailban/net/prefix_lengths.h"

#include <cstddef>
#include <cstdint>
#include <deque>
#include <optional>
#include <string>

namespace mailban {

struct OutageSettings {
    std::uint32_t unavailable = 3;  // networks that were told so within the span
    std::uint32_t failing = 5;      // known users that begin to fail within the span
    Duration within = std::chrono::minutes(5);
    std::uint32_t recovered = 3;  // logins since, or since our back end last said that it is down
    Duration linger = std::chrono::minutes(30);
    bool operator==(const OutageSettings&) const = default;
};

class Outage {
public:
    // How many networks are watched for failures at once.
    static constexpr std::size_t kMostNetworks = 100'000;
    // For how long after a failure its network's signs are not believed.
    static constexpr Duration kDoubtFor = std::chrono::hours(1);

    Outage(const OutageSettings& settings, std::uint64_t hash_seed);

    // How a known user fails: for the first time in a while, or as it always does.
    enum class Failing : std::uint8_t { begins, goes_on };

    // The client was told that our own back end is down.
    void note_unavailable(const IpAddress& client, Timestamp at);
    // The client gave a wrong password, at an account that is its own or another's.
    void note_failure(const IpAddress& client, Timestamp at);
    // The same of a known user at its own account, which is given as its hash (account_key).
    void note_failing_user(const IpAddress& client, const IpAddress& account, Failing how,
                           Timestamp at);
    void note_login(Timestamp at);
    // The failure of this client at this account, noted at `at`, was none.
    void withdraw(const IpAddress& client, const IpAddress& account, Timestamp at);
    // Ends an outage of which nothing has been seen for long.
    void advance(Timestamp now);
    // The clock was set back to `at`: see WindowTable::set_back.
    void set_back(Timestamp at);

    // Since when; nullopt: there is none.
    const std::optional<Timestamp>& since() const noexcept { return since_; }
    // When the last one ended; nullopt: there was none, or it goes on.
    const std::optional<Timestamp>& ended() const noexcept { return ended_; }
    const std::string& cause() const noexcept { return cause_; }

private:
    static IpAddress network_of(const IpAddress& client);
    void begin(Timestamp at, const char* cause);
    void end(Timestamp at);
    void note_sign(Timestamp at);
    bool is_doubtful(const IpAddress& network, Timestamp at) const;
    std::size_t failing(Timestamp at) const;
    std::size_t recent_logins(Timestamp at) const;

    OutageSettings settings_;
    std::uint64_t hash_seed_;
    WindowTable unavailable_;             // networks
    WindowTable failing_networks_;        // of known users
    WindowTable failing_accounts_;        // the same users' accounts
    LastSeen doubtful_;                   // networks: failures of anybody
    std::deque<Timestamp> logins_{};      // the latest ones
    std::uint32_t logins_in_outage_ = 0;  // or since the last that was told it is down
    std::optional<Timestamp> since_{};
    std::optional<Timestamp> ended_{};
    Timestamp last_sign_{};
    std::string cause_{};
};

}  // namespace mailban
