#include "mailban/config/load.h"

#include "mailban/config/pattern_files.h"

#include <algorithm>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

// A Reader of a map that stands in the configuration under one key.
Reader section(std::vector<Key> keys)
{
    return [keys = std::move(keys)](const Item& item, Mistakes& mistakes) {
        read_map(item, keys, mistakes);
    };
}

// Whoever may write to a socket may ask, and what is told there is nobody else's business.
Reader socket_mode(std::uint16_t& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        const auto& text = item.node.text;
        const bool is_text = item.node.kind == Kind::text;
        if (is_text && (text == "0660" || text == "660")) {
            into = 0660;
        } else if (is_text && (text == "0600" || text == "600")) {
            into = 0600;
        } else {
            refuse(
                item,
                "0660 (the daemon's user and the group) or 0600 (only the daemon's user); to give "
                "others access, add them to the group",
                mistakes);
        }
    };
}

Reader control_section(ControlConfig& into)
{
    constexpr std::size_t kLongestName = 32;
    constexpr std::string_view kNotInNames = " :,/'\"\\";
    // sun_path holds 108 bytes, the last of which is NUL.
    return section({{"socket", absolute_path(107, into.socket)},
                    {"mode", socket_mode(into.mode)},
                    {"group", name_text(kLongestName, kNotInNames, into.group)},
                    {"admins", name_text(kLongestName, kNotInNames, into.admins)}});
}

// A part of the judgement: a map of its settings, or the word off.
template <class Settings>
Reader part(std::optional<Settings>& into, std::vector<Key> (*keys)(Settings&))
{
    return [&into, keys](const Item& item, Mistakes& mistakes) {
        if (item.node.kind == Kind::text && item.node.text == "off") {
            into.reset();
            return;
        }
        if (item.node.kind != Kind::map)
            return refuse(item, "a map of its settings, or the word off", mistakes);
        read_map(item, keys(*into), mistakes);
    };
}

constexpr std::uint64_t kMostCounted = 100'000;
// An empty database has 100 KiB.
constexpr std::uint64_t kSmallestState = std::uint64_t{1} << 20U;

// A time span, or the word off: none.
Reader time_span_or_off(Duration& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        if (item.node.kind == Kind::text && item.node.text == "off") {
            into = Duration::zero();
            return;
        }
        time_span(into)(item, mistakes);
    };
}

std::vector<Key> trust_keys(TrustSettings& trust)
{
    return {{"keep", time_span(trust.keep)},
            {"limit", whole_number(1, kMostCounted, trust.limit)},
            {"within", time_span(trust.within)},
            {"stale_limit", whole_number(1, kMostCounted, trust.stale_limit)},
            {"stale_within", time_span(trust.stale_within)},
            {"neighbour_limit", whole_number(1, kMostCounted, trust.neighbour_limit)},
            {"neighbour_within", time_span(trust.neighbour_within)},
            {"ban", ban_time(trust.ban)},
            {"learning", time_span_or_off(trust.learning)},
            {"shared_accounts", whole_number(2, Trust::kMostUsers, trust.shared_accounts)},
            {"shared_limit", whole_number(1, kMostCounted, trust.shared_limit)},
            {"ipv4", whole_number(8, 32, trust.network.ipv4)},
            {"ipv6", whole_number(16, 128, trust.network.ipv6)}};
}

std::vector<Key> outage_keys(OutageSettings& outage)
{
    return {{"unavailable_networks", whole_number(1, kMostCounted, outage.unavailable)},
            {"failing_users", whole_number(1, kMostCounted, outage.failing)},
            {"within", time_span(outage.within)},
            {"recovered_logins", whole_number(1, kMostCounted, outage.recovered)},
            {"idle_timeout", time_span(outage.linger)}};
}

std::vector<Key> hijack_keys(HijackSettings& hijack)
{
    return {{"networks", whole_number(2, kMostCounted, hijack.networks)},
            {"within", time_span(hijack.within)},
            {"ipv4", whole_number(8, 32, hijack.network.ipv4)},
            {"ipv6", whole_number(16, 128, hijack.network.ipv6)}};
}

std::vector<Key> storm_keys(StormSettings& storm)
{
    return {{"networks", whole_number(2, kMostCounted, storm.networks)},
            {"accounts", whole_number(1, kMostCounted, storm.accounts)},
            {"factor", whole_number(1, 1000, storm.factor)},
            {"within", time_span(storm.within)},
            {"grace", time_span(storm.grace)},
            {"ban", ban_time(storm.ban)}};
}

