// Trust: who has logged in where before. A known user who fails has mistyped; a stranger guesses.
//
// What is known is an account together with a client, or with the client's network: a login to one
// account says nothing of another. Memory is bounded twice: an account keeps its latest 64 clients
// and its latest 64 networks, so that the owner of one account cannot push others out; and when
// all places are taken, the quarter that was used longest ago is forgotten.
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
    // client fails elsewhere, too; other offences of a client that has logged in.
    std::uint32_t limit = 30;
    Duration within = std::chrono::hours(1);
    // The same where the client fails nowhere else: its password is stale.
    std::uint32_t stale_limit = 1000;
    Duration stale_within = std::chrono::days(1);
    // Failures of one client where only its network is known, or where it has logged in and the
    // line names no account; the latter count twice. A whole network may have four times as many.
    std::uint32_t neighbour_limit = 40;
    Duration neighbour_within = std::chrono::days(1);
    std::optional<Duration> ban = std::chrono::hours(1);
    PrefixLengths network{24, 56};
    // For how long logins have to be seen before mailban can tell customers from strangers; zero:
    // it can from the start.
    Duration learning = std::chrono::days(1);
    // So many accounts that have logged in from one client within Trust::kUserFor share it, 2 to
    // Trust::kMostUsers. Then strangers' failures there are too many only at so many in a day for
    // each of these accounts.
    std::uint32_t shared_accounts = 3;
    std::uint32_t shared_limit = 24;
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

// What a login changes in what is kept over restarts.
struct LearnedLogin {
    std::optional<KnownLogin> kept{};
    std::optional<IpAddress> forgotten{};  // a client of the same account that made room
    bool operator==(const LearnedLogin&) const = default;
};

enum class Familiarity : std::uint8_t {
    stranger,
    neighbour,  // the account was used from the client's network
    known,      // the account was used by this client
};

class Trust {
public:
    // How many clients, and how many networks, one account keeps.
    static constexpr std::size_t kMostPlaces = 64;
    // How many users of one client are told apart; and since when one must have logged in.
    static constexpr std::size_t kMostUsers = 10;
    static constexpr Duration kUserFor = std::chrono::days(7);

    Trust(const TrustSettings& settings, PrefixLengths client, std::uint64_t hash_seed);

    // Notes a login. `kept` is returned now and then, not each time.
    LearnedLogin learn(const IpAddress& ip, std::string_view account, Timestamp at);
    void restore(const KnownLogin& login);

    Familiarity familiarity(const IpAddress& ip, std::string_view account, Timestamp at) const;
    // Whether anybody has lately logged in to this account, from wherever.
    bool has_owner(std::string_view account, Timestamp at) const;
    // Whether this client has lately logged in to any account.
    bool is_user(const IpAddress& ip, Timestamp at) const;
    // How many accounts this client had logged in to by `at`, and not longer than kUserFor before,
    // at most kMostUsers. Later logins make no difference: after a restart they are known before
    // the events that they followed.
    std::uint32_t users_at(const IpAddress& ip, Timestamp at) const;
    // Whether the account has lately been used by several clients of this one's network: its owner
    // is wherever the network (of a mobile carrier) puts a client.
    bool roams(const IpAddress& ip, std::string_view account, Timestamp at) const;
    static constexpr std::size_t kRoamingClients = 3;
    // Whether anybody in the block has.
    bool has_user_in(const Prefix& block, Timestamp at) const;

    std::size_t size() const noexcept { return size_; }
    // How many had to make room.
    std::uint64_t forgotten() const noexcept { return forgotten_; }

private:
    struct Span {
        Timestamp since{};
        Timestamp last{};
    };
    // A client or a network from which one account was used.
    struct Place : Span {
        IpAddress base{};
        Timestamp kept{};  // of a client: the `last` that was handed out
    };
    using Places = std::vector<Place>;
    struct Account {
        Places clients{};
        Places networks{};
    };
    struct User {
        std::uint32_t account = 0;  // a hash
        Timestamp since{};
        Timestamp last{};
    };
    struct Client : Span {
        std::size_t accounts = 0;   // that have it among their places
        std::vector<User> users{};  // the latest kMostUsers
    };

    template <class Known>
    bool holds(const Known& known, Timestamp at) const;
    void widen(Span& span, Timestamp since, Timestamp last) const;
    const Place* find(const Places& places, const IpAddress& base) const;
    Place& place_of(Places& places, const IpAddress& base, std::optional<IpAddress>& forgotten);
    Place& note(const IpAddress& ip, std::string_view account, Timestamp since, Timestamp last,
                std::optional<IpAddress>& forgotten);
    void note_user(Client& client, std::uint32_t account, Timestamp since, Timestamp last);
    void leave(const IpAddress& client);
    void make_room();

    TrustSettings settings_;
    PrefixLengths client_;
    std::uint64_t hash_seed_;
    std::size_t size_ = 0;  // places
    std::uint64_t forgotten_ = 0;
    boost::unordered_flat_map<IpAddress, Account, SeededHash> accounts_;  // by account_key()
    std::map<IpAddress, Client> clients_{};                               // in order
};

}  // namespace mailban
