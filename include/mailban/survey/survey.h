// Survey: adds up what old logs tell, event by event.
//
// Lines are counted as they stand, second copies of a line left out; attempts are counted once,
// however many lines and logs tell of them (invariant 4). Memory is bounded: rows beyond `room` of
// a kind, pairs beyond four times that many and hours beyond kMostHours push out the least guilty
// or are left out, and `Findings::forgotten` says how many.
#pragma once

#include "mailban/detect/dedup/deduplicator.h"
#include "mailban/net/seeded_hash.h"
#include "mailban/survey/findings.h"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>

#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

class Survey {
public:
    static constexpr std::size_t kRoom = 262'144;
    static constexpr std::size_t kMostHours = 100'000;  // eleven years
    // Longer account names are cut to this many bytes.
    static constexpr std::size_t kLongestAccount = 256;

    explicit Survey(std::uint64_t hash_seed, std::size_t room = kRoom);

    // See Deduplicator::expect_old_logs.
    void expect_old_logs(std::size_t logs) noexcept { deduplicator_.expect_old_logs(logs); }
    // One event of log number `log`; any number of logs may take turns.
    void add(const Event& event, std::uint32_t log);
    // One event of which it is known already how many attempts no other line has told.
    void add_counted(const Event& event, std::uint32_t attempts);

    // What was found so far, with at most `top` addresses, subnets and accounts. `logs` and
    // `earlier` are the reader's to fill in.
    Findings findings(std::size_t top) const;

private:
    void take_back(const Event& failure);
    void add_totals(const Event& event, std::uint32_t attempts);
    void add_rows(const Event& event, std::uint32_t attempts);
    TopRow& account_row(const Event& event);
    void add_pair(TopRow& address, TopRow& account);
    void add_hour(Timestamp at, std::uint32_t attempts);

    std::size_t room_;
    Deduplicator deduplicator_;
    Findings found_{};
    std::map<std::uint16_t, std::uint64_t> replies_{};  // 0: none told
    std::map<std::int64_t, std::uint64_t> hours_{};     // hours since 1970
    TopTable<IpAddress, SeededHash> addresses_;
    TopTable<Prefix, SeededHash> subnets_;
    TopTable<std::string, SeededHash> accounts_;
    // Numbers of an address's row and an account's row that met.
    boost::unordered_flat_set<std::uint64_t, SeededHash> pairs_;
};

}  // namespace mailban
