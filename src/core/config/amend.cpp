#include "mailban/config/amend.h"

#include "mailban/characters.h"
#include "mailban/config/config_text.h"
#include "mailban/config/rule_yaml.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <utility>

namespace mailban {

namespace {

template <class T>
bool holds(const std::vector<T>& list, const T& value)
{
    return std::find(list.begin(), list.end(), value) != list.end();
}

template <class T>
void add_new(std::vector<T>& list, const std::vector<T>& more)
{
    for (const auto& value : more)
        if (!holds(list, value)) list.push_back(value);
}

std::vector<Rule>::iterator rule_named(std::vector<Rule>& rules, const std::string& name)
{
    return std::find_if(rules.begin(), rules.end(),
                        [&](const Rule& rule) { return rule.name == name; });
}

bool follows(const Config& config, const std::string& file)
{
    return std::any_of(config.sources.begin(), config.sources.end(),
                       [&](const SourceConfig& source) { return source.file == file; });
}

// Quoted where YAML would read something else, or the configuration takes no plain word.
std::string word(const std::string& text)
{
    const bool is_plain =
        CharacterSet("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789./_-")
            .has_all_of(text);
    return is_plain && !text.empty() && text.front() != '-' ? text : '"' + text + '"';
}

// An address without its length is read as the same.
std::string word(const Prefix& prefix)
{
    return word(prefix.is_host() ? prefix.base().to_string() : prefix.to_string());
}

// "2026-12-06"
std::string day_text(Timestamp at)
{
    constexpr std::size_t kDay = 10;
    return format_timestamp(at).substr(0, kDay);
}

std::string number(double value)
{
    std::array<char, 32> text{};
    const auto end = std::to_chars(text.data(), text.data() + text.size(), value).ptr;
    return {text.data(), end};
}

std::vector<std::string> allow_words(const AllowConfig& allow, const AllowConfig& standing)
{
    std::vector<std::string> words;
    for (const auto& prefix : allow.prefixes)
        if (!holds(standing.prefixes, prefix)) words.push_back(word(prefix));
    for (const auto& file : allow.files)
        if (!holds(standing.files, file)) words.push_back(word(file));
    for (const auto& name : allow.names)
        if (!holds(standing.names, name)) words.push_back(word(name));
    return words;
}

// The keys of `policy` that an amendment may set, with their values as YAML.
std::vector<std::pair<std::string, std::string>> policy_values(const PolicySettings& policy)
{
    std::vector<std::pair<std::string, std::string>> values;
    values.emplace_back("mode", kPolicyModeNames.of(policy.mode));
    if (policy.dovecot)
        values.emplace_back("dovecot", "{listen: " + policy.dovecot->to_string() +
                                           ", key_file: " + word(policy.key_file) + "}");
    if (policy.postfix)
        values.emplace_back("postfix", "{listen: " + policy.postfix->to_string() + "}");
    if (policy.exim) values.emplace_back("exim", "{listen: " + policy.exim->to_string() + "}");
    return values;
}

// Makes a text say it, one change after the other, and stops at the first that cannot be made.
class Amending {
public:
    Amending(std::string text, const Config& standing) : text_(std::move(text)), standing_(standing)
    {
    }

    Status make(const Amendment& wanted)
    {
        change_rules(wanted.rules);
        std::vector<std::string> files;
        for (const auto& file : wanted.files)
            if (!follows(standing_, file)) files.push_back("file: " + word(file));
        add_sources(files);
        note(text_.append("allow", allow_words(wanted.allow, standing_.allow)));
        const auto& escalation = standing_.escalation;
        if (wanted.escalation_factor && *wanted.escalation_factor != escalation.factor)
            note(text_.set("escalation", "factor", number(*wanted.escalation_factor)));
        if (wanted.escalation_max && *wanted.escalation_max != escalation.max)
            note(text_.set("escalation", "max", format_duration(*wanted.escalation_max)));
        if (wanted.backend && *wanted.backend != standing_.firewall.backend)
            note(text_.set("firewall", "backend", to_string(*wanted.backend)));
        if (wanted.watch_until && wanted.watch_until != standing_.firewall.watch_until)
            note(text_.set("firewall", "watch_until", day_text(*wanted.watch_until)));
        if (wanted.policy) change_policy(*wanted.policy);
        if (wanted.ends_watch) note(text_.unset("firewall", "watch_until"));
        return status_;
    }

    const std::string& text() const { return text_.text(); }

private:
    void note(Status outcome)
    {
        if (status_ && !outcome) status_ = std::move(outcome);
    }

    void change_policy(const PolicySettings& wanted)
    {
        const auto& standing = standing_.policy;
        for (const auto& [key, value] : policy_values(wanted)) {
            const auto same = policy_values(standing);
            if (std::find(same.begin(), same.end(), std::pair(key, value)) == same.end())
                note(text_.set("policy", key, value));
        }
    }

    void add_sources(const std::vector<std::string>& files)
    {
        if (files.empty()) return;
        std::vector<std::string> elements = files;
        // Without the key, the configuration means what `auto` says.
        if (!text_.has("sources")) elements.insert(elements.begin(), "auto");
        note(text_.append("sources", elements));
    }

