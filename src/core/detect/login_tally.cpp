#include "mailban/detect/login_tally.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <limits>

namespace mailban {

namespace {

std::uint32_t sum(std::uint32_t one, std::uint32_t other)
{
    return one + std::min(other, std::numeric_limits<std::uint32_t>::max() - one);
}

void add(TalliedLogin& login, const TalliedLogin& more)
{
    login.event.attempts = sum(login.event.attempts, more.event.attempts);
    login.counted = sum(login.counted, more.counted);
}

// What of a login says nothing once it stands for many.
void forget_details(Event& event)
{
    event.client_port.reset();
    event.local_port.reset();
    event.pid.reset();
    event.session.reset();
}

}  // namespace

LoginTally::LoginTally(std::uint64_t hash_seed)
    : hash_seed_(hash_seed), pairs_(0, SeededHash{hash_seed}), by_whom_(0, SeededHash{hash_seed})
{
}

bool LoginTally::is_worth_a_record(const Pair& pair, Timestamp at) const
{
    const Duration since = at - pair.recorded;
    // The clock was set back, or the log is another one's.
    if (since < Duration::zero() || since >= kSpan) return true;
    if (since < kShortSpan) return false;
    return !last_record_ || at < *last_record_ || at - *last_record_ >= kBetweenRecords;
}

std::vector<TalliedLogin> LoginTally::note(const IpAddress& client, TalliedLogin login)
{
    const Timestamp at = login.event.time;
    const IpAddress account = account_key(*login.event.account, hash_seed_);
    // What another line has told already is tallied apart.
    const std::uint64_t reporter = 2 * std::uint64_t{login.source} + (login.counted == 0 ? 1 : 0);
    const Key key = pair_key(client, account, hash_seed_ + reporter);
    const auto known = pairs_.find(key);
    if (known != pairs_.end() && !is_worth_a_record(known->second, at)) {
        TalliedLogin& waiting = known->second.login;
        add(login, waiting);
        waiting = std::move(login);
        forget_details(waiting.event);
        return {};
    }
    std::vector<TalliedLogin> recorded;
    if (known != pairs_.end()) settle(known, recorded);
    if (!recorded.empty()) add(login, recorded.front());
    recorded.clear();
    if (pairs_.size() >= kMostPairs) settle(pairs_.find(by_time_.begin()->second), recorded);
    last_record_ = at;
    Pair pair{client, account, login, at};
    pair.login.event.attempts = pair.login.counted = 0;
    insert(key, std::move(pair));
    recorded.push_back(std::move(login));
    return recorded;
}

void LoginTally::insert(const Key& key, Pair pair)
{
    by_time_.emplace(pair.recorded, key);
    for (const IpAddress& who : {pair.client, pair.account})
        by_whom_.try_emplace(who, 0, SeededHash{hash_seed_}).first->second.insert(key);
    pairs_.emplace(key, std::move(pair));
}

void LoginTally::settle(Pairs::iterator pair, std::vector<TalliedLogin>& settled)
{
    auto& [key, known] = *pair;
    by_time_.erase({known.recorded, key});
    forget(known.client, key);
    forget(known.account, key);
    if (known.login.event.attempts > 0) settled.push_back(std::move(known.login));
    pairs_.erase(pair);
}

void LoginTally::forget(const IpAddress& who, const Key& key)
{
    const auto keys = by_whom_.find(who);
    keys->second.erase(key);
    if (keys->second.empty()) by_whom_.erase(keys);
}

void LoginTally::settle_of(const IpAddress& who, std::vector<TalliedLogin>& settled)
{
    for (auto found = by_whom_.find(who); found != by_whom_.end(); found = by_whom_.find(who))
        settle(pairs_.find(*found->second.begin()), settled);
}

std::vector<TalliedLogin> LoginTally::settle(const IpAddress& client,
                                             const std::optional<std::string>& account)
{
    std::vector<TalliedLogin> settled;
    settle_of(client, settled);
    if (account) settle_of(account_key(*account, hash_seed_), settled);
    return settled;
}

std::vector<TalliedLogin> LoginTally::settle_due(Timestamp now, std::size_t most)
{
    std::vector<TalliedLogin> settled;
    for (; most > 0 && !by_time_.empty(); --most) {
        const auto& [recorded, key] = *by_time_.begin();
        if (now - recorded < kSpan) break;
        settle(pairs_.find(key), settled);
    }
    return settled;
}

std::vector<TalliedLogin> LoginTally::settle_all()
{
    std::vector<TalliedLogin> settled;
    while (!by_time_.empty())
        settle(pairs_.find(by_time_.begin()->second), settled);
    return settled;
}

}  // namespace mailban
