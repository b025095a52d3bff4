// KnownFailures: wrong passwords of clients that are not strangers, against limits of their own.
//
// Two kinds of client: users, who have logged in to the account before, and guests, who have not.
// A guest is a neighbour (its network has used the account) or a user whose failure names no
// account. Users mostly have a stale password. Guests may be users whose address changed, and may
// be guessing: their limit is one a day. Where the log says which password was tried, one password
// is one failure, but for a user's stale password.
#pragma once

#include "mailban/detect/trust.h"
#include "mailban/detect/window_table.h"
#include "mailban/parse/event.h"

#include <cstdint>
#include <vector>

namespace mailban {

class KnownFailures {
public:
    KnownFailures(const TrustSettings& settings, PrefixLengths client, std::uint64_t hash_seed);

    // Which limits a user's failures have reached.
    struct Reached {
        bool limit = false;        // TrustSettings::limit
        bool stale_limit = false;  // TrustSettings::stale_limit
        bool incident = false;     // kStaleAfter in a day, and each further one
    };
    // So many failures of a user in a day are no slip of the fingers.
    static constexpr std::uint32_t kStaleAfter = 5;

    // `scale`: so many times as high are the limits, but for stale passwords: the client's users.
    Reached note_user(const Event& event, std::uint32_t attempts, Timestamp at,
                      std::uint32_t scale);
    // Which limit a guest's failures have reached: neighbour_limit, or the one that is kFourfold
    // times as high. That holds for a whole network, and for attempts that a summary counts and
    // does not name: they are mostly one stale password, tried with two mechanisms.
    enum class GuestLimit : std::uint8_t { none, single, fourfold };
    static constexpr std::uint32_t kFourfold = 4;
    // `is_user`: somebody has logged in from the client; a network's limit does not hold for it.
    GuestLimit note_guest(const Event& event, std::uint32_t attempts, Timestamp at,
                          std::uint32_t scale, bool is_user);
    // The same of an account that roams in the client's network (Trust::roams): as many failures as
    // of a stale password are too many, at the account from the whole network or of one client at
    // all such accounts.
    bool note_roamer(const Event& event, std::uint32_t attempts, Timestamp at);
    // Whether the user has failed kStaleAfter times in a day.
    bool is_stale(const Event& event) const;

    // A login: its client's failures at its account were no guesses. At most kForgiven a day are
    // taken back: behind a shared address, the owner's logins would else forgive a stranger's
    // guesses without end. False: no more today.
    static constexpr std::uint32_t kForgiven = 20;
    bool may_forgive(const Event& login, Timestamp at) const;
    // `more`: failures that were taken back elsewhere for the same login.
    void forgive(const Event& login, Timestamp at, std::uint32_t more);

    // One attempt of a failure that was noted at its time was none.
    void withdraw(const Event& failure);

    // See Detector::learn_password.
    void learn_password(const Event& event, std::uint32_t attempts, Timestamp at);
    // Forgets the failures of guests whose clients are in `prefixes`.
    void pardon(const std::vector<Prefix>& prefixes);
    // See WindowTable::set_back.
    void set_back(Timestamp at);

    // Whether there was ever no room for what logins have forgiven.
    bool was_ever_full() const noexcept { return forgiven_.was_ever_full(); }

private:
    IpAddress client_of(const Event& event) const;
    IpAddress account_of(const Event& event) const;
    IpAddress pair_of(const Event& event) const;
    IpAddress network_of(const Event& event) const;

    TrustSettings settings_;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    WindowTable suspected_;       // of users by client and account: against `limit`
    WindowTable users_;           // the same: against `stale_limit`, and for incidents
    WindowTable guests_;          // of guests by client
    WindowTable guest_networks_;  // of neighbours by network
    WindowTable roamers_;         // at accounts that roam: by network and account, and by client
    WindowTable forgiven_;        // failures that logins took back, by client and account
};

}  // namespace mailban
