// What mailban says to ufw, and how it reads the answers. Text only; nothing here runs it.
//
// A ban is a `deny` rule with the comment `mailban`, in front of every other rule; one of more than
// 15 ports is several, because iptables' multiport match holds no more. Rules are deleted by what
// they say, never by number: numbers shift when an administrator works at the same time.
#pragma once

#include "mailban/firewall/argument_vector.h"
#include "mailban/firewall/plan.h"

#include <string>
#include <string_view>
#include <vector>

namespace mailban {

struct UfwRule {
    Prefix prefix{};
    PortSet ports{};
    bool operator==(const UfwRule&) const = default;
};

// The rules that shut `prefix` out of `ports`.
std::vector<UfwRule> ufw_rules(const Prefix& prefix, const PortSet& ports);

ArgumentVector ufw_add(const UfwRule& rule);
ArgumentVector ufw_remove(const UfwRule& rule);

// Our rules among what `ufw show added` prints; everything else is passed over.
std::vector<UfwRule> parse_ufw_added(std::string_view listing);

// The lines that say them.
std::string ufw_own_lines(std::string_view listing);

// The sources that `iptables -S CHAIN` (or ip6tables) shows as dropped.
std::vector<Prefix> parse_iptables_dropped(std::string_view listing);

// What our rules amount to for `groups`.
struct UfwState {
    std::vector<Held> banned{};     // all rules of the ban are there
    std::vector<UfwRule> strays{};  // rules of other port sets, from another configuration
};
UfwState ufw_state(const std::vector<UfwRule>& rules, const PortGroups& groups);

// Whether a ban of the same prefix in another group has this rule, too: with more than 15 ports,
// part of a list may be part of another list.
bool is_shared_ufw_rule(const UfwRule& rule, const PortGroups& groups, PortGroup group);

// Whether ufw.conf or /etc/default/ufw says KEY=yes, with or without quotes.
bool ufw_setting_is_yes(std::string_view file, std::string_view key);

}  // namespace mailban
