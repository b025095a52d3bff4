// What mailban says to firewalld, as plain values. Nothing here knows a bus.
//
// Two ipsets hold the bans, and two more those of each further group of ports. A policy from every
// zone to this host, ahead of all others, drops what comes from them to their ports, whatever zone
// an interface or a source address belongs to.
#pragma once

#include "mailban/firewall/plan.h"

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace mailban {

inline constexpr const char* kFirewalldPolicy = "mailban";
// Policies of low priority come first; firewalld's own, for IPv6, has -15000.
inline constexpr std::int32_t kFirewalldPriority = -30000;

// "mailban4" or "mailban6", of another group than the first "mailban4_1".
std::string firewalld_ipset(bool is_v4, PortGroup group = 0);
// Of all groups: first IPv4's, then IPv6's of each.
std::vector<std::string> firewalld_ipsets(const PortGroups& groups);
// Whether an ipset has a name of ours, in this configuration or another.
bool is_firewalld_ipset(std::string_view name);

// The policy's rich rules, as firewalld itself writes them: one a group, family and port.
std::vector<std::string> firewalld_rules(const PortGroups& groups);

// An ipset's entry: a bare address for a host, else with its length.
std::string firewalld_entry(const Prefix& prefix);

// Entries -> prefixes; what is neither address nor block (no ban of ours) is passed over.
std::vector<Held> parse_firewalld_entries(const std::vector<std::string>& entries,
                                          PortGroup group = 0);

// Above so many changes the whole set is replaced. With firewalld 1.3 that is quicker from the
// third change on where the set is small, from the tenth where it holds 10,000 entries; but
// firewalld empties the set for a moment. Up to here nobody is let in by it.
inline constexpr std::size_t kFirewalldBatch = 15;

// What an ipset that holds `entries` holds after `plan`; only prefixes of one family and group
// count.
std::vector<std::string> firewalld_entries_after(std::vector<std::string> entries, const Plan& plan,
                                                 bool is_v4, PortGroup group = 0);

}  // namespace mailban
