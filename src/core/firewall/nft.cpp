#include "mailban/firewall/nft.h"

#include <algorithm>
#include <array>
#include <limits>
#include <numeric>
#include <string_view>
#include <utility>

namespace mailban {

namespace {

constexpr std::string_view kTable = "inet mailban";
// The port that a client chose, whatever DNAT has made of it.
constexpr const char* kPublished = "meta l4proto tcp ct direction original ct original proto-dst";

IpAddress all_ones(bool is_v4)
{
    if (is_v4) return IpAddress::v4(255, 255, 255, 255);
    IpAddress::Bytes ones;
    ones.fill(0xff);
    return IpAddress(ones);
}

// "ip6 saddr & ffff:ffff:ffff:ffff:: ", what is looked up.
std::string key_of(const NftShape& shape, bool is_v4)
{
    const auto mask = Prefix::of(all_ones(is_v4), shape.key_length(is_v4));
    const std::string key = is_v4 ? "ip saddr " : "ip6 saddr ";
    return mask.is_host() ? key : key + "& " + mask.base().to_string() + ' ';
}

std::string_view keys_set(bool is_v4)
{
    return is_v4 ? "banned4" : "banned6";
}

std::string port_match(const PortSet& ports, const std::string& what = "tcp dport")
{
    if (ports.all) return {};
    std::string match = what + " { ";
    for (const auto port : ports.ports)
        match += std::to_string(port) + ", ";
    return match.erase(match.size() - 2) + " } ";
}

// As the kernel keeps it: bytes in network order.
std::string mask_of(const NftShape& shape, bool is_v4)
{
    const auto bytes = Prefix::of(all_ones(is_v4), shape.key_length(is_v4)).base().bytes();
    return {bytes.end() - (is_v4 ? 4 : 16), bytes.end()};
}

// Whether the group's verdict falls on what is found in its `set`.
bool is_looked_up(const NftRules& rules, PortGroup group, std::string_view set,
                  const std::string& mask)
{
    const auto chain = nft_name("verdict", group);
    const auto name = nft_name(set, group);
    return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const NftRule& rule) {
        return rule.chain == chain && rule.set == name && rule.drops && rule.mask == mask;
    });
}

bool has_chain(const NftRules& rules, const std::string& name)
{
    return std::any_of(rules.chains.begin(), rules.chains.end(),
                       [&](const NftChain& chain) { return chain.name == name; });
}

bool has_hook(const NftRules& rules, std::string_view name, NftChain::Hook hook)
{
    return std::any_of(rules.chains.begin(), rules.chains.end(), [&](const NftChain& chain) {
        return chain.name == name && chain.hook == hook;
    });
}

bool leads_to_verdict(const NftRules& rules, std::string_view chain, PortGroup group)
{
    const auto verdict = nft_name("verdict", group);
    return std::any_of(rules.rules.begin(), rules.rules.end(), [&](const NftRule& rule) {
        return rule.chain == chain && rule.jump == verdict;
    });
}

bool group_fits(const NftRules& rules, const NftShape& shape, PortGroup group)
{
    // A mask that cuts nothing off is not kept.
    const auto mask = [&](bool is_v4) {
        return shape.key_length(is_v4) == (is_v4 ? 32 : 128) ? "" : mask_of(shape, is_v4);
    };
    return is_looked_up(rules, group, "banned4", mask(true)) &&
           is_looked_up(rules, group, "banned6", mask(false));
}

bool group_stands(const NftRules& rules, const NftShape& shape, PortGroup group)
{
    const bool forwards = shape.forward == Forward::yes;
    return group_fits(rules, shape, group) && is_looked_up(rules, group, "blocks4", "") &&
           is_looked_up(rules, group, "blocks6", "") && leads_to_verdict(rules, "input", group) &&
           leads_to_verdict(rules, "forward", group) == forwards;
}

std::vector<PortGroup> groups_of(const NftShape& shape)
{
    std::vector<PortGroup> groups(shape.ports.size());
    std::iota(groups.begin(), groups.end(), PortGroup{0});
    return groups;
}

// Commands on our table, one a line.
class Script {
public:
    void line(std::string_view verb, const std::string& rest)
    {
        text_.append(verb).append(" ").append(kTable).append(" ").append(rest).append("\n");
    }
    std::string take() { return std::move(text_); }

private:
    std::string text_{"add table inet mailban\n"};
};

constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kSets{
    {{"banned4", " { type ipv4_addr; flags timeout; }"},
     {"banned6", " { type ipv6_addr; flags timeout; }"},
     {"blocks4", " { type ipv4_addr; flags interval, timeout; }"},
     {"blocks6", " { type ipv6_addr; flags interval, timeout; }"}}};