// Strangers are those whom trust does not know.
void check_storm(const yaml::Value& root, const Config& config, Mistakes& mistakes)
{
    const auto* const storm = root.kind == Kind::map ? entry_of(root, "storm") : nullptr;
    if (storm == nullptr || !config.judgement.storm || config.judgement.trust) return;
    mistakes.warn(storm->key_place,
                  "storm has no effect while trust is off, because mailban then knows no users; "
                  "remove 'trust: off', or set 'storm: off'");
}

std::vector<Key> keys_of(Config& config, const PatternFiles& shipped)
{
    const auto sources = [&config, &shipped](const Item& item, Mistakes& mistakes) {
        read_sources(item, shipped, config, mistakes);
    };
    // Read already: sources name them, wherever they stand.
    const auto patterns = [](const Item&, Mistakes&) {};
    const auto rules = [&config](const Item& item, Mistakes& mistakes) {
        config.rules.clear();
        read_rules(item, config.rules, mistakes);
    };
    const auto allow = [&config](const Item& item, Mistakes& mistakes) {
        read_allow(item, config.allow, mistakes);
    };
    const auto firewall = [&config](const Item& item, Mistakes& mistakes) {
        read_firewall(item, config.firewall, mistakes);
    };
    return {
        {"sources", sources},
        {"patterns", patterns},
        {"rules", rules},
        {"trust", part(config.judgement.trust, trust_keys)},
        {"outage", part(config.judgement.outage, outage_keys)},
        {"hijack", part(config.judgement.hijack, hijack_keys)},
        {"storm", part(config.judgement.storm, storm_keys)},
        {"allow", allow},
        {"proxies",
         [&config](const Item& item, Mistakes& mistakes) {
             read_proxies(item, config.proxies, mistakes);
         }},
        {"escalation", section({{"factor", factor(1, 1000, config.escalation.factor)},
                                {"max", time_span(config.escalation.max)},
                                {"forget", time_span(config.escalation.forget)}})},
        {"prefix", section({{"ipv4", whole_number(8, 32, config.prefix.ipv4)},
                            {"ipv6", whole_number(32, 128, config.prefix.ipv6)}})},
        {"firewall", firewall},
        {"hooks", [&config](const Item& item,
                            Mistakes& mistakes) { read_hooks(item, config.hooks, mistakes); }},
        {"policy", [&config](const Item& item,
                             Mistakes& mistakes) { read_policy(item, config.policy, mistakes); }},
        {"http", section({{"listen", listen_address(config.http)}})},
        {"state", section({{"directory", absolute_path(kLongestPath, config.state.directory)},
                           {"keep_events", time_span(config.state.keep_events)},
                           {"max_size", byte_size(kSmallestState, config.state.max_size)}})},
        {"control", control_section(config.control)},
        {"limits", section({{"tracked", whole_number(1, 100'000'000, config.limits.tracked)},
                            {"bans", whole_number(1, 10'000'000, config.limits.bans)},
                            {"known_logins", whole_number(10, 100'000'000, config.limits.known)}})},
        {"log",
         section({{"level", one_of({"debug", "info", "warning", "error"}, config.log_level)}})}};
}

void read_config(const yaml::Value& root, const PatternFiles& shipped, Config& config,
                 Mistakes& mistakes)
{
    if (root.kind == Kind::nothing)
        return mistakes.add({1, 1},
                            "the configuration is empty; expected at least 'sources: auto'");
    const auto patterns = std::find_if(root.items.begin(), root.items.end(),
                                       [](const auto& entry) { return entry.key == "patterns"; });
    if (root.kind == Kind::map && patterns != root.items.end())
        read_patterns(Item{*patterns, "patterns"}, config.patterns, mistakes);
    read_map(Item{root}, keys_of(config, shipped), mistakes);
    check_blocks(root, config, mistakes);
    check_rule_ports(config, mistakes);
    check_storm(root, config, mistakes);
    check_places(root, config, mistakes);
    for (SourceConfig& source : config.sources)
        source.assured.proxies = config.proxies;
    config.firewall.rule_ports = ports_of_rules(config.rules);
}

}  // namespace

LoadedConfig load_config(std::string_view text, std::string_view file, const PatternFiles& shipped)
{
    Mistakes mistakes(file);
    Config config;
    config.rules = default_rules();
    config.discover = true;
    const auto parsed = yaml::parse(text);
    if (const auto* mistake = std::get_if<yaml::Mistake>(&parsed)) {
        mistakes.add(mistake->place, mistake->message);
    } else {
        read_config(std::get<yaml::Value>(parsed), shipped, config, mistakes);
    }
    if (!mistakes.empty()) return std::move(mistakes).take();
    config.warnings = std::move(mistakes).take_warnings();
    return config;
}

}  // namespace mailban
