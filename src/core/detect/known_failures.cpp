#include "mailban/detect/known_failures.h"

#include "mailban/detect/account.h"
#include "mailban/detect/detector.h"
#include "mailban/detect/password_tag.h"

#include <array>

namespace mailban {

namespace {

constexpr Duration kOneDay = std::chrono::days(1);
constexpr std::size_t kUsersWatched = 100'000;
// A failure without a name may be one at anybody's account.
constexpr std::uint32_t kUnnamedWeight = 2;
constexpr std::uint32_t kGuestAccounts = 4;  // as many as `spraying` allows a stranger

constexpr WindowTable::Counts kOnly{1};
constexpr auto kStays = WindowTable::OnceTripped::stays;
constexpr auto kStartsAnew = WindowTable::OnceTripped::starts_anew;

enum UserCount : std::size_t { too_many, worth_telling };
constexpr WindowTable::Counts kUserCounts{3};

// Of a guest: failures, different accounts, attempts that a summary does not name.
constexpr WindowTable::Counts kUnnamed{1};
constexpr WindowTable::Counts kNamed{3};
constexpr WindowTable::Counts kSummary{4};

std::vector<WindowTable::Count> guest_counts(const TrustSettings& trust)
{
    return {{trust.neighbour_limit, trust.neighbour_within, WindowTable::Counted::marks, kStays},
            {kGuestAccounts, kOneDay, WindowTable::Counted::values, kStays, kWho},
            {KnownFailures::kFourfold * trust.neighbour_limit, trust.neighbour_within,
             WindowTable::Counted::events, kStays}};
}

}  // namespace

KnownFailures::KnownFailures(const TrustSettings& settings, PrefixLengths client,
                             std::uint64_t hash_seed)
    : settings_(settings),
      client_(client),
      hash_seed_(hash_seed),
      suspected_({{settings.limit, settings.within, WindowTable::Counted::marks, kStartsAnew}},
                 kUsersWatched, hash_seed),
      users_(
          {{settings.stale_limit, settings.stale_within, WindowTable::Counted::events, kStartsAnew},
           {kStaleAfter, kOneDay, WindowTable::Counted::events, kStays}},
          kUsersWatched, hash_seed),
      guests_(guest_counts(settings), kUsersWatched, hash_seed),
      guest_networks_({{kFourfold * settings.neighbour_limit, settings.neighbour_within,
                        WindowTable::Counted::marks, kStays}},
                      kUsersWatched, hash_seed),
      forgiven_({{kForgiven, kOneDay, WindowTable::Counted::events, kStays}}, kUsersWatched,
                hash_seed)
{
}

IpAddress KnownFailures::client_of(const Event& event) const
{
    return client_.block_of(event.ip).base();
}

IpAddress KnownFailures::account_of(const Event& event) const
{
    return event.account ? account_key(*event.account, hash_seed_) : IpAddress{};
}

IpAddress KnownFailures::pair_of(const Event& event) const
{
    return pair_key(client_of(event), account_of(event), hash_seed_);
}

IpAddress KnownFailures::network_of(const Event& event) const
{
    return settings_.network.block_of(event.ip).base();
}

KnownFailures::Reached KnownFailures::note_user(const Event& event, std::uint32_t attempts,
                                                Timestamp at, std::uint32_t scale)
{
    const IpAddress pair = pair_of(event);
    const auto tried = password_tag(IpAddress{}, event.password, hash_seed_);
    const auto reached = users_.hit(pair, tried, at, kUserCounts, attempts);
    return {.limit = suspected_.hit(pair, tried, at, kOnly, attempts, scale).any(),
            .stale_limit = reached.test(too_many),
            .incident = reached.test(worth_telling)};
}

KnownFailures::GuestLimit KnownFailures::note_guest(const Event& event, std::uint32_t attempts,
                                                    Timestamp at, std::uint32_t scale, bool is_user)
{
    const bool is_summary = !event.account && event.reporter == Reporter::summary;
    const std::uint32_t weight = event.account || is_summary ? 1 : kUnnamedWeight;
    const auto which = event.account ? kNamed : is_summary ? kSummary : kUnnamed;
    const auto tried = password_tag(account_of(event), event.password, hash_seed_);
    const auto reached = guests_.hit(client_of(event), tried, at, which, attempts * weight, scale);
    // Behind an address of users, a telephone with an old password is one of many.
    const bool counts_for_network = event.account && !is_user;
    if (counts_for_network &&
        guest_networks_.hit(network_of(event), tried, at, kOnly, attempts).any())
        return GuestLimit::fourfold;
    if ((reached & kSummary).any()) return GuestLimit::fourfold;
    return reached.any() ? GuestLimit::single : GuestLimit::none;
}

bool KnownFailures::is_stale(const Event& event) const
{
    return users_.count(pair_of(event), worth_telling) >= kStaleAfter;
}

bool KnownFailures::may_forgive(const Event& login, Timestamp at) const
{
    const IpAddress pair = pair_of(login);
    const auto count_at = [&](const WindowTable& windows) {
        return windows.holds(pair, kOnly, at) ? windows.count(pair, 0) : 0;
    };
    const std::size_t before = count_at(forgiven_);
    return before < kForgiven && before + count_at(users_) <= kForgiven;
}

void KnownFailures::forgive(const Event& login, Timestamp at, std::uint32_t more)
{
    const IpAddress pair = pair_of(login);
    suspected_.forgive(pair, 0, kOnly, 0);
    std::uint32_t forgiven = users_.forgive(pair, 0, WindowTable::Counts().set(too_many), 0);
    const auto tried = password_tag(account_of(login), std::nullopt, hash_seed_);
    forgiven += guests_.forgive(client_of(login), tried, kNamed, kWho) + more;
    if (forgiven > 0) forgiven_.hit(pair, 0, at, kOnly, forgiven);
}

void KnownFailures::withdraw(const Event& failure)
{
    const auto by_user = password_tag(IpAddress{}, failure.password, hash_seed_);
    for (WindowTable* const windows : {&users_, &suspected_})
        windows->take_back(pair_of(failure), by_user, failure.time);
    const auto by_guest = password_tag(account_of(failure), failure.password, hash_seed_);
    guests_.take_back(client_of(failure), by_guest, failure.time);
    guest_networks_.take_back(network_of(failure), by_guest, failure.time);
}

void KnownFailures::learn_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    if (!event.password) return;
    const auto amend = [&](WindowTable& windows, const IpAddress& key, const IpAddress& who) {
        const auto before = password_tag(who, std::nullopt, hash_seed_);
        const auto after = password_tag(who, event.password, hash_seed_);
        windows.amend(key, before, after, at - Detector::kSlack);
    };
    for (std::uint32_t each = 0; each < attempts; ++each) {
        amend(suspected_, pair_of(event), IpAddress{});
        amend(guests_, client_of(event), account_of(event));
        amend(guest_networks_, network_of(event), account_of(event));
    }
}

void KnownFailures::set_back(Timestamp at)
{
    for (WindowTable* const windows :
         {&suspected_, &users_, &guests_, &guest_networks_, &forgiven_})
        windows->set_back(at);
}

}  // namespace mailban
