#include "mailban/survey/survey.h"

#include "mailban/detect/attempts.h"

namespace mailban {

namespace {

Prefix subnet_of(const IpAddress& ip)
{
    return Prefix::of(ip, ip.is_v4() ? 24 : 64);
}

}  // namespace

Survey::Survey(std::uint64_t hash_seed, std::size_t room)
    : room_(room),
      deduplicator_(Seed{hash_seed}, room),
      addresses_(room, SeededHash{hash_seed}),
      subnets_(room, SeededHash{hash_seed}),
      accounts_(room, SeededHash{hash_seed}),
      pairs_(0, SeededHash{hash_seed})
{
}

void Survey::add(const Event& event, std::uint32_t log)
{
    if (event.reporter == Reporter::copy) return add_counted(event, 0);
    const auto admission = deduplicator_.weigh(event, log);
    add_counted(event, admission.fresh);
    if (admission.withdrawn) take_back(*admission.withdrawn);
}

// Rows may have been forgotten since.
void Survey::take_back(const Event& failure)
{
    const auto lower = [](std::uint64_t& attempts) {
        attempts -= std::min<std::uint64_t>(attempts, 1);
    };
    lower(found_.kinds[static_cast<std::size_t>(failure.kind)].attempts);
    const auto hour =
        std::chrono::floor<std::chrono::hours>(failure.time).time_since_epoch().count();
    if (const auto found = hours_.find(hour); found != hours_.end()) lower(found->second);
    lower(addresses_.row_of(failure.ip, failure.time).first.attempts);
    lower(subnets_.row_of(subnet_of(failure.ip), failure.time).first.attempts);
    if (failure.account) lower(account_row(failure).attempts);
}

void Survey::add_counted(const Event& event, std::uint32_t attempts)
{
    if (event.reporter == Reporter::copy) {
        ++found_.copies;
        return;
    }
    add_totals(event, attempts);
    add_rows(event, attempts);
}

void Survey::add_totals(const Event& event, std::uint32_t attempts)
{
    ++found_.events;
    found_.first = std::min(found_.first.value_or(event.time), event.time);
    found_.last = std::max(found_.last.value_or(event.time), event.time);
    auto& kind = found_.kinds[static_cast<std::size_t>(event.kind)];
    ++kind.events;
    kind.attempts += attempts;
    ++replies_[event.reply ? event.reply->value() : std::uint16_t{0}];
    if (event.kind == EventKind::auth_failure && attempts > 0) add_hour(event.time, attempts);
}

void Survey::add_hour(Timestamp at, std::uint32_t attempts)
{
    const auto hour = std::chrono::floor<std::chrono::hours>(at).time_since_epoch().count();
    const auto found = hours_.find(hour);
    if (found != hours_.end()) {
        found->second += attempts;
    } else if (hours_.size() < kMostHours) {
        hours_.emplace(hour, attempts);
    } else {
        found_.forgotten.hours += attempts;
    }
}

void Survey::add_rows(const Event& event, std::uint32_t attempts)
{
    auto [address, is_new] = addresses_.row_of(event.ip, event.time);
    add_to(address, event, attempts);
    auto& subnet = subnets_.row_of(subnet_of(event.ip), event.time).first;
    add_to(subnet, event, attempts);
    if (is_new) ++subnet.partners;
    if (!event.account) return;
    auto& account = account_row(event);
    // Of several attempts that a summary tells of, the account is the last one's.
    add_to(account, event, named_attempts(event, attempts));
    if (event.kind == EventKind::auth_failure) add_pair(address, account);
}

TopRow& Survey::account_row(const Event& event)
{
    const auto& name = *event.account;
    if (name.size() <= kLongestAccount) return accounts_.row_of(name, event.time).first;
    return accounts_.row_of(name.substr(0, kLongestAccount), event.time).first;
}

void Survey::add_pair(TopRow& address, TopRow& account)
{
    const auto pair = (static_cast<std::uint64_t>(address.number) << 32U) | account.number;
    if (pairs_.contains(pair)) return;
    if (pairs_.size() >= 4 * room_) {
        ++found_.forgotten.pairs;
        return;
    }
    pairs_.insert(pair);
    ++address.partners;
    ++account.partners;
}

Findings Survey::findings(std::size_t top) const
{
    Findings all = found_;
    for (const auto& [code, events] : replies_) {
        const auto told = code == 0 ? std::nullopt : std::optional(code);
        all.replies.push_back({told, events});
    }
    for (const auto& [hour, attempts] : hours_)
        all.hours.push_back({Timestamp(std::chrono::hours(hour)), attempts});
    all.addresses = addresses_.worst(top);
    all.subnets = subnets_.worst(top);
    all.accounts = accounts_.worst(top);
    all.distinct_addresses = addresses_.size();
    all.distinct_subnets = subnets_.size();
    all.distinct_accounts = accounts_.size();
    all.forgotten.addresses = addresses_.forgotten();
    all.forgotten.subnets = subnets_.forgotten();
    all.forgotten.accounts = accounts_.forgotten();
    return all;
}

}  // namespace mailban
