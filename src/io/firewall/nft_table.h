// Our table of nftables as the kernel tells it, message by message (netlink, NFNL_SUBSYS_NFTABLES).
//
// libnftables would first make a tree of every set in the table and a text of that, even to list
// one chain: 1.5 s and 64 MB for 100,000 elements. So what is read each minute is read here;
// blocking, 0.4 s and 5 MB for as many, most of that the kernel's time and the answer.
#pragma once

#include "mailban/firewall/nft.h"
#include "mailban/result.h"

#include <optional>
#include <vector>

namespace mailban::io {

// Chains and rules. A table that is not there has none.
Result<NftRules> read_nft_rules();

// What the sets hold; `shape` says how long their keys are, `now` is the kernel's present. An error
// where a set is missing.
Result<std::vector<Held>> read_nft_bans(const NftShape& shape, Timestamp now);

// What the table's counter says; nullopt: there is none, or it cannot be read. Takes some 0.1 ms,
// however many bans there are.
std::optional<FirewallDrops> read_nft_drops();

}  // namespace mailban::io
