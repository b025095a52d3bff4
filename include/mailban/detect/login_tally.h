// LoginTally: which logins are recorded as events of their own.
//
// Mail programs log in every few minutes, and tell nothing new each time. One login of a client to
// an account is recorded an hour; the next record says how many there were since. In between one is
// recorded every two seconds, whoever's it is: so rare ones are each, and that logins succeed is
// known at any time. Of one client's logins to one account within ten seconds only one is recorded
// even so. Whatever else is recorded of the client, or of the account, is preceded by the logins
// before it, so that the records tell what forgave what.
//
// Nothing is left out of the sum, but by a crash. Memory is bounded: where too many pairs of client
// and account are known, the one recorded longest ago is settled.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/parse/event.h"
#include "mailban/time/time.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <boost/unordered/unordered_flat_map.hpp>
#include <boost/unordered/unordered_flat_set.hpp>
#include <boost/unordered_map.hpp>

namespace mailban {

// As it is recorded: `event.attempts` logins, of which `counted` no other line had told.
struct TalliedLogin {
    Event event{};
    std::uint32_t source = 0;
    std::uint32_t counted = 0;
    bool operator==(const TalliedLogin&) const = default;
};

class LoginTally {
public:
    static constexpr Duration kSpan = std::chrono::hours(1);
    static constexpr Duration kShortSpan = std::chrono::seconds(10);
    static constexpr Duration kBetweenRecords = std::chrono::seconds(2);
    static constexpr std::size_t kMostPairs = 16'384;

    explicit LoginTally(std::uint64_t hash_seed);

    // One login or several that `login.event` tells of; it names an account. The client is its
    // address, or its block's. What is to be recorded now: the login, with those before it, and
    // what had to make room; mostly nothing.
    std::vector<TalliedLogin> note(const IpAddress& client, TalliedLogin login);
    // To be recorded before something else of the client, or of the account, is: their logins that
    // were not yet. The next one is recorded at once.
    std::vector<TalliedLogin> settle(const IpAddress& client,
                                     const std::optional<std::string>& account);
    // At most `most` logins whose hour is over at `now`.
    std::vector<TalliedLogin> settle_due(Timestamp now, std::size_t most);
    std::vector<TalliedLogin> settle_all();

    std::size_t size() const noexcept { return pairs_.size(); }

private:
    using Key = IpAddress;
    struct Pair {
        IpAddress client{};
        IpAddress account{};
        TalliedLogin login{};  // the last; its numbers are of those that were not recorded
        Timestamp recorded{};
    };
    using Pairs = boost::unordered_map<Key, Pair, SeededHash>;

    bool is_worth_a_record(const Pair& pair, Timestamp at) const;
    void insert(const Key& key, Pair pair);
    // Takes it out; into `settled` where something was not recorded.
    void settle(Pairs::iterator pair, std::vector<TalliedLogin>& settled);
    void forget(const IpAddress& who, const Key& key);
    void settle_of(const IpAddress& who, std::vector<TalliedLogin>& settled);

    std::uint64_t hash_seed_;
    std::optional<Timestamp> last_record_{};  // of anybody
    Pairs pairs_;
    std::set<std::pair<Timestamp, Key>> by_time_{};  // of their record
    // By client and by account. Most who fail have not logged in: one look is to tell that.
    boost::unordered_flat_map<IpAddress, boost::unordered_flat_set<Key, SeededHash>, SeededHash>
        by_whom_;
};

}  // namespace mailban
