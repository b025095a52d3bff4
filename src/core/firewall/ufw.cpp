#include "mailban/firewall/ufw.h"

#include <algorithm>
#include <limits>
#include <map>
#include <numeric>
#include <optional>

namespace mailban {

namespace {

constexpr std::size_t kPortsOfOneRule = 15;
constexpr std::string_view kComment = "mailban";

std::string address_of(const Prefix& prefix)
{
    return prefix.is_host() ? prefix.base().to_string() : prefix.to_string();
}

std::vector<std::string_view> ufw_words(std::string_view line)
{
    std::vector<std::string_view> words;
    while (!line.empty()) {
        const auto word = line.substr(0, line.find(' '));
        if (!word.empty()) words.push_back(word);
        line.remove_prefix(std::min(line.size(), word.size() + 1));
    }
    return words;
}

template <class Visitor>
void for_each_line(std::string_view text, Visitor visit)
{
    while (!text.empty()) {
        const auto line = text.substr(0, text.find('\n'));
        visit(line);
        text.remove_prefix(std::min(text.size(), line.size() + 1));
    }
}

// ufw deny from 192.0.2.7 to any port 25,465 proto tcp comment 'mailban'
// ufw deny from 192.0.2.7 comment 'mailban'
std::optional<UfwRule> parse_rule(std::string_view line)
{
    const auto words = ufw_words(line);
    const auto is = [&](std::size_t at, std::string_view word) { return words[at] == word; };
    if (words.size() != 6 && words.size() != 12) return std::nullopt;
    if (!is(0, "ufw") || !is(1, "deny") || !is(2, "from")) return std::nullopt;
    if (!is(words.size() - 2, "comment") || !is(words.size() - 1, "'mailban'")) return std::nullopt;

    const auto prefix = Prefix::parse(words[3]);
    if (!prefix) return std::nullopt;
    if (words.size() == 6) return UfwRule{*prefix, {true, {}}};
    if (!is(4, "to") || !is(5, "any") || !is(6, "port") || !is(8, "proto") || !is(9, "tcp"))
        return std::nullopt;
    const auto ports = PortSet::parse(words[7]);
    if (!ports || ports->all) return std::nullopt;
    return UfwRule{*prefix, *ports};
}

ArgumentVector with_rule(ArgumentVector words, const UfwRule& rule)
{
    words.emplace_back("deny");
    if (!rule.ports.all) words.insert(words.end(), {"proto", "tcp"});
    words.insert(words.end(), {"from", address_of(rule.prefix)});
    if (!rule.ports.all) words.insert(words.end(), {"to", "any", "port", rule.ports.list()});
    return words;
}

bool has_rule(const std::vector<UfwRule>& rules, const UfwRule& rule)
{
    return std::find(rules.begin(), rules.end(), rule) != rules.end();
}

bool is_of_a_group(const UfwRule& rule, const PortGroups& groups)
{
    // No group is the 255th.
    return is_shared_ufw_rule(rule, groups, std::numeric_limits<PortGroup>::max());
}

// The widest group first: a rule that two groups have in common is one of it.
std::vector<PortGroup> by_width(const PortGroups& groups)
{
    std::vector<PortGroup> order(groups.size());
    std::iota(order.begin(), order.end(), PortGroup{0});
    const auto width = [&](PortGroup group) {
        const auto& ports = groups.ports(group);
        return ports.all ? std::numeric_limits<std::size_t>::max() : ports.ports.size();
    };
    std::stable_sort(order.begin(), order.end(),
                     [&](PortGroup one, PortGroup other) { return width(one) > width(other); });
    return order;
}

// The bans of one prefix whose rules are all among `left`, which they are taken out of.
void take_whole_bans(const Prefix& prefix, std::vector<UfwRule>& left, const PortGroups& groups,
                     std::vector<Held>& banned)
{
    for (const auto group : by_width(groups)) {
        const auto whole = ufw_rules(prefix, groups.ports(group));
        const bool is_whole = std::all_of(
            whole.begin(), whole.end(), [&](const UfwRule& rule) { return has_rule(left, rule); });
        if (!is_whole) continue;
        banned.push_back({prefix, {}, group});
        std::erase_if(left, [&](const UfwRule& rule) { return has_rule(whole, rule); });
    }
}

}  // namespace

std::vector<UfwRule> ufw_rules(const Prefix& prefix, const PortSet& ports)
{
    if (ports.all) return {{prefix, ports}};
    std::vector<UfwRule> rules;
    for (std::size_t first = 0; first < ports.ports.size(); first += kPortsOfOneRule) {
        const auto begin = ports.ports.begin() + static_cast<std::ptrdiff_t>(first);
        const auto count = std::min(kPortsOfOneRule, ports.ports.size() - first);
        rules.push_back({prefix, {false, {begin, begin + static_cast<std::ptrdiff_t>(count)}}});
    }
    return rules;
}

ArgumentVector ufw_add(const UfwRule& rule)
{
    // Not `insert 1`: ufw refuses a position in an empty list.
    auto words = with_rule({"ufw", "prepend"}, rule);
    words.insert(words.end(), {"comment", std::string(kComment)});
    return words;
}

ArgumentVector ufw_remove(const UfwRule& rule)
{
    return with_rule({"ufw", "delete"}, rule);
}

std::vector<UfwRule> parse_ufw_added(std::string_view listing)
{
    std::vector<UfwRule> rules;
    for_each_line(listing, [&](std::string_view line) {
        if (const auto rule = parse_rule(line)) rules.push_back(*rule);
    });
    return rules;
}

std::string ufw_own_lines(std::string_view listing)
{
    std::string text;
    for_each_line(listing, [&](std::string_view line) {
        if (parse_rule(line)) text.append(line).append("\n");
    });
    return text;
}

std::vector<Prefix> parse_iptables_dropped(std::string_view listing)
{
    std::vector<Prefix> dropped;
    for_each_line(listing, [&](std::string_view line) {
        const auto words = ufw_words(line);
        if (words.size() < 6 || words[2] != "-s") return;
        if (words[words.size() - 2] != "-j" || words.back() != "DROP") return;
        if (const auto prefix = Prefix::parse(words[3])) dropped.push_back(*prefix);
    });
    return dropped;
}

UfwState ufw_state(const std::vector<UfwRule>& rules, const PortGroups& groups)
{
    std::map<Prefix, std::vector<UfwRule>> found;
    UfwState state;
    for (const auto& rule : rules) {
        if (is_of_a_group(rule, groups))
            found[rule.prefix].push_back(rule);
        else
            state.strays.push_back(rule);
    }
    for (auto& [prefix, left] : found)
        take_whole_bans(prefix, left, groups, state.banned);
    return state;
}

bool is_shared_ufw_rule(const UfwRule& rule, const PortGroups& groups, PortGroup group)
{
    for (std::size_t other = 0; other < groups.size(); ++other) {
        const auto whole = ufw_rules(rule.prefix, groups.ports(static_cast<PortGroup>(other)));
        if (other != group && has_rule(whole, rule)) return true;
    }
    return false;
}

bool ufw_setting_is_yes(std::string_view file, std::string_view key)
{
    bool yes = false;
    for_each_line(file, [&](std::string_view line) {
        if (!line.starts_with(key) || line.substr(key.size(), 1) != "=") return;
        auto value = line.substr(key.size() + 1);
        if (value.starts_with('"')) value.remove_prefix(1);
        yes = value.starts_with("yes");
    });
    return yes;
}

}  // namespace mailban