    void change_rules(const std::vector<Rule>& rules)
    {
        auto all = standing_.rules;
        std::vector<std::string> added;
        for (const Rule& rule : rules) {
            const auto same = rule_named(all, rule.name);
            if (same == all.end()) {
                added.push_back(to_yaml(rule));
                all.push_back(rule);
            } else if (text_.has("rules")) {
                change(*same, rule);
            } else {
                *same = rule;
            }
        }
        // The key `rules` replaces the shipped rules, so it has to name them, too.
        const bool has_changed = all != standing_.rules;
        if (!text_.has("rules")) {
            if (has_changed) text_.append_lines(to_yaml(all));
        } else {
            note(text_.append("rules", added));
        }
    }

    void change(const Rule& standing, const Rule& wanted)
    {
        const auto set = [&](std::string_view key, const std::string& value) {
            note(text_.set_in_rule(wanted.name, key, value));
        };
        if (wanted.limit != standing.limit) set("limit", std::to_string(wanted.limit));
        if (wanted.within != standing.within) set("within", format_duration(wanted.within));
        if (wanted.ban != standing.ban)
            set("ban", wanted.ban ? format_duration(*wanted.ban) : "forever");
        if (wanted.ports && wanted.ports != standing.ports)
            set("ports", wanted.ports->all ? "all" : '[' + wanted.ports->list() + ']');
    }

    ConfigText text_;
    const Config& standing_;
    Status status_ = Done{};
};

Error first_of(const std::vector<ConfigError>& mistakes)
{
    std::string text;
    for (const auto& mistake : mistakes)
        text += (text.empty() ? "" : "\n") + to_string(mistake);
    return Error{std::move(text)};
}

// Places in warnings move with the lines.
Config without_warnings(Config config)
{
    config.warnings.clear();
    return config;
}

}  // namespace

Config amended(Config config, const Amendment& amendment)
{
    for (const Rule& rule : amendment.rules) {
        const auto same = rule_named(config.rules, rule.name);
        if (same == config.rules.end()) {
            config.rules.push_back(rule);
            continue;
        }
        same->limit = rule.limit;
        same->within = rule.within;
        same->ban = rule.ban;
        if (rule.ports) same->ports = rule.ports;
    }
    config.firewall.rule_ports = ports_of_rules(config.rules);
    add_new(config.allow.prefixes, amendment.allow.prefixes);
    add_new(config.allow.files, amendment.allow.files);
    add_new(config.allow.names, amendment.allow.names);
    for (const auto& file : amendment.files) {
        if (follows(config, file)) continue;
        SourceConfig source;
        source.file = file;
        source.assured.proxies = config.proxies;
        config.sources.push_back(std::move(source));
    }
    if (amendment.escalation_factor) config.escalation.factor = *amendment.escalation_factor;
    if (amendment.escalation_max) config.escalation.max = *amendment.escalation_max;
    if (amendment.backend) config.firewall.backend = *amendment.backend;
    if (amendment.watch_until) config.firewall.watch_until = amendment.watch_until;
    if (amendment.ends_watch) config.firewall.watch_until.reset();
    if (amendment.policy) config.policy = *amendment.policy;
    return config;
}

Result<std::string> amend(std::string_view text, std::string_view file, const PatternFiles& shipped,
                          const Amendment& amendment)
{
    const auto loaded = load_config(text, file, shipped);
    if (const auto* mistakes = std::get_if<std::vector<ConfigError>>(&loaded))
        return first_of(*mistakes);
    const auto& standing = std::get<Config>(loaded);
    const auto wanted = amended(standing, amendment);
    if (wanted == standing) return std::string(text);
    Amending amending{std::string(text), standing};
    const Error by_hand{std::string(file) +
                        " stays as it is, because its text cannot be changed safely; add this by "
                        "hand:\n" +
                        to_yaml(amendment)};
    const auto made = amending.make(amendment);
    if (!made) return Error{made.error().message + "\n" + by_hand.message};
    // Whatever was changed in the text: it says what it should, and nothing else.
    const auto reloaded = load_config(amending.text(), file, shipped);
    const auto* changed = std::get_if<Config>(&reloaded);
    if (changed == nullptr) return by_hand;
    if (without_warnings(*changed) != without_warnings(wanted)) return by_hand;
    return amending.text();
}

std::string to_yaml(const Amendment& amendment)
{
    std::string text;
    if (!amendment.rules.empty()) text += to_yaml(amendment.rules);
    const auto words = allow_words(amendment.allow, {});
    if (!words.empty()) text += "allow: [" + joined(words) + "]\n";
    if (!amendment.files.empty()) text += "sources:\n";
    for (const auto& file : amendment.files)
        text += "  - file: " + word(file) + '\n';
    std::vector<std::string> escalation;
    if (amendment.escalation_factor)
        escalation.push_back("factor: " + number(*amendment.escalation_factor));
    if (amendment.escalation_max)
        escalation.push_back("max: " + format_duration(*amendment.escalation_max));
    if (!escalation.empty()) text += "escalation: {" + joined(escalation) + "}\n";
    std::vector<std::string> firewall;
    if (amendment.backend)
        firewall.push_back("backend: " + std::string(to_string(*amendment.backend)));
    if (amendment.watch_until)
        firewall.push_back("watch_until: " + day_text(*amendment.watch_until));
    if (amendment.policy) text += "policy:\n";
    if (amendment.policy)
        for (const auto& [key, value] : policy_values(*amendment.policy))
            text.append("  ").append(key).append(": ").append(value).append("\n");
    if (!firewall.empty()) text += "firewall: {" + joined(firewall) + "}\n";
    return text;
}

}  // namespace mailban
