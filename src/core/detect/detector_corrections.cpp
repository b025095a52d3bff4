// What was observed and turns out to be otherwise: another password, a success, no attempt at all.
#include "mailban/detect/detector.h"
#include "mailban/detect/password_tag.h"

#include <algorithm>
#include <limits>

namespace mailban {

void Detector::learn_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    if (!event.password || !event.account) return;
    const CountedAttempt before = counted_attempt(event.ip, event.account);
    CountedAttempt after = before;
    after.password = event.password;
    CountedAttempt nobody = before;  // as which an attempt was counted whose account was not told
    nobody.account.reset();
    for (Group& group : groups_) {
        if (group.tag != TagKind::password) continue;
        const auto key = key_of(group, before);
        for (std::uint32_t told = 0; told < attempts; ++told) {
            const auto amend = [&](const CountedAttempt& from) {
                return group.windows().amend(key, try_of(group, from), try_of(group, after),
                                             at - kSlack, group.counts());
            };
            if (!amend(before)) amend(nobody);
        }
    }
}

std::uint32_t Detector::forgive(const IpAddress& ip, std::string_view account, Timestamp at)
{
    const CountedAttempt done = counted_attempt(ip, account);
    std::uint32_t most = 0;
    for (Group& group : groups_) {
        const auto which = counting(group, EventKind::auth_failure, true);
        if (which.none()) continue;
        // A client that failed elsewhere, too, still is one of its block's.
        if (group.by == CountBy::subnet && group.tag == TagKind::client && suspects(ip, at))
            continue;
        const auto forgiven =
            group.windows().forgive(key_of(group, done), distinct_value(group, done), which,
                                    group.tag == TagKind::password ? kWho : ~WindowTable::Value{});
        if (group.by == CountBy::ip) most = std::max(most, forgiven);
        if (group.repeated)
            group.repeated->forgive(key_of(group, done),
                                    mailban::distinct_value(done.client, hash_seed_), kOnlyCount);
    }
    return most;
}

Detector::Forgivable Detector::forgivable(const IpAddress& ip, std::string_view account) const
{
    const CountedAttempt done = counted_attempt(ip, account);
    Forgivable found{0, std::numeric_limits<std::uint32_t>::max()};
    for (const Group& group : groups_) {
        const auto which = counting(group, EventKind::auth_failure, true);
        if (group.by != CountBy::ip || which.none()) continue;
        const auto mask = group.tag == TagKind::password ? kWho : ~WindowTable::Value{};
        const auto count = [&](WindowTable::Counts counts) {
            return group.windows().count_alike(key_of(group, done), distinct_value(group, done),
                                               counts, mask);
        };
        found.most = std::max(found.most, count(which));
        for (std::size_t i = 0; i < group.rules.size(); ++i)
            if (which.test(i)) found.least = std::min(found.least, count(kOnlyCount << i));
    }
    found.least = std::min(found.least, found.most);
    return found;
}

void Detector::withdraw(const Event& failure, const Prefix& network)
{
    CountedAttempt done = counted_attempt(failure.ip, failure.account);
    if (done.account) done.password = failure.password;
    for (Group& group : groups_) {
        const bool by_account = group.by == CountBy::account;
        // As what it was counted, whatever its line was.
        const auto which = counting(group, EventKind::auth_failure, done.account.has_value());
        if (which.none()) continue;
        const auto key = key_of(group, done);
        const auto take_back = [&](WindowTable::Value tag) {
            return group.windows().take_back(key, tag, failure.time, which);
        };
        if (take_back(distinct_value(group, done)) || !done.account) continue;
        if (counts_addresses(group))
            take_back(
                mailban::distinct_value(by_account ? network.base() : *done.account, hash_seed_));
    }
}

void Detector::set_back(Timestamp at)
{
    for (Group& group : groups_) {
        group.windows().set_back(at);
        if (group.repeated) group.repeated->set_back(at);
    }
}

}  // namespace mailban
