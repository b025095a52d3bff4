#include "mailban/control/access.h"

#include <algorithm>

namespace mailban {

namespace {

constexpr Duration kLeastCost = std::chrono::milliseconds(1);

Duration wait_for(Duration left, const TimeBucket& bucket)
{
    if (left > Duration::zero()) return Duration::zero();
    return (Duration(1) - left) * 1000 / bucket.per_mille + Duration(1);
}

}  // namespace

Right right_of(const Peer& peer, const Administrators& administrators) noexcept
{
    if (peer.user == 0 || peer.user == administrators.user) return Right::change;
    const bool is_admin =
        administrators.admins && std::find(peer.groups.begin(), peer.groups.end(),
                                           *administrators.admins) != peer.groups.end();
    return is_admin ? Right::change : Right::read;
}

Duration RateLimit::left_at(const Account& account, const TimeBucket& bucket, Duration now)
{
    const Duration passed = std::clamp(now - account.at, Duration::zero(), Duration::max() / 1000);
    return std::min(bucket.most, account.left + passed * bucket.per_mille / 1000);
}

void RateLimit::take(Account& account, const TimeBucket& bucket, Duration cost, Duration now)
{
    account = {left_at(account, bucket, now) - cost, now};
}

Duration RateLimit::wait_of(std::uint32_t user, Duration now) const
{
    Duration wait{};
    const auto found = users_.find(user);
    if (found != users_.end())
        wait = wait_for(left_at(found->second, settings_.user, now), settings_.user);
    if (all_) wait = std::max(wait, wait_for(left_at(*all_, settings_.all, now), settings_.all));
    return wait;
}

void RateLimit::charge(std::uint32_t user, Duration took, Duration now)
{
    const Duration cost = std::max(took, kLeastCost);
    if (!all_) all_ = Account{settings_.all.most, now};
    take(*all_, settings_.all, cost, now);
    if (!users_.contains(user)) forget_the_rested(now);
    // Whoever finds no place here is still held by what all of them may take.
    if (users_.size() >= kMostUsers && !users_.contains(user)) return;
    const auto account = users_.try_emplace(user, Account{settings_.user.most, now}).first;
    take(account->second, settings_.user, cost, now);
}

void RateLimit::forget_the_rested(Duration now)
{
    if (users_.size() < kMostUsers) return;
    std::erase_if(users_, [&](const auto& entry) {
        return left_at(entry.second, settings_.user, now) >= settings_.user.most;
    });
}

}  // namespace mailban
