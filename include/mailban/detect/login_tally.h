// LoginTally: which logins are worth a record of their own.
//
// A client that logs in to one account a hundred times a second tells nothing new each time. Of its
// logins within ten seconds the first is recorded; the next record says how many logins there were
// since. A deed of the client, or at the account, in between makes the next login worth a record,
// because it forgives what was before. Bounded: where two share a place, both are recorded more
// often.
#pragma once

#include "mailban/net/seeded_hash.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

class LoginTally {
public:
    static constexpr Duration kSpan = std::chrono::seconds(10);

    explicit LoginTally(std::uint64_t hash_seed);

    // `attempts` logins of one client to one account, told by log number `source`. How many logins
    // the record of these stands for; 0: none is to be made.
    std::uint32_t note(const IpAddress& client, std::string_view account, std::uint32_t source,
                       std::uint32_t attempts, Timestamp at);
    // Something else was recorded of the client, or the account.
    void disturb(const IpAddress& client, const std::optional<std::string>& account);

private:
    struct Entry {
        IpAddress key{};
        Timestamp at{};  // of its record
        std::uint64_t number = 0;
        std::uint32_t untold = 0;  // logins since
    };
    std::uint64_t& disturbed(const IpAddress& key);

    std::uint64_t hash_seed_;
    std::uint64_t number_ = 0;  // of records and disturbances, in their order
    std::vector<Entry> entries_;
    std::vector<std::uint64_t> disturbed_;  // when last, by client and by account
};

}  // namespace mailban
