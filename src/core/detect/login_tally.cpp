#include "mailban/detect/login_tally.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <limits>

namespace mailban {

namespace {

constexpr std::size_t kPlaces = 4096;

}  // namespace

LoginTally::LoginTally(std::uint64_t hash_seed)
    : hash_seed_(hash_seed), entries_(kPlaces), disturbed_(kPlaces)
{
}

std::uint64_t& LoginTally::disturbed(const IpAddress& key)
{
    return disturbed_[SeededHash{hash_seed_}(key) % kPlaces];
}

std::uint32_t LoginTally::note(const IpAddress& client, std::string_view account,
                               std::uint32_t source, std::uint32_t attempts, Timestamp at)
{
    const IpAddress name = account_key(account, hash_seed_);
    const IpAddress key = pair_key(client, name, hash_seed_ + source);
    Entry& entry = entries_[SeededHash{hash_seed_}(key) % kPlaces];
    const bool is_known = entry.number > 0 && entry.key == key;
    const std::uint64_t last = std::max(disturbed(client), disturbed(name));
    const bool is_lately = at >= entry.at && at - entry.at < kSpan;
    if (is_known && is_lately && last < entry.number) {
        constexpr auto kMost = std::numeric_limits<std::uint32_t>::max();
        entry.untold += std::min(attempts, kMost - entry.untold);
        return 0;
    }
    const std::uint32_t untold = is_known ? entry.untold : 0;
    entry = {key, at, ++number_, 0};
    return attempts + std::min(untold, std::numeric_limits<std::uint32_t>::max() - attempts);
}

void LoginTally::disturb(const IpAddress& client, const std::optional<std::string>& account)
{
    ++number_;
    disturbed(client) = number_;
    if (account) disturbed(account_key(*account, hash_seed_)) = number_;
}

}  // namespace mailban
