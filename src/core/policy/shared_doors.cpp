#include "mailban/policy/shared_doors.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <vector>

namespace mailban {

namespace {

constexpr Duration kCountedFor = std::chrono::days(1);
constexpr WindowTable::Counts kOnly{1};  // each table has one count

WindowTable table_of(std::uint32_t limit, WindowTable::Counted of, std::size_t capacity,
                     std::uint64_t hash_seed)
{
    const WindowTable::Count count{limit, kCountedFor, of, WindowTable::OnceTripped::stays};
    return WindowTable({count}, std::max<std::size_t>(capacity, 1), hash_seed);
}

}  // namespace

SharedDoors::SharedDoors(std::size_t tracked, PrefixLengths client, PrefixLengths network,
                         std::uint64_t hash_seed)
    : client_(client),
      network_(network),
      hash_seed_(hash_seed),
      networks_(table_of(kMostAccounts, WindowTable::Counted::values, tracked, hash_seed)),
      pairs_(table_of(kMostOfNeighbour, WindowTable::Counted::events, tracked, hash_seed))
{
}

IpAddress SharedDoors::pair_of(const IpAddress& ip, std::string_view account) const
{
    return pair_key(client_.block_of(ip).base(), account_key(account, hash_seed_), hash_seed_);
}

void SharedDoors::note(const Event& failure, std::uint32_t attempts, Who who, Timestamp at)
{
    if (!failure.account) return;
    pairs_.hit(pair_of(failure.ip, *failure.account), 0, at, kOnly, attempts);
    if (who != Who::stranger) return;
    const auto account = distinct_value(account_key(*failure.account, hash_seed_), hash_seed_);
    networks_.hit(network_.block_of(failure.ip).base(), account, at, kOnly);
}

void SharedDoors::forgive(const IpAddress& ip, std::string_view name)
{
    pairs_.forget(pair_of(ip, name));
    networks_.forgive(network_.block_of(ip).base(),
                      distinct_value(account_key(name, hash_seed_), hash_seed_), kOnly);
}

void SharedDoors::withdraw(const Event& failure)
{
    if (!failure.account) return;
    pairs_.take_back(pair_of(failure.ip, *failure.account), 0, failure.time);
    networks_.take_back(network_.block_of(failure.ip).base(),
                        distinct_value(account_key(*failure.account, hash_seed_), hash_seed_),
                        failure.time);
}

void SharedDoors::keep(const Event& refused, Timestamp at)
{
    if (!refused.account || !is_guessed_from(refused.ip, at)) return;
    networks_.hit(network_.block_of(refused.ip).base(),
                  distinct_value(account_key(*refused.account, hash_seed_), hash_seed_), at, kOnly);
}

void SharedDoors::set_back(Timestamp at)
{
    networks_.set_back(at);
    pairs_.set_back(at);
}

bool SharedDoors::is_guessed_from(const IpAddress& ip, Timestamp at) const
{
    const auto network = network_.block_of(ip).base();
    return networks_.count(network, 0) >= kMostAccounts && networks_.holds(network, kOnly, at);
}

std::size_t SharedDoors::failures(const IpAddress& ip, std::string_view account, Timestamp at) const
{
    const auto pair = pair_of(ip, account);
    return pairs_.holds(pair, kOnly, at) ? pairs_.count(pair, 0) : 0;
}

bool SharedDoors::counts_like(const SharedDoors& other) const noexcept
{
    return client_ == other.client_ && network_ == other.network_ && hash_seed_ == other.hash_seed_;
}

}  // namespace mailban
