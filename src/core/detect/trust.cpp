#include "mailban/detect/trust.h"

#include <algorithm>

namespace mailban {

namespace {

// A login that was kept so lately is not kept again: each is in the log of events besides.
constexpr Duration kKeptAfter = std::chrono::hours(6);

}  // namespace

Trust::Trust(const TrustSettings& settings, PrefixLengths client, std::uint64_t hash_seed)
    : settings_(settings), client_(client), hash_seed_(hash_seed), pairs_(0, SeededHash{hash_seed})
{
}

template <class Known>
bool Trust::holds(const Known& known, Timestamp at) const
{
    return known.since <= at && at - known.last <= settings_.keep;
}

void Trust::widen(Span& span, Timestamp since, Timestamp last) const
{
    const bool is_new = span.last == Timestamp{};
    if (is_new || since - span.last > settings_.keep) {
        span = {since, last};
        return;
    }
    span.since = std::min(span.since, since);
    span.last = std::max(span.last, last);
}

void Trust::note(const IpAddress& ip, std::string_view account, Timestamp since, Timestamp last)
{
    if (pairs_.size() + 2 > settings_.capacity || users_.size() + 1 > settings_.capacity)
        make_room();
    const IpAddress client = client_.block_of(ip).base();
    const IpAddress network = settings_.network.block_of(ip).base();
    const IpAddress name = account_key(account, hash_seed_);
    widen(pairs_[pair_key(network, name, ~hash_seed_)], since, last);
    widen(pairs_[pair_key(client, name, hash_seed_)], since, last);
    widen(users_[client], since, last);
}

std::optional<KnownLogin> Trust::learn(const IpAddress& ip, std::string_view account, Timestamp at)
{
    note(ip, account, at, at);
    const IpAddress client = client_.block_of(ip).base();
    Pair& pair = pairs_[pair_key(client, account_key(account, hash_seed_), hash_seed_)];
    if (pair.kept != Timestamp{} && pair.last - pair.kept < kKeptAfter) return std::nullopt;
    pair.kept = pair.last;
    return KnownLogin{client, folded_account(account), pair.since, pair.last};
}

void Trust::restore(const KnownLogin& login)
{
    note(login.ip, login.account, login.since, login.last);
    const auto key = pair_key(client_.block_of(login.ip).base(),
                              account_key(login.account, hash_seed_), hash_seed_);
    pairs_[key].kept = login.last;
}

Familiarity Trust::familiarity(const IpAddress& ip, std::string_view account, Timestamp at) const
{
    const IpAddress name = account_key(account, hash_seed_);
    const auto client = pairs_.find(pair_key(client_.block_of(ip).base(), name, hash_seed_));
    if (client != pairs_.end() && holds(client->second, at)) return Familiarity::known;
    const auto network =
        pairs_.find(pair_key(settings_.network.block_of(ip).base(), name, ~hash_seed_));
    if (network != pairs_.end() && holds(network->second, at)) return Familiarity::neighbour;
    return Familiarity::stranger;
}

bool Trust::is_user(const IpAddress& ip, Timestamp at) const
{
    const auto user = users_.find(client_.block_of(ip).base());
    return user != users_.end() && holds(user->second, at);
}

bool Trust::has_user_in(const Prefix& block, Timestamp at) const
{
    for (auto user = users_.lower_bound(block.base());
         user != users_.end() && block.contains(user->first); ++user) {
        if (holds(user->second, at)) return true;
    }
    return false;
}

// Forgets the quarter that was used longest ago, so that this is done rarely.
void Trust::make_room()
{
    std::vector<Timestamp> times;
    times.reserve(pairs_.size());
    for (const auto& [key, pair] : pairs_)
        times.push_back(pair.last);
    const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
    std::nth_element(times.begin(), quarter, times.end());
    const Timestamp oldest = quarter == times.end() ? Timestamp::max() : *quarter;
    forgotten_ += erase_if(pairs_, [&](const auto& pair) { return pair.second.last <= oldest; });
    std::erase_if(users_, [&](const auto& user) { return user.second.last <= oldest; });
}

}  // namespace mailban
