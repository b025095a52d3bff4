#include "mailban/policy/siege.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr WindowTable::Counts kLately{1};
constexpr PrefixLengths kNetworkOfStranger{24, 48};

constexpr std::array kServiceFamilies{Service::smtp, Service::imap, Service::pop3, Service::sieve};

// Where a server does not say on which port it was, it is SMTP; and a password service that does
// not know by whom it was asked was mostly asked by an SMTP server.
Service family_of(Service service) noexcept
{
    const bool is_smtp = service == Service::submission || service == Service::unknown;
    return is_smtp ? Service::smtp : service;
}

WindowTable::Value tag_of_network(const IpAddress& ip, std::uint64_t hash_seed)
{
    return distinct_value(kNetworkOfStranger.block_of(ip).base(), hash_seed);
}

WindowTable::Counts all_of(std::size_t count)
{
    return WindowTable::Counts((1ULL << count) - 1);
}

}  // namespace

std::vector<Siege::Limit> Siege::limits_of(const std::vector<Rule>& rules)
{
    std::vector<Limit> limits;
    for (const Rule& rule : rules) {
        const bool counts = rule.by == CountBy::account &&
                            rule.on.contains(EventKind::auth_failure) &&
                            rule.mode == RuleMode::enforce;
        if (counts && limits.size() < WindowTable::kMostCounts)
            limits.push_back({rule.limit, rule.within});
    }
    return limits;
}

std::uint32_t Siege::share_of(std::uint32_t limit) noexcept
{
    constexpr std::uint32_t kShare = 4;
    return std::max<std::uint32_t>(2, (limit + kShare - 1) / kShare);
}

std::vector<WindowTable::Count> Siege::counts_of(const std::vector<Limit>& limits, bool is_share)
{
    std::vector<WindowTable::Count> counts;
    counts.reserve(limits.size());
    for (const auto& [limit, within] : limits)
        counts.push_back({.limit = is_share ? share_of(limit) : limit,
                          .within = within,
                          .of = WindowTable::Counted::values,
                          .then = WindowTable::OnceTripped::stays});
    return counts;
}

Siege::Siege(const std::vector<Rule>& rules, std::size_t tracked, PrefixLengths client,
             std::uint64_t hash_seed)
    : limits_(limits_of(rules)),
      capacity_(std::clamp<std::size_t>(tracked, 1, kMostAccounts)),
      client_(client),
      hash_seed_(hash_seed),
      accounts_(counts_of(limits_, false), capacity_, hash_seed),
      services_(counts_of(limits_, true), capacity_, hash_seed),
      lately_({{.limit = 2,
                .within = std::chrono::days(1),
                .of = WindowTable::Counted::values,
                .then = WindowTable::OnceTripped::stays}},
              capacity_, hash_seed)
{
}

IpAddress Siege::key_of(const IpAddress& account, Service service) const
{
    const auto number = static_cast<std::uint8_t>(family_of(service));
    return pair_key(IpAddress::v4(0, 0, 0, number), account, hash_seed_);
}

WindowTable::Value Siege::tag_of_client(const IpAddress& ip) const
{
    return distinct_value(client_.block_of(ip).base(), hash_seed_);
}

void Siege::note(const Event& failure, Timestamp at)
{
    if (!failure.account) return;
    const auto account = account_key(*failure.account, hash_seed_);
    const auto of_service = key_of(account, failure.service);
    lately_.hit(of_service, tag_of_network(failure.ip, hash_seed_), at, kLately);
    if (limits_.empty()) return;
    const auto tag = tag_of_client(failure.ip);
    const auto all = all_of(limits_.size());
    accounts_.hit(account, tag, at, all);
    services_.hit(of_service, tag, at, all);
}

void Siege::keep(const Event& refused, Timestamp at)
{
    if (!refused.account) return;
    const bool goes_on = is_on(*refused.account, refused.service, at);
    if (goes_on) return note(refused, at);
    const auto key = key_of(account_key(*refused.account, hash_seed_), refused.service);
    if (lately_.holds(key, kLately, at))
        lately_.hit(key, tag_of_network(refused.ip, hash_seed_), at, kLately);
}

void Siege::forgive(const IpAddress& ip, std::string_view name)
{
    const auto account = account_key(name, hash_seed_);
    const auto tag = tag_of_client(ip);
    const auto all = all_of(limits_.size());
    accounts_.forgive(account, tag, all);
    for (const Service service : kServiceFamilies) {
        services_.forgive(key_of(account, service), tag, all);
        lately_.forgive(key_of(account, service), tag_of_network(ip, hash_seed_), kLately);
    }
}

void Siege::withdraw(const Event& failure)
{
    if (!failure.account) return;
    const auto account = account_key(*failure.account, hash_seed_);
    const auto tag = tag_of_client(failure.ip);
    accounts_.take_back(account, tag, failure.time);
    for (const Service service : kServiceFamilies) {
        const auto key = key_of(account, service);
        services_.take_back(key, tag, failure.time);
        lately_.take_back(key, tag_of_network(failure.ip, hash_seed_), failure.time);
    }
}

void Siege::set_back(Timestamp at)
{
    accounts_.set_back(at);
    services_.set_back(at);
    lately_.set_back(at);
}

bool Siege::is_on(std::string_view name, Service service, Timestamp at) const
{
    if (limits_.empty()) return false;
    const auto account = account_key(name, hash_seed_);
    const auto of_service = key_of(account, service);
    for (std::size_t i = 0; i < limits_.size(); ++i) {
        WindowTable::Counts which;
        which.set(i);
        const auto limit = limits_[i].limit;
        if (accounts_.count(account, i) < limit || !accounts_.holds(account, which, at)) continue;
        if (services_.count(of_service, i) >= share_of(limit) &&
            services_.holds(of_service, which, at))
            return true;
    }
    return false;
}

bool Siege::has_other(std::string_view name, Service service, const IpAddress& ip,
                      Timestamp at) const
{
    const auto key = key_of(account_key(name, hash_seed_), service);
    return lately_.holds_other(key, tag_of_network(ip, hash_seed_), kLately, at);
}

bool Siege::counts_like(const Siege& other) const noexcept
{
    return limits_ == other.limits_ && capacity_ == other.capacity_ && client_ == other.client_ &&
           hash_seed_ == other.hash_seed_;
}

}  // namespace mailban
