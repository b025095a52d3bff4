#include "mailban/firewall/published.h"

#include <algorithm>
#include <charconv>
#include <utility>

namespace mailban {

namespace {

using Words = std::vector<std::string_view>;
using Range = std::pair<std::uint16_t, std::uint16_t>;

// Braces and commas are words of their own.
Words rule_words(std::string_view line)
{
    Words words;
    const auto is_own = [](char sign) { return sign == '{' || sign == '}' || sign == ','; };
    for (std::size_t at = 0; at < line.size();) {
        if (line[at] == ' ' || line[at] == '\t') {
            ++at;
            continue;
        }
        std::size_t end = at + 1;
        if (!is_own(line[at])) {
            while (end < line.size() && line[end] != ' ' && line[end] != '\t' && !is_own(line[end]))
                ++end;
        }
        words.push_back(line.substr(at, end - at));
        at = end;
    }
    return words;
}

std::optional<std::uint16_t> read_port(std::string_view text)
{
    std::uint16_t port = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), port);
    if (error != std::errc() || end != text.data() + text.size() || port == 0) return std::nullopt;
    return port;
}

std::optional<Range> read_range(std::string_view text)
{
    const auto dash = text.find('-');
    const auto first = read_port(text.substr(0, dash));
    const auto last = dash == std::string_view::npos ? first : read_port(text.substr(dash + 1));
    if (!first || !last || *last < *first) return std::nullopt;
    return Range{*first, *last};
}

// What stands behind `dport`: one range, or the first word of each element of a set or a map.
std::vector<Range> read_ports(const Words& words, std::size_t at)
{
    std::vector<Range> ranges;
    if (at < words.size() && (words[at] == "map" || words[at] == "vmap")) ++at;
    if (at >= words.size()) return ranges;
    if (words[at] != "{") {
        if (const auto range = read_range(words[at])) ranges.push_back(*range);
        return ranges;
    }
    for (++at; at < words.size() && words[at] != "}"; ++at) {
        const bool begins = words[at - 1] == "{" || words[at - 1] == ",";
        if (!begins) continue;
        if (const auto range = read_range(words[at])) ranges.push_back(*range);
    }
    return ranges;
}

// "172.17.0.2:25", "172.17.0.2", "[fd00::2]:25", "fd00::2".
std::optional<IpAddress> host_of(std::string_view target)
{
    if (target.starts_with('[')) {
        const auto end = target.find(']');
        return end == std::string_view::npos ? std::nullopt
                                             : IpAddress::parse(target.substr(1, end - 1));
    }
    if (const auto whole = IpAddress::parse(target)) return whole;
    return IpAddress::parse(target.substr(0, target.rfind(':')));
}

// The word behind `dnat to`, `dnat ip to`; empty where a map chooses. Nullopt: it is no such rule.
std::optional<std::string_view> target_of(const Words& words)
{
    const auto dnat = std::find(words.begin(), words.end(), "dnat");
    if (dnat == words.end()) {
        // A rule of iptables' that this nft cannot show as its own.
        const bool is_foreign = std::find(words.begin(), words.end(), "\"DNAT\"") != words.end();
        return is_foreign ? std::optional<std::string_view>("") : std::nullopt;
    }
    const auto to = std::find(dnat, words.end(), "to");
    if (to == words.end() || to + 1 == words.end()) return std::nullopt;
    const std::string_view target = *(to + 1);
    return host_of(target) ? target : std::string_view();
}

void read_rule(std::string_view line, std::vector<Published>& into)
{
    const Words words = rule_words(line);
    const auto target = target_of(words);
    if (!target) return;
    for (std::size_t at = 0; at + 1 < words.size(); ++at) {
        if (words[at] != "dport" || (at > 0 && words[at - 1] == "udp")) continue;
        for (const auto& [first, last] : read_ports(words, at + 1))
            into.push_back({first, last, std::string(*target), host_of(*target)});
    }
}

std::string_view value_of(const std::vector<std::string>& arguments, std::string_view name)
{
    const auto found = std::find(arguments.begin(), arguments.end(), name);
    if (found == arguments.end() || found + 1 == arguments.end()) return {};
    return *(found + 1);
}

}  // namespace

std::vector<Published> published_by_rules(std::string_view ruleset)
{
    std::vector<Published> all;
    while (!ruleset.empty()) {
        const auto end = std::min(ruleset.find('\n'), ruleset.size());
        read_rule(ruleset.substr(0, end), all);
        ruleset.remove_prefix(std::min(end + 1, ruleset.size()));
    }
    return all;
}

std::optional<Published> published_by_process(const std::vector<std::string>& arguments)
{
    if (arguments.empty() || !arguments.front().ends_with("docker-proxy")) return std::nullopt;
    if (value_of(arguments, "-proto") != "tcp") return std::nullopt;
    const auto port = read_port(value_of(arguments, "-host-port"));
    if (!port) return std::nullopt;
    const std::string host(value_of(arguments, "-container-ip"));
    const std::string to(value_of(arguments, "-container-port"));
    return Published{*port, *port, host + (to.empty() ? "" : ":" + to), IpAddress::parse(host)};
}

std::vector<Published> published_mail(const std::vector<Published>& all, const PortSet& ports)
{
    std::vector<Published> chosen;
    for (const auto& one : all) {
        const auto is_meant = [&one](std::uint16_t port) {
            return one.first <= port && port <= one.last;
        };
        const bool is_mail =
            ports.all || std::any_of(ports.ports.begin(), ports.ports.end(), is_meant);
        const bool is_known = std::find(chosen.begin(), chosen.end(), one) != chosen.end();
        if (is_mail && !is_known) chosen.push_back(one);
    }
    return chosen;
}

std::string to_string(const std::vector<Published>& published)
{
    constexpr std::size_t kMost = 6;
    std::string text;
    for (std::size_t at = 0; at < published.size() && at < kMost; ++at) {
        const auto& [first, last, target, host] = published[at];
        text += (text.empty() ? "" : ", ") + std::to_string(first);
        if (last != first) text += "-" + std::to_string(last);
        if (!target.empty()) text += " (to " + target + ")";
    }
    if (published.size() > kMost)
        text += " and " + std::to_string(published.size() - kMost) + " more";
    return text;
}

}  // namespace mailban
