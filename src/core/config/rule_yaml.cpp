#include "mailban/config/rule_yaml.h"

#include "mailban/characters.h"

#include <utility>

namespace mailban {

namespace {

// Names hold neither quotes nor backslashes (the configuration refuses them).
std::string yaml_name(const std::string& name)
{
    constexpr auto kPlain = kLetters.with("-");
    // Longer than any word that YAML takes for something else: null, true, false.
    const bool needs_no_quotes = name.size() > 5 && name.front() != '-' && kPlain.has_all_of(name);
    return needs_no_quotes ? name : '"' + name + '"';
}

std::string yaml_kinds(const EventKinds& on)
{
    std::string list;
    std::size_t kinds = 0;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        if (!on.contains(kind)) continue;
        if (kinds++ > 0) list += ", ";
        list += to_string(kind);
    }
    return kinds == 1 ? list : "[" + list + "]";
}

std::string yaml_weights(const KindWeights& weights)
{
    std::string list;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        if (weights.of(kind) == 1) continue;
        if (!list.empty()) list += ", ";
        list.append(to_string(kind)).append(": ").append(std::to_string(weights.of(kind)));
    }
    return '{' + list + '}';
}

}  // namespace

std::string to_yaml(const Rule& rule)
{
    std::string text = "{name: " + yaml_name(rule.name) + ", on: " + yaml_kinds(rule.on);
    text.append(", by: ").append(kCountByNames.of(rule.by));
    if (rule.by == CountBy::subnet) {
        text += ", subnet: {ipv4: " + std::to_string(rule.subnet.ipv4) +
                ", ipv6: " + std::to_string(rule.subnet.ipv6) + "}";
    }
    if (rule.distinct != Distinct::none)
        text.append(", distinct: ").append(kDistinctNames.of(rule.distinct));
    if (!rule.weights.are_equal()) text += ", weights: " + yaml_weights(rule.weights);
    text += ", limit: " + std::to_string(rule.limit);
    // A proposed limit may have overtaken them.
    for (const auto& [key, limit] : {std::pair("learning_limit", rule.learning_limit),
                                     std::pair("single_limit", rule.single_limit)})
        if (limit && *limit > rule.limit)
            text += std::string(", ") + key + ": " + std::to_string(*limit);
    text += ", within: " + format_duration(rule.within);
    if (rule.mode != RuleMode::enforce)
        text.append(", mode: ").append(kRuleModeNames.of(rule.mode));
    if (rule.ports)
        text += ", ports: " + (rule.ports->all ? "all" : '[' + rule.ports->list() + ']');
    if (rule.where != BanPlace::both)
        text.append(", where: ").append(kBanPlaceNames.of(rule.where));
    return text + ", ban: " + (rule.ban ? format_duration(*rule.ban) : "forever") + "}";
}

std::string to_yaml(const std::vector<Rule>& rules)
{
    std::string text = "rules:\n";
    for (const auto& rule : rules)
        text += "  - " + to_yaml(rule) + "\n";
    return text;
}

}  // namespace mailban
