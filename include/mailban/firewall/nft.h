// What mailban says to nftables, and what it makes of the kernel's answers. Nothing here runs it.
//
// One table, `inet mailban`. `banned4` and `banned6` are plain hash sets and hold the bans of the
// configured length (one IPv4 host, one IPv6 /64): adding to them stays flat at any size, and a
// mask in the rule makes a whole block one key. Blocks of any other length go to the sets of
// intervals `blocks4` and `blocks6`, which cost more with every element and are small. Every
// element carries its own end, so a ban ends even if mailban does not live to see it.
//
// Each group of ports has four sets and a chain `verdict` of its own; the names of all groups but
// the first end with `_1`, `_2` and so on. The chains `input` and `forward` choose by port.
//
// What all of them drop is counted by the table's counter `dropped`.
//
// With Forward::yes a second chain gives the same verdict on what this host hands on. A port that
// a container publishes is another one by then (DNAT comes first), so there the port counts that
// the client chose: conntrack's original destination, in the client's own direction.
#pragma once

#include "mailban/firewall/plan.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct NftShape {
    PortGroups ports{};
    unsigned ipv4_length = 32;  // what one key of banned4 covers
    unsigned ipv6_length = 64;  // what one key of banned6 covers
    Forward forward = Forward::no;
    unsigned key_length(bool is_v4) const noexcept { return is_v4 ? ipv4_length : ipv6_length; }
    bool operator==(const NftShape&) const = default;
};

inline constexpr std::string_view kNftDropped = "dropped";

// Elements that one transaction carries at most: more would not fit a netlink buffer of default
// size.
inline constexpr std::size_t kNftChunk = 1000;

// Table, sets, chains and rules in one transaction. What stands already stays, with its elements;
// but groups from the configured ones up to `groups_there` go, with theirs.
std::string nft_prepare(const NftShape& shape, std::size_t groups_there = 0);
// The same from nothing: a table that is there, and every ban in it, goes.
std::string nft_rebuild(const NftShape& shape);
// What the kernel tells of the table's chains and rules, as far as bans hang on them.
struct NftChain {
    enum class Hook : std::uint8_t { none, input, forward, other };
    std::string name{};
    Hook hook = Hook::none;
};
struct NftRule {
    std::string chain{};  // that it stands in
    std::string set{};    // that it looks an address up in, if it does
    std::string mask{};   // that it cuts the address with first, in network order; empty: none
    std::string jump{};   // the chain that it goes on in, if it does
    bool drops = false;
};
struct NftRules {
    std::vector<NftChain> chains{};
    std::vector<NftRule> rules{};
};

// How many groups of ports a table has.
std::size_t nft_groups(const NftRules& rules);

// Whether the rules read keys of the same lengths as `shape` does, as far as they are there: groups
// may be missing, but the first.
bool nft_rules_fit(const NftRules& rules, const NftShape& shape);
// The same, and whether all chains and rules stand, so that the sets have an effect.
bool nft_stands(const NftRules& rules, const NftShape& shape);

// The transactions that carry out `plan`, to be run one after the other. Each is all or nothing.
// They may be run twice: removing what is absent and adding what is there are no errors.
std::vector<std::string> nft_apply(const Plan& plan, const NftShape& shape, Timestamp now);

// One element of a set as the kernel keeps it.
struct NftElement {
    IpAddress key{};
    bool is_end = false;  // the first address behind an interval that has begun before it
    std::optional<Duration> left{};  // until it goes by itself; never: nullopt
    bool operator==(const NftElement&) const = default;
};

// "blocks4", of another group than the first "blocks4_1".
std::string nft_name(std::string_view name, PortGroup group);

// The bans that the elements of blocks4 or blocks6 are, in any order. An interval that is no prefix
// (somebody else put it there) is passed over.
std::vector<Held> nft_blocks(std::vector<NftElement> elements, Timestamp now);

std::string nft_remove_all();

}  // namespace mailban
