// Which ports this machine hands on to containers or other machines, as its firewall and its
// processes show it.
#pragma once

#include "mailban/config/config.h"
#include "mailban/firewall/published.h"

#include <vector>

namespace mailban::io {

// All TCP ports that are handed on to others than this machine itself, as far as this process may
// see: nftables' rules (those of iptables-nft among them) and Docker's proxies. Those that
// iptables-legacy made are seen by the proxies alone. Blocks: a large ruleset takes a while.
std::vector<Published> find_published();

// `forward` as `auto` has it here.
Forward decide_forward(const FirewallConfig& config, const std::vector<Published>& published);

}  // namespace mailban::io
