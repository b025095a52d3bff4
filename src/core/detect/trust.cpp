#include "mailban/detect/trust.h"

#include <algorithm>

namespace mailban {

namespace {

// A login that was kept so lately is not kept again: each is in the log of events besides.
constexpr Duration kKeptAfter = std::chrono::hours(6);

constexpr auto kUsedEarlier = [](const auto& one, const auto& other) {
    return one.last < other.last;
};

}  // namespace

Trust::Trust(const TrustSettings& settings, PrefixLengths client, std::uint64_t hash_seed)
    : settings_(settings),
      client_(client),
      hash_seed_(hash_seed),
      accounts_(0, SeededHash{hash_seed})
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

const Trust::Place* Trust::find(const Places& places, const IpAddress& base) const
{
    const auto found = std::find_if(places.begin(), places.end(),
                                    [&](const Place& place) { return place.base == base; });
    return found == places.end() ? nullptr : &*found;
}

// The account's own place that was used longest ago makes room, so that nobody else's has to.
Trust::Place& Trust::place_of(Places& places, const IpAddress& base,
                              std::optional<IpAddress>& forgotten)
{
    for (Place& place : places)
        if (place.base == base) return place;
    if (places.size() < kMostPlaces) {
        ++size_;
        places.emplace_back();
    } else {
        const auto oldest = std::min_element(places.begin(), places.end(), kUsedEarlier);
        forgotten = oldest->base;
        ++forgotten_;
        std::iter_swap(oldest, places.end() - 1);
        places.back() = Place{};
    }
    places.back().base = base;
    return places.back();
}

Trust::Place& Trust::note(const IpAddress& ip, std::string_view account, Timestamp since,
                          Timestamp last, std::optional<IpAddress>& forgotten)
{
    if (size_ + 2 > settings_.capacity) make_room();
    const IpAddress base = client_.block_of(ip).base();
    const IpAddress name = account_key(account, hash_seed_);
    Account& known = accounts_[name];
    std::optional<IpAddress> network;
    widen(place_of(known.networks, settings_.network.block_of(ip).base(), network), since, last);
    const bool is_new = find(known.clients, base) == nullptr;
    Place& place = place_of(known.clients, base, forgotten);
    widen(place, since, last);
    if (forgotten) leave(*forgotten);
    Client& client = clients_[base];
    if (is_new) ++client.accounts;
    widen(client, since, last);
    note_user(client, distinct_value(name, hash_seed_), since, last);
    return place;
}

void Trust::note_user(Client& client, std::uint32_t account, Timestamp since, Timestamp last)
{
    auto& users = client.users;
    auto user = std::find_if(users.begin(), users.end(),
                             [account](const User& one) { return one.account == account; });
    if (user == users.end()) {
        if (users.size() >= kMostUsers)
            users.erase(std::min_element(users.begin(), users.end(), kUsedEarlier));
        user = users.insert(users.end(), User{account, since, last});
    }
    user->since = std::min(user->since, since);
    user->last = std::max(user->last, last);
}

// One account less has this client among its places.
void Trust::leave(const IpAddress& client)
{
    const auto found = clients_.find(client);
    if (found == clients_.end()) return;
    if (--found->second.accounts == 0) clients_.erase(found);
}

LearnedLogin Trust::learn(const IpAddress& ip, std::string_view account, Timestamp at)
{
    LearnedLogin learned;
    Place& place = note(ip, account, at, at, learned.forgotten);
    if (place.kept != Timestamp{} && place.last - place.kept < kKeptAfter) return learned;
    place.kept = place.last;
    learned.kept = KnownLogin{place.base, folded_account(account), place.since, place.last};
    return learned;
}

void Trust::restore(const KnownLogin& login)
{
    std::optional<IpAddress> forgotten;
    note(login.ip, login.account, login.since, login.last, forgotten).kept = login.last;
}

Familiarity Trust::familiarity(const IpAddress& ip, std::string_view account, Timestamp at) const
{
    const auto known = accounts_.find(account_key(account, hash_seed_));
    if (known == accounts_.end()) return Familiarity::stranger;
    const Place* client = find(known->second.clients, client_.block_of(ip).base());
    if (client != nullptr && holds(*client, at)) return Familiarity::known;
    const Place* network = find(known->second.networks, settings_.network.block_of(ip).base());
    if (network != nullptr && holds(*network, at)) return Familiarity::neighbour;
    return Familiarity::stranger;
}

bool Trust::has_owner(std::string_view account, Timestamp at) const
{
    const auto known = accounts_.find(account_key(account, hash_seed_));
    if (known == accounts_.end()) return false;
    return std::ranges::any_of(known->second.clients,
                               [&](const Place& place) { return holds(place, at); });
}

bool Trust::is_user(const IpAddress& ip, Timestamp at) const
{
    const auto client = clients_.find(client_.block_of(ip).base());
    return client != clients_.end() && holds(client->second, at);
}

std::uint32_t Trust::users_at(const IpAddress& ip, Timestamp at) const
{
    const auto client = clients_.find(client_.block_of(ip).base());
    if (client == clients_.end()) return 0;
    const auto& users = client->second.users;
    return static_cast<std::uint32_t>(std::count_if(
        users.begin(), users.end(),
        [at](const User& user) { return user.since <= at && at - user.last <= kUserFor; }));
}

bool Trust::roams(const IpAddress& ip, std::string_view account, Timestamp at) const
{
    const auto known = accounts_.find(account_key(account, hash_seed_));
    if (known == accounts_.end()) return false;
    const Prefix network = settings_.network.block_of(ip);
    const auto& clients = known->second.clients;
    const auto used = std::count_if(clients.begin(), clients.end(), [&](const Place& place) {
        return network.contains(place.base) && holds(place, at);
    });
    return static_cast<std::size_t>(used) >= kRoamingClients;
}

bool Trust::has_user_in(const Prefix& block, Timestamp at) const
{
    for (auto client = clients_.lower_bound(block.base());
         client != clients_.end() && block.contains(client->first); ++client) {
        if (holds(client->second, at)) return true;
    }
    return false;
}

// Forgets the quarter that was used longest ago, so that this is done rarely.
void Trust::make_room()
{
    std::vector<Timestamp> times;
    times.reserve(size_);
    for (const auto& [key, account] : accounts_) {
        for (const auto* const places : {&account.clients, &account.networks})
            for (const Place& place : *places)
                times.push_back(place.last);
    }
    if (times.empty()) return;
    const auto quarter = times.begin() + static_cast<std::ptrdiff_t>(times.size() / 4);
    std::nth_element(times.begin(), quarter, times.end());
    const auto is_old = [oldest = *quarter](const Place& place) { return place.last <= oldest; };
    std::size_t gone = 0;
    for (auto& [key, account] : accounts_) {
        for (const Place& place : account.clients)
            if (is_old(place)) leave(place.base);
        gone += std::erase_if(account.clients, is_old) + std::erase_if(account.networks, is_old);
    }
    erase_if(accounts_, [](const auto& known) {
        return known.second.clients.empty() && known.second.networks.empty();
    });
    size_ -= gone;
    forgotten_ += gone;
}

}  // namespace mailban
