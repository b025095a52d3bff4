// Trust: who has logged in where before. A known user who fails has mistyped; a stranger guesses.
//
// What is known is an account together with a client, or with the client's network: a success at
// one account says nothing of another. Bounded: when full, what was used longest ago is forgotten.
#pragma once

#include "mailban/detect/account.h"
#include "mailban/net/prefix_lengths.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>

namespace mailban {

struct TrustSettings {
    bool operator==(const TrustSettings&) const = default;

    Duration keep = std::chrono::days(60);  // how long a login makes known
    // Failures of one client at one account that are too many where the two are known and the
    // client fails elsewhere, too, or where only the client's network is known.
    std::uint32_t limit = 30;
    Duration within = std::chrono::hours(1);
    // The same where the client fails nowhere else: its password is stale.
    std::uint32_t stale_limit = 1000;
    Duration stale_within = std::chrono::days(1);
    std::optional<Duration> ban = std::chrono::hours(1);
    PrefixLengths network{24, 48};
    std::size_t capacity = 500'000;  // known accounts of clients and networks
};

// One client's use of one account, as it is kept over restarts.
struct KnownLogin {
    IpAddress ip{};  // the client, or the first address of its block
    std::string account{};
    Timestamp since{};
    Timestamp last{};
    bool operator==(const KnownLogin&) const = default;
};

enum class Familiarity : std::uint8_t {
    stranger,
    neighbour,  // the account was used from the client's network
    known,      // the account was used by this client
};

class Trust {
public:
    Trust(const TrustSettings& settings, PrefixLengths client, std::uint64_t hash_seed);

    // Notes a login. Returned is what shall be kept, now and then, not each time.
    std::optional<KnownLogin> learn(const IpAddress& ip, std::string_view account, Timestamp at);
    void restore(const KnownLogin& login);

    Familiarity familiarity(const IpAddress& ip, std::string_view account, Timestamp at) const;
    // Whether this client has lately logged in to any account.
    bool is_user(const IpAddress& ip, Timestamp at) const;
    // Whether anybody in the block has.
    bool has_user_in(const Prefix& block, Timestamp at) const;

    std::size_t size() const noexcept { return pairs_.size(); }
    // How many had to make room.
    std::uint64_t forgotten() const noexcept { return forgotten_; }

private:
    struct Span {
        Timestamp since{};
        Timestamp last{};
    };
    struct Pair : Span {
        Timestamp kept{};  // the `last` that was handed out
    };
    template <class Known>
    bool holds(const Known& known, Timestamp at) const;
    void widen(Span& span, Timestamp since, Timestamp last) const;
    void note(const IpAddress& ip, std::string_view account, Timestamp since, Timestamp last);
    void make_room();

    TrustSettings settings_;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    std::uint64_t forgotten_ = 0;
    boost::unordered_flat_map<IpAddress, Pair, SeededHash> pairs_;  // by pair_key()
    std::map<IpAddress, Span> users_{};                             // clients, in order
};

}  // namespace mailban
