#include "mailban/firewall/ufw.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <optional>

namespace mailban {

namespace {

constexpr std::size_t kPortsOfOneRule = 15;
constexpr std::string_view kComment = "mailban";

std::string address_of(const Prefix& prefix)
{
    return prefix.is_host() ? prefix.base().to_string() : prefix.to_string();
}

std::optional<PortSet> parse_ports(std::string_view text)
{
    PortSet set;
    while (!text.empty()) {
        std::uint16_t port = 0;
        const auto item = text.substr(0, text.find(','));
        const auto [stop, error] = std::from_chars(item.data(), item.data() + item.size(), port);
        if (error != std::errc{} || stop != item.data() + item.size()) return std::nullopt;
        set.ports.push_back(port);
        text.remove_prefix(std::min(text.size(), item.size() + 1));
    }
    std::sort(set.ports.begin(), set.ports.end());
    return set;
}

std::vector<std::string_view> words_of(std::string_view line)
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
    const auto words = words_of(line);
    const auto is = [&](std::size_t at, std::string_view word) { return words[at] == word; };
    if (words.size() != 6 && words.size() != 12) return std::nullopt;
    if (!is(0, "ufw") || !is(1, "deny") || !is(2, "from")) return std::nullopt;
    if (!is(words.size() - 2, "comment") || !is(words.size() - 1, "'mailban'")) return std::nullopt;

    const auto prefix = Prefix::parse(words[3]);
    if (!prefix) return std::nullopt;
    if (words.size() == 6) return UfwRule{*prefix, {true, {}}};
    if (!is(4, "to") || !is(5, "any") || !is(6, "port") || !is(8, "proto") || !is(9, "tcp"))
        return std::nullopt;
    const auto ports = parse_ports(words[7]);
    if (!ports) return std::nullopt;
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
        const auto words = words_of(line);
        if (words.size() < 6 || words[2] != "-s") return;
        if (words[words.size() - 2] != "-j" || words.back() != "DROP") return;
        if (const auto prefix = Prefix::parse(words[3])) dropped.push_back(*prefix);
    });
    return dropped;
}

UfwState ufw_state(const std::vector<UfwRule>& rules, const PortSet& ports)
{
    std::map<Prefix, std::size_t> found;
    UfwState state;
    for (const auto& rule : rules) {
        const auto whole = ufw_rules(rule.prefix, ports);
        const bool fits = std::find(whole.begin(), whole.end(), rule) != whole.end();
        if (!fits)
            state.strays.push_back(rule);
        else if (++found[rule.prefix] == whole.size())
            state.banned.push_back(rule.prefix);
    }
    return state;
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