// Of an earlier configuration. Deleting what is not there would be an error.
void drop_group(Script& script, PortGroup group)
{
    const auto verdict = nft_name("verdict", group);
    script.line("add chain", verdict);
    script.line("flush chain", verdict);
    script.line("delete chain", verdict);
    for (const auto& [name, type] : kSets) {
        const auto set = nft_name(name, group);
        script.line("add set", set + std::string(type));
        script.line("delete set", set);
    }
}

void add_sets(Script& script, PortGroup group)
{
    for (const auto& [name, type] : kSets)
        script.line("add set", nft_name(name, group) + std::string(type));
    const auto verdict = nft_name("verdict", group);
    script.line("add chain", verdict);
    script.line("flush chain", verdict);
}

void add_verdict(Script& script, const NftShape& shape, PortGroup group)
{
    const auto verdict = nft_name("verdict", group);
    const auto drop = " counter name " + std::string(kNftDropped) + " drop";
    for (const bool is_v4 : {true, false})
        script.line("add rule", verdict + ' ' + key_of(shape, is_v4) + '@' +
                                    nft_name(keys_set(is_v4), group) + drop);
    script.line("add rule", verdict + " ip saddr @" + nft_name("blocks4", group) + drop);
    script.line("add rule", verdict + " ip6 saddr @" + nft_name("blocks6", group) + drop);
}

void add_forward(Script& script, const NftShape& shape)
{
    for (const auto group : groups_of(shape)) {
        const auto& ports = shape.ports.ports(group);
        const auto jump = "jump " + nft_name("verdict", group);
        script.line("add rule", "forward " + port_match(ports) + jump);
        if (!ports.all) script.line("add rule", "forward " + port_match(ports, kPublished) + jump);
    }
}

}  // namespace

std::string nft_name(std::string_view name, PortGroup group)
{
    return std::string(name) + (group == 0 ? "" : '_' + std::to_string(group));
}

std::string nft_prepare(const NftShape& shape, std::size_t groups_there)
{
    Script script;
    // An object of its own: it goes on counting when the rules are made anew.
    script.line("add counter", std::string(kNftDropped));
    for (const auto group : groups_of(shape))
        add_sets(script, group);
    script.line("add chain",
                "input { type filter hook input priority filter - 10; policy accept; }");
    script.line("flush chain", "input");
    script.line("add chain",
                "forward { type filter hook forward priority filter - 10; policy accept; }");
    script.line("flush chain", "forward");
    for (const auto group : groups_of(shape)) {
        script.line("add rule", "input " + port_match(shape.ports.ports(group)) + "jump " +
                                    nft_name("verdict", group));
        add_verdict(script, shape, group);
    }
    if (shape.forward == Forward::yes) {
        add_forward(script, shape);
    } else {
        // Of an earlier configuration. Deleting a chain that is not there would be an error.
        script.line("delete chain", "forward");
    }
    for (auto group = shape.ports.size(); group < groups_there; ++group)
        drop_group(script, static_cast<PortGroup>(group));
    return script.take();
}

std::string nft_rebuild(const NftShape& shape)
{
    return nft_remove_all() + nft_prepare(shape);
}

std::size_t nft_groups(const NftRules& rules)
{
    constexpr std::size_t kMost = std::numeric_limits<PortGroup>::max();
    std::size_t groups = 0;
    // Without a gap: prepare() makes and deletes them so.
    while (groups < kMost && has_chain(rules, nft_name("verdict", static_cast<PortGroup>(groups))))
        ++groups;
    return groups;
}

bool nft_rules_fit(const NftRules& rules, const NftShape& shape)
{
    const auto groups = groups_of(shape);
    return std::all_of(groups.begin(), groups.end(), [&](PortGroup group) {
        const bool may_be_missing = group > 0 && !has_chain(rules, nft_name("verdict", group));
        return may_be_missing || group_fits(rules, shape, group);
    });
}

bool nft_stands(const NftRules& rules, const NftShape& shape)
{
    // Which ports come to which verdict is not compared: they are made anew by every prepare().
    const auto groups = groups_of(shape);
    const bool forwards = shape.forward == Forward::yes;
    return has_hook(rules, "input", NftChain::Hook::input) &&
           has_hook(rules, "forward", NftChain::Hook::forward) == forwards &&
           std::all_of(groups.begin(), groups.end(),
                       [&](PortGroup group) { return group_stands(rules, shape, group); });
}

std::string nft_remove_all()
{
    // Deleting a table that is not there is an error, adding one that is there is none.
    return "add table inet mailban\ndelete table inet mailban\n";
}

}  // namespace mailban
