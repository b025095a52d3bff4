// What a tuning is told as: YAML to paste, and JSON.
#include "mailban/ascii_json.h"
#include "mailban/characters.h"
#include "mailban/replay/tuning.h"

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

// Members stand in the order in which they are documented.
using json = nlohmann::ordered_json;

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

std::string yaml_rule(const Rule& rule)
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
    if (rule.ports)
        text += ", ports: " + (rule.ports->all ? "all" : '[' + rule.ports->list() + ']');
    return text + ", ban: " + (rule.ban ? format_duration(*rule.ban) : "forever") + "}";
}

json tuning_json(const std::optional<Timestamp>& at)
{
    return at ? json(format_timestamp(*at)) : json(nullptr);
}

json tuning_json(const TuningPoint& point)
{
    return {{"limit", point.limit},
            {"within", format_duration(point.within)},
            {"bans", point.bans},
            {"prefixes", point.prefixes},
            {"guesses_passed", point.through},
            {"guesses_blocked", point.prevented},
            {"customers", point.customers}};
}

json tuning_json(const std::vector<TuningPoint>& points)
{
    json list = json::array();
    for (const auto& point : points)
        list.push_back(tuning_json(point));
    return list;
}

json totals_of(const TuningPoint& point)
{
    json totals = tuning_json(point);
    totals.erase("limit");
    totals.erase("within");
    return totals;
}

json tuning_json(const RuleTuning& tuned)
{
    return {{"rule", tuned.rule.name},
            {"limit", tuned.rule.limit},
            {"within", format_duration(tuned.rule.within)},
            {"limits", tuning_json(tuned.limits)},
            {"spans", tuning_json(tuned.spans)},
            {"proposal", tuned.proposal ? tuning_json(*tuned.proposal) : json(nullptr)}};
}

const char* name_of(Basis basis)
{
    switch (basis) {
    case Basis::no_events: return "no events";
    case Basis::no_logins: return "no logins";
    case Basis::little: return "little";
    case Basis::enough: break;
    }
    return "enough";
}

}  // namespace

std::string to_yaml(const std::vector<Rule>& rules)
{
    std::string text = "rules:\n";
    for (const auto& rule : rules)
        text += "  - " + yaml_rule(rule) + "\n";
    return text;
}

std::string to_json(const Tuning& tuning)
{
    json rules = json::array();
    json suspects = json::array();
    for (const auto& tuned : tuning.rules)
        rules.push_back(tuning_json(tuned));
    for (const auto& ip : tuning.suspects)
        suspects.push_back(ip.to_string());
    const json whole{{"events", tuning.events},
                     {"skipped_events", tuning.left_out},
                     {"first", tuning_json(tuning.first)},
                     {"last", tuning_json(tuning.last)},
                     {"guesses", tuning.guesses},
                     {"guessing_clients", tuning.guessing_clients},
                     {"customers", tuning.customers},
                     {"suspects", std::move(suspects)},
                     {"evidence", name_of(tuning.basis)},
                     {"rules", std::move(rules)},
                     {"current", totals_of(tuning.now)},
                     {"proposed", totals_of(tuning.then)},
                     {"yaml", to_yaml(tuning.proposed)}};
    return ascii_json(whole);
}

}  // namespace mailban
