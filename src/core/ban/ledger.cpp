#include "mailban/ban/ledger.h"

#include "mailban/net/prefix_lengths.h"

#include <algorithm>
#include <cmath>

namespace mailban {

namespace {

constexpr std::size_t kOffendersABan = 2;

// What a hoster or a provider gives to one customer, or numbers its customers in.
constexpr PrefixLengths kBlocks{24, 48};
constexpr std::size_t kCrowdOfAddresses = 129;
constexpr std::size_t kCrowdOfClients = 64;

// Whose bans are counted together to find who makes room.
constexpr PrefixLengths kNetworks{16, 32};

// An administrator's word stands; what a machine decided makes room.
constexpr bool makes_room(BanOrigin origin)
{
    return origin != BanOrigin::manual;
}

// What is looked at to find room.
constexpr std::size_t kMostBlocks = 16;

Prefix block_of(const Prefix& prefix)
{
    return kBlocks.block_of(prefix.base());
}

unsigned block_length(const Prefix& prefix)
{
    return block_of(prefix).length();
}

}  // namespace

Ledger::Ledger(Escalation escalation, std::size_t capacity, Seed seed)
    : escalation_(escalation), capacity_(std::max<std::size_t>(capacity, 1)), index_(seed)
{
}

std::uint32_t Ledger::next_level(const Prefix& prefix, Timestamp at) const
{
    const Offender* known = offender(prefix);
    if (known == nullptr || at - known->last_ban > escalation_.forget) return 1;
    return known->level + 1;
}

Duration Ledger::duration(Duration base, std::uint32_t level) const
{
    if (base >= escalation_.max || level <= 1) return base;
    const double scale = std::pow(escalation_.factor, static_cast<double>(level - 1));
    const double wanted = static_cast<double>(base.count()) * scale;
    if (wanted >= static_cast<double>(escalation_.max.count())) return escalation_.max;
    return Duration(static_cast<Duration::rep>(wanted));
}

Ledger::Network Ledger::network_of(const Prefix& prefix)
{
    const auto& bytes = prefix.base().bytes();
    const std::size_t first = prefix.is_v4() ? 12 : 0;
    Network network = prefix.is_v4() ? 1 : 0;
    const unsigned length = prefix.is_v4() ? kNetworks.ipv4 : kNetworks.ipv6;
    for (std::size_t at = first; at < first + length / 8; ++at)
        network = network << 8U | bytes[at];
    return network;
}

Ledger::Guilt Ledger::guilt_of(const Ban& ban)
{
    constexpr std::uint64_t kForEver = std::uint64_t{1} << 33U;
    constexpr std::uint64_t kBlock = std::uint64_t{1} << 32U;
    Guilt guilt;
    guilt.network = network_of(ban.prefix);
    guilt.rank = ban.level;
    if (ban.prefix.length() <= block_length(ban.prefix)) guilt.rank += kBlock;
    if (!ban.until) guilt.rank += kForEver;
    if (ban.until) guilt.length = *ban.until - ban.since;
    guilt.until = ban.until;
    guilt.key = ban.key();
    return guilt;
}

void Ledger::count(Network network, bool is_new)
{
    const auto size = sizes_.try_emplace(network, 0).first;
    by_size_.erase({size->second, network});
    if (is_new)
        ++size->second;
    else
        --size->second;
    if (size->second > 0)
        by_size_.emplace(size->second, network);
    else
        sizes_.erase(size);
}

void Ledger::enter(const Ban& ban)
{
    if (ban.until) ends_.emplace(*ban.until, ban.key());
    if (makes_room(ban.origin)) {
        guilt_.insert(guilt_of(ban));
        count(network_of(ban.prefix), true);
    }
    ++count_of(ban.origin);
    index_.add(bans_.emplace(ban.key(), ban).first->second);
    note_block_of(ban.prefix);
}

std::optional<Ban> Ledger::make_room_for(const Ban& ban)
{
    if (!by_size_.empty()) {
        const Guilt first_of_network{by_size_.rbegin()->second, 0, Duration::min(), {}, {}};
        return lift(guilt_.lower_bound(first_of_network)->key);
    }
    if (makes_room(ban.origin)) return ban;
    return ends_.empty() ? std::nullopt : lift(ends_.begin()->second);
}

std::optional<Ban> Ledger::impose(const Ban& ban)
{
    lift(ban.key());
    auto displaced = is_full() ? make_room_for(ban) : std::nullopt;
    if (!displaced || displaced->key() != ban.key()) enter(ban);
    return displaced;
}

// Visits the bans that could be merged into one of `block`, until it is told to stop.
template <class Visitor>
void Ledger::for_each_client(const Prefix& block, Visitor visit) const
{
    for (auto at = bans_.lower_bound({block, kFirstBanOrigin}); at != bans_.end(); ++at) {
        const auto& [key, ban] = *at;
        const Prefix& prefix = key.prefix;
        if (!block.contains(prefix.base())) return;
        const bool may_go = ban.origin == BanOrigin::rule && ban.until;
        if (prefix != block && block.contains(prefix) && may_go && !visit(ban)) return;
    }
}

std::optional<Prefix> Ledger::crowded_block(const Prefix& client) const
{
    const auto block = block_of(client);
    if (client.length() <= block.length()) return std::nullopt;
    std::size_t size = 0;
    const std::size_t crowd = block.is_v4() ? kCrowdOfAddresses : kCrowdOfClients;
    for_each_client(block, [&](const Ban& ban) {
        size += block.is_v4() ? std::size_t{1} << (32 - ban.prefix.length()) : 1;
        return size < crowd;
    });
    return size < crowd ? std::nullopt : std::optional(block);
}

std::size_t Ledger::clients_in(const Prefix& block, std::size_t most) const
{
    std::size_t clients = 0;
    for_each_client(block, [&](const Ban&) { return ++clients < most; });
    return clients;
}

void Ledger::note_block_of(const Prefix& client)
{
    const auto block = block_of(client);
    if (block.is_v4() || client.length() <= block.length()) return;
    if (clients_in(block, 2) == 2)
        shared_blocks_.insert(block);
    else
        shared_blocks_.erase(block);
}

std::vector<Prefix> Ledger::blocks_to_merge(const Prefix& near) const
{
    if (by_size_.empty() || by_size_.rbegin()->first < std::max<std::size_t>(capacity_ / 8, 2))
        return {};
    const Network network = by_size_.rbegin()->second;
    const auto first_ban = guilt_.lower_bound({network, 0, Duration::min(), {}, {}});
    const auto first =
        shared_blocks_.lower_bound(Prefix::of(first_ban->key.prefix.base(), kNetworks.ipv6));
    std::vector<std::pair<std::size_t, Prefix>> found;
    const auto take_from = [&](auto at) {
        for (; at != shared_blocks_.end() && network_of(*at) == network; ++at) {
            if (found.size() == kMostBlocks) return;
            found.emplace_back(clients_in(*at, kCrowdOfClients), *at);
        }
    };
    if (network_of(near) == network) take_from(shared_blocks_.lower_bound(block_of(near)));
    if (found.empty()) take_from(first);
    std::stable_sort(found.begin(), found.end(),
                     [](const auto& one, const auto& other) { return one.first > other.first; });
    std::vector<Prefix> blocks;
    blocks.reserve(found.size());
    for (const auto& [clients, block] : found)
        blocks.push_back(block);
    return blocks;
}

std::vector<Ban> Ledger::take_clients(const Prefix& block)
{
    std::vector<Prefix> clients;
    for_each_client(block, [&](const Ban& ban) {
        clients.push_back(ban.prefix);
        return true;
    });
    std::vector<Ban> taken;
    taken.reserve(clients.size());
    for (const auto& client : clients)
        taken.push_back(*lift({client, BanOrigin::rule}));
    return taken;
}

Offender Ledger::remember(const Prefix& prefix, std::uint32_t level, Timestamp at)
{
    const Offender offender{prefix, level, at};
    restore(offender);
    return offender;
}

void Ledger::restore(const Offender& offender)
{
    const auto [known, is_new] = offenders_.try_emplace(offender.prefix, offender);
    if (!is_new) last_bans_.erase({known->second.last_ban, offender.prefix});
    known->second = offender;
    last_bans_.emplace(offender.last_ban, offender.prefix);
    if (offenders_.size() <= kOffendersABan * capacity_) return;
    offenders_.erase(last_bans_.begin()->second);
    last_bans_.erase(last_bans_.begin());
}

std::vector<Prefix> Ledger::forget_offenders(const Prefix& prefix)
{
    std::vector<Prefix> forgotten;
    for (auto at = offenders_.lower_bound(prefix); at != offenders_.end(); ++at) {
        if (prefix.contains(at->first)) {
            forgotten.push_back(at->first);
        } else if (at->first.is_v4() == prefix.is_v4()) {
            break;
        }
    }
    for (const Prefix& one : forgotten) {
        const auto known = offenders_.find(one);
        last_bans_.erase({known->second.last_ban, one});
        offenders_.erase(known);
    }
    return forgotten;
}

std::optional<Ban> Ledger::lift(const BanKey& key)
{
    const auto found = bans_.find(key);
    if (found == bans_.end()) return std::nullopt;
    index_.remove(key);
    // `key` may be part of what is erased here.
    Ban ban = std::move(found->second);
    bans_.erase(found);
    --count_of(ban.origin);
    if (ban.until) ends_.erase({*ban.until, ban.key()});
    if (makes_room(ban.origin)) {
        guilt_.erase(guilt_of(ban));
        count(network_of(ban.prefix), false);
    }
    note_block_of(ban.prefix);
    return ban;
}

std::vector<Ban> Ledger::expire(Timestamp now, std::size_t most)
{
    std::vector<Ban> ended;
    while (!ends_.empty() && ends_.begin()->first <= now && ended.size() < most) {
        const BanKey key = ends_.begin()->second;
        ended.push_back(*lift(key));
    }
    return ended;
}

std::optional<Timestamp> Ledger::next_expiry() const
{
    if (ends_.empty()) return std::nullopt;
    return ends_.begin()->first;
}

const Ban* Ledger::find(const BanKey& key) const
{
    return index_.find(key);
}

const Ban* Ledger::find(const Prefix& prefix) const
{
    const Ban* last = nullptr;
    each_ban_of(prefix, [&last](const Ban& ban) {
        if (last == nullptr || ends_later(ban.until, last->until)) last = &ban;
    });
    return last;
}

std::vector<Ban> Ledger::bans_of(const Prefix& prefix) const
{
    std::vector<Ban> bans;
    each_ban_of(prefix, [&bans](const Ban& ban) { bans.push_back(ban); });
    return bans;
}

const Ban* Ledger::covering(const IpAddress& address) const
{
    const Ban* narrowest = nullptr;
    each_origin([&](BanOrigin origin) {
        const Ban* const ban = index_.covering(address, origin);
        if (ban == nullptr) return;
        const bool is_narrower =
            narrowest == nullptr || ban->prefix.length() > narrowest->prefix.length();
        const bool lasts_longer = !is_narrower && ban->prefix == narrowest->prefix &&
                                  ends_later(ban->until, narrowest->until);
        if (is_narrower || lasts_longer) narrowest = ban;
    });
    return narrowest;
}

const Ban* Ledger::covering(const IpAddress& address, BanOrigin origin) const
{
    return index_.covering(address, origin);
}

std::vector<BanKey> Ledger::around(const Prefix& prefix) const
{
    std::vector<BanKey> found;
    for (unsigned length = 0; length < prefix.length(); ++length)
        each_ban_of(Prefix::of(prefix.base(), length),
                    [&found](const Ban& ban) { found.push_back(ban.key()); });
    return found;
}

std::vector<BanKey> Ledger::inside(const Prefix& prefix, std::size_t most) const
{
    std::vector<BanKey> found;
    // IPv4 lies in the middle of IPv6's order: a block of IPv6 that holds it ends only behind it.
    for (auto ban = bans_.lower_bound({prefix, kFirstBanOrigin});
         ban != bans_.end() && found.size() < most; ++ban) {
        if (prefix.contains(ban->first.prefix)) {
            found.push_back(ban->first);
        } else if (ban->first.prefix.is_v4() == prefix.is_v4()) {
            break;
        }
    }
    return found;
}

std::vector<BanKey> Ledger::overlapping(const Prefix& prefix, std::size_t most) const
{
    auto found = around(prefix);
    for (const BanKey& key : inside(prefix, most - std::min(most, found.size())))
        found.push_back(key);
    return found;
}

const Offender* Ledger::offender(const Prefix& prefix) const
{
    const auto found = offenders_.find(prefix);
    return found == offenders_.end() ? nullptr : &found->second;
}

}  // namespace mailban
