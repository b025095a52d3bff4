// PrefixSet: "is this address in any of these blocks?", in one lookup per distinct block length.
#pragma once

#include "mailban/net/length_counts.h"
#include "mailban/net/prefix.h"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <set>
#include <vector>

namespace mailban {

class PrefixSet {
public:
    PrefixSet() = default;
    explicit PrefixSet(const std::vector<Prefix>& prefixes);

    bool insert(const Prefix& prefix);  // false: was there
    bool erase(const Prefix& prefix);   // false: was not there

    bool contains(const IpAddress& address) const { return covering(address).has_value(); }
    // The longest prefix that holds `address`.
    std::optional<Prefix> covering(const IpAddress& address) const;
    bool overlaps(const Prefix& prefix) const { return overlapping(prefix).has_value(); }
    // A member that holds `prefix`, the longest, or else one that lies in it.
    std::optional<Prefix> overlapping(const Prefix& prefix) const;

    bool empty() const noexcept { return prefixes_.empty(); }
    std::size_t size() const noexcept { return prefixes_.size(); }
    const std::set<Prefix>& prefixes() const noexcept { return prefixes_; }

private:
    // Whether a member may hold the address: whether some begin with the same bits. Most addresses
    // that are asked for lie in none, and this tells it of nearly all.
    bool may_hold(const IpAddress& address) const noexcept;

    std::set<Prefix> prefixes_{};
    LengthCounts lengths_{};
    // One bit for the first bits of each member, those included that have gone; all of them for a
    // member that is shorter.
    std::uint64_t v4_firsts_ = 0;
    std::uint64_t v6_firsts_ = 0;
};

}  // namespace mailban
