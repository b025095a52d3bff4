#include "mailban/ban/allowlist.h"

#include "mailban/time/local_text.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

constexpr std::array<std::string_view, 9> kOrigins{
    "loopback", "own address", "default gateway", "container network", "proxy", "configuration",
    "file",     "host name",   "by hand"};

// The largest private block of IPv4 is a /8. IPv6's registries give to whole providers a /20 or so.
constexpr unsigned kWidestV4 = 8;
constexpr unsigned kWidestV6 = 16;

std::vector<Allowed> entries_of(AllowOrigin origin, const PrefixSet& prefixes)
{
    std::vector<Allowed> entries;
    for (const Prefix& prefix : prefixes.prefixes()) {
        entries.emplace_back();
        entries.back().prefix = prefix;
        entries.back().origin = origin;
    }
    return entries;
}

}  // namespace

std::string_view to_string(AllowOrigin origin) noexcept
{
    return kOrigins[static_cast<std::size_t>(origin)];
}

std::string to_string(const Allowed& allowed, const Zone& zone)
{
    switch (allowed.origin) {
    case AllowOrigin::loopback:
    case AllowOrigin::own_address:
    case AllowOrigin::gateway:
    case AllowOrigin::container_network:
    case AllowOrigin::proxy: return std::string(to_string(allowed.origin));
    case AllowOrigin::configuration: return "allowlist";
    case AllowOrigin::file:
        return "allowlist " + allowed.source + ":" + std::to_string(allowed.line);
    case AllowOrigin::host_name: return "allowlist " + allowed.source;
    case AllowOrigin::manual: break;
    }
    std::string text = "allowed by hand";
    if (allowed.until) text += " " + until_text(allowed.until, zone);
    return allowed.reason.empty() ? text : text + ": " + allowed.reason;
}

Allowlist::Allowlist()
{
    const PrefixSet loopback({Prefix::of(IpAddress::v4(127, 0, 0, 0), 8),
                              Prefix::host(*IpAddress::parse("::1")),
                              Prefix::host(IpAddress::v4(0, 0, 0, 0)), Prefix::host(IpAddress{})});
    set(AllowOrigin::loopback, loopback);
}

bool Allowlist::set(AllowOrigin origin, const std::string& source,
                    const std::vector<Allowed>& entries)
{
    Group next;
    for (const Allowed& entry : entries) {
        // What stands twice is told by the place where it stands first.
        next.prefixes.insert(entry.prefix);
        next.entries.emplace(entry.prefix, entry);
        if (is_too_wide_to_trust(entry.prefix)) next.wide.insert(entry.prefix);
    }
    const Key key{origin, source};
    const auto known = groups_.find(key);
    const bool is_same =
        known == groups_.end() ? next.entries.empty() : known->second.entries == next.entries;
    if (is_same) return false;
    if (next.entries.empty()) {
        groups_.erase(known);
    } else {
        groups_.insert_or_assign(key, std::move(next));
    }
    return true;
}

bool Allowlist::set(AllowOrigin origin, const PrefixSet& prefixes)
{
    return set(origin, {}, entries_of(origin, prefixes));
}

bool Allowlist::take_from(const Allowlist& other, AllowOrigin origin)
{
    const auto entries_in = [origin](const Allowlist& list) {
        std::map<Key, std::map<Prefix, Allowed>> entries;
        for (const auto& [key, group] : list.groups_)
            if (key.first == origin) entries.emplace(key, group.entries);
        return entries;
    };
    if (entries_in(other) == entries_in(*this)) return false;
    std::erase_if(groups_, [origin](const auto& one) { return one.first.first == origin; });
    for (const auto& [key, group] : other.groups_)
        if (key.first == origin) groups_.emplace(key, group);
    return true;
}

void Allowlist::add(Allowed entry)
{
    Group& group = groups_[{AllowOrigin::manual, {}}];
    group.prefixes.insert(entry.prefix);
    if (is_too_wide_to_trust(entry.prefix)) group.wide.insert(entry.prefix);
    entry.origin = AllowOrigin::manual;
    group.entries.insert_or_assign(entry.prefix, std::move(entry));
}

std::optional<Allowed> Allowlist::remove(const Prefix& prefix)
{
    const auto group = groups_.find({AllowOrigin::manual, {}});
    if (group == groups_.end()) return std::nullopt;
    auto taken = group->second.entries.extract(prefix);
    if (taken.empty()) return std::nullopt;
    group->second.prefixes.erase(prefix);
    group->second.wide.erase(prefix);
    if (group->second.entries.empty()) groups_.erase(group);
    return std::move(taken.mapped());
}

std::vector<Allowed> Allowlist::expire(Timestamp now)
{
    std::vector<Prefix> over;
    const auto group = groups_.find({AllowOrigin::manual, {}});
    if (group == groups_.end()) return {};
    for (const auto& [prefix, entry] : group->second.entries)
        if (entry.until && *entry.until <= now) over.push_back(prefix);
    std::vector<Allowed> ended;
    ended.reserve(over.size());
    for (const Prefix& prefix : over)
        ended.push_back(*remove(prefix));
    return ended;
}

const Allowed* Allowlist::overlapping(const Prefix& prefix) const
{
    for (const auto& [key, group] : groups_) {
        const auto found = group.prefixes.overlapping(prefix);
        if (found) return &group.entries.at(*found);
    }
    return nullptr;
}

std::vector<Allowed> Allowlist::covering(const IpAddress& address) const
{
    std::vector<Allowed> covering;
    for (const auto& [key, group] : groups_) {
        const auto found = group.prefixes.covering(address);
        if (found) covering.push_back(group.entries.at(*found));
    }
    return covering;
}

std::vector<Allowed> Allowlist::entries() const
{
    std::vector<Allowed> all;
    for (const auto& [key, group] : groups_)
        for (const auto& [prefix, entry] : group.entries)
            all.push_back(entry);
    return all;
}

std::vector<Allowed> Allowlist::entries(const std::optional<Allowed>& last, std::size_t most) const
{
    std::vector<Allowed> some;
    auto group = last ? groups_.lower_bound({last->origin, last->source}) : groups_.begin();
    for (; group != groups_.end() && some.size() < most; ++group) {
        const auto& entries = group->second.entries;
        const bool goes_on = last && group->first == Key{last->origin, last->source};
        auto entry = goes_on ? entries.upper_bound(last->prefix) : entries.begin();
        for (; entry != entries.end() && some.size() < most; ++entry)
            some.push_back(entry->second);
    }
    return some;
}

std::vector<Allowed> Allowlist::too_wide(std::size_t most) const
{
    std::vector<Allowed> wide;
    for (const auto& [key, group] : groups_) {
        for (const Prefix& prefix : group.wide) {
            if (wide.size() == most) return wide;
            wide.push_back(group.entries.at(prefix));
        }
    }
    return wide;
}

std::size_t Allowlist::size(AllowOrigin origin) const noexcept
{
    std::size_t size = 0;
    for (const auto& [key, group] : groups_)
        if (key.first == origin) size += group.entries.size();
    return size;
}

bool is_too_wide_to_trust(const Prefix& prefix) noexcept
{
    if (prefix.is_v4()) return prefix.length() < kWidestV4;
    const auto unique_local = Prefix::of(IpAddress({0xfc}), 7);
    const auto link_local = Prefix::of(IpAddress({0xfe, 0x80}), 10);
    const bool is_private = unique_local.contains(prefix) || link_local.contains(prefix);
    return prefix.length() < kWidestV6 && !is_private;
}

}  // namespace mailban
