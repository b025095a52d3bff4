#include "mailban/net/prefix_set.h"

namespace mailban {

namespace {

// ::1:0:0:0/80, in order of prefixes the first IPv6 block that can follow all of IPv4.
Prefix first_behind_v4() noexcept
{
    return Prefix::of(IpAddress({0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0}), 80);
}

// How many bits of a family tell its blocks apart well.
constexpr unsigned first_bits(bool is_v4) noexcept
{
    return is_v4 ? 8 : 16;
}

std::uint64_t first_of(const IpAddress& address) noexcept
{
    const auto& bytes = address.bytes();
    const unsigned first = address.is_v4() ? bytes[12] : bytes[0] * 8U + bytes[1];
    return std::uint64_t{1} << first % 64;
}

}  // namespace

PrefixSet::PrefixSet(const std::vector<Prefix>& prefixes)
{
    for (const auto& prefix : prefixes)
        insert(prefix);
}

bool PrefixSet::insert(const Prefix& prefix)
{
    if (!prefixes_.insert(prefix).second) return false;
    lengths_.add(prefix);
    const bool is_short = prefix.length() < first_bits(prefix.is_v4());
    (prefix.is_v4() ? v4_firsts_ : v6_firsts_) |=
        is_short ? ~std::uint64_t{0} : first_of(prefix.base());
    return true;
}

bool PrefixSet::erase(const Prefix& prefix)
{
    if (prefixes_.erase(prefix) == 0) return false;
    lengths_.remove(prefix);
    return true;
}

bool PrefixSet::may_hold(const IpAddress& address) const noexcept
{
    return ((address.is_v4() ? v4_firsts_ : v6_firsts_) & first_of(address)) != 0;
}

std::optional<Prefix> PrefixSet::covering(const IpAddress& address) const
{
    if (!may_hold(address)) return std::nullopt;
    for (const auto& [length, count] : lengths_.of(address.is_v4())) {
        const auto candidate = Prefix::of(address, length);
        if (prefixes_.contains(candidate)) return candidate;
    }
    return std::nullopt;
}

std::optional<Prefix> PrefixSet::overlapping(const Prefix& prefix) const
{
    // What lies in a block that is not shorter begins with its bits, too.
    if (prefix.length() >= first_bits(prefix.is_v4()) && !may_hold(prefix.base()))
        return std::nullopt;
    for (const auto& [length, count] : lengths_.of(prefix.is_v4())) {
        const auto holder = Prefix::of(prefix.base(), length);
        if (length <= prefix.length() && prefixes_.contains(holder)) return holder;
    }
    // Nothing else lies in an address.
    if (prefix.is_host()) return std::nullopt;

    // Blocks nest or are apart, so the first member behind the base decides. IPv4 lies in the
    // middle of IPv6's order and is none of its blocks.
    auto next = prefixes_.lower_bound(prefix);
    if (next != prefixes_.end() && next->is_v4() && !prefix.is_v4())
        next = prefixes_.lower_bound(first_behind_v4());
    if (next == prefixes_.end() || !prefix.contains(*next)) return std::nullopt;
    return *next;
}

}  // namespace mailban
