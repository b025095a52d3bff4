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

constexpr Watch::Counts kOnly{1};
constexpr auto kStays = Watch::OnceTripped::stays;
constexpr auto kStartsAnew = Watch::OnceTripped::starts_anew;

enum UserCount : std::size_t { too_many, worth_telling };
constexpr Watch::Counts kUserCounts{3};

// Of a guest: failures, different accounts, attempts that a summary does not name.
constexpr Watch::Counts kUnnamed{1};
constexpr Watch::Counts kNamed{3};
constexpr Watch::Counts kSummary{4};

std::vector<Watch::Count> guest_counts(const TrustSettings& trust)
{
    return {{trust.neighbour_limit, trust.neighbour_within, Watch::Of::marks, kStays},
            {kGuestAccounts, kOneDay, Watch::Of::tags, kStays, kWho},
            {KnownFailures::kFourfold * trust.neighbour_limit, trust.neighbour_within,
             Watch::Of::events, kStays}};
}

}  // namespace

KnownFailures::KnownFailures(const TrustSettings& settings, PrefixLengths client,
                             std::uint64_t hash_seed)
    : settings_(settings),
      client_(client),
      hash_seed_(hash_seed),
      suspected_({{settings.limit, settings.within, Watch::Of::marks, kStartsAnew}}, kUsersWatched,
                 hash_seed),
      users_({{settings.stale_limit, settings.stale_within, Watch::Of::events, kStartsAnew},
              {kStaleAfter, kOneDay, Watch::Of::events, kStays}},
             kUsersWatched, hash_seed),
      guests_(guest_counts(settings), kUsersWatched, hash_seed),
      guest_networks_({{kFourfold * settings.neighbour_limit, settings.neighbour_within,
                        Watch::Of::marks, kStays}},
                      kUsersWatched, hash_seed),
      forgiven_({{kForgiven, kOneDay, Watch::Of::events, kStays}}, kUsersWatched, hash_seed)
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
    const bool is_summary = !event.account && event.teller == Teller::summary;
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
    const auto count_at = [&](const Watch& watch) {
        return watch.holds(pair, kOnly, at) ? watch.count(pair, 0) : 0;
    };
    const std::size_t before = count_at(forgiven_);
    return before < kForgiven && before + count_at(users_) <= kForgiven;
}

void KnownFailures::forgive(const Event& login, Timestamp at, std::uint32_t more)
{
    const IpAddress pair = pair_of(login);
    suspected_.forgive(pair, 0, kOnly, 0);
    std::uint32_t forgiven = users_.forgive(pair, 0, Watch::Counts().set(too_many), 0);
    const auto tried = password_tag(account_of(login), std::nullopt, hash_seed_);
    forgiven += guests_.forgive(client_of(login), tried, kNamed, kWho) + more;
    if (forgiven > 0) forgiven_.hit(pair, 0, at, kOnly, forgiven);
}

void KnownFailures::withdraw(const Event& failure)
{
    const auto by_user = password_tag(IpAddress{}, failure.password, hash_seed_);
    for (Watch* const watch : {&users_, &suspected_})
        watch->take_back(pair_of(failure), by_user, failure.time);
    const auto by_guest = password_tag(account_of(failure), failure.password, hash_seed_);
    guests_.take_back(client_of(failure), by_guest, failure.time);
    guest_networks_.take_back(network_of(failure), by_guest, failure.time);
}

void KnownFailures::tell_password(const Event& event, std::uint32_t attempts, Timestamp at)
{
    if (!event.password) return;
    const auto retag = [&](Watch& watch, const IpAddress& key, const IpAddress& who) {
        const auto before = password_tag(who, std::nullopt, hash_seed_);
        const auto after = password_tag(who, event.password, hash_seed_);
        watch.retag(key, before, after, at - Detector::kSlack);
    };
    for (std::uint32_t each = 0; each < attempts; ++each) {
        retag(suspected_, pair_of(event), IpAddress{});
        retag(guests_, client_of(event), account_of(event));
        retag(guest_networks_, network_of(event), account_of(event));
    }
}

void KnownFailures::set_back(Timestamp at)
{
    for (Watch* const watch : {&suspected_, &users_, &guests_, &guest_networks_, &forgiven_})
        watch->set_back(at);
}

}  // namespace mailban
