#include "mailban/utf8.h"

#include <map>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

void read_kinds(const Item& item, EventKinds& into, Mistakes& mistakes)
{
    EventKinds found;
    const auto read_one = choice(event_kind_names(),
                                 [&](std::size_t at) { found.insert(static_cast<EventKind>(at)); });
    if (item.node.kind == Kind::list) {
        read_list(item, "a kind of event or a list of them", read_one, mistakes);
    } else {
        read_one(item, mistakes);
    }
    if (!found.empty()) into = found;
}

constexpr std::uint32_t kHighestWeight = 1000;

// {relay_denied: 3}: for kinds that the rule counts. Read last, wherever it stands.
void read_weights(const Item& item, Rule& rule, Mistakes& mistakes)
{
    std::vector<Key> keys;
    for (std::size_t index = 0; index < kEventKinds; ++index) {
        const auto kind = static_cast<EventKind>(index);
        const auto read = [&rule, kind](const Item& at, Mistakes& into) {
            if (!rule.on.contains(kind))
                return into.add(
                    at.node.key_place,
                    at.name + " has a weight for a kind that the rule does not count; expected " +
                        std::string(to_string(kind)) + " in 'on', too");
            whole_number(1, kHighestWeight, [&rule, kind](std::uint64_t weight) {
                rule.weights.set(kind, static_cast<std::uint32_t>(weight));
            })(at, into);
        };
        keys.push_back({to_string(kind), read});
    }
    read_map(item, keys, mistakes);
    if (rule.distinct != Distinct::none)
        mistakes.add(item.node.key_place, item.name +
                                              " has weights, but the rule counts different " +
                                              std::string(kCountedNames.of(rule.distinct)) +
                                              "; expected no weights, or 'distinct: none'");
}

// What a rule asks for and cannot mean.
void refuse_nonsense(const Item& item, const Rule& rule, bool has_subnet, Mistakes& mistakes)
{
    const auto refuse_because = [&](const char* why) {
        mistakes.add(item.node.place, item.name + why);
    };
    if (has_subnet && rule.by != CountBy::subnet)
        refuse_because(" has a subnet, but does not count by it; expected 'by: subnet', too");
    if (rule.by == CountBy::ip && rule.distinct == Distinct::address)
        refuse_because(
            " counts the different addresses of one address; expected 'distinct: account', or "
            "'by: subnet' or 'by: account'");
    if (rule.by == CountBy::account && rule.distinct == Distinct::account)
        refuse_because(
            " counts the different accounts of one account; expected 'distinct: address', or "
            "'by: ip' or 'by: subnet'");
    if (rule.single_limit && (rule.by != CountBy::subnet || rule.distinct != Distinct::address))
        refuse_because(
            " has a single_limit, which is for the different addresses of a subnet; expected 'by: "
            "subnet' and 'distinct: address', too");
    for (const auto& [name, limit] : {std::pair("learning_limit", rule.learning_limit),
                                      std::pair("single_limit", rule.single_limit)})
        if (limit && *limit < rule.limit)
            refuse_because((std::string(" has a ") + name + " of " + std::to_string(*limit) +
                            "; expected at least its limit, " + std::to_string(rule.limit))
                               .c_str());
    if (rule.distinct == Distinct::password && !rule.on.contains(EventKind::auth_failure))
        refuse_because(
            " counts different passwords of events that have none; expected 'on: auth_failure'");
}

Reader optional_number(std::optional<std::uint32_t>& into)
{
    return whole_number(1, 100'000,
                        [&into](std::uint64_t value) { into = static_cast<std::uint32_t>(value); });
}

Reader subnet_lengths(PrefixLengths& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        read_map(
            item,
            {{"ipv4", whole_number(8, 32, into.ipv4)}, {"ipv6", whole_number(16, 128, into.ipv6)}},
            mistakes);
    };
}

Rule read_rule(const Item& item, Place& name_place, Mistakes& mistakes)
{
    Rule rule;
    rule.place = item.node.place;
    // The name goes into firewall comments, tables and JSON.
    const auto read_name = [&](const Item& at, Mistakes&) {
        name_place = at.node.place;
        name_text(64, "'\"\\", rule.name)(at, mistakes);
    };
    name_place = Place{};
    bool has_subnet = false;
    const auto read_subnet = [&](const Item& at, Mistakes&) {
        has_subnet = true;
        subnet_lengths(rule.subnet)(at, mistakes);
    };
    read_map(item,
             {{"name", read_name},
              {"on", [&](const Item& at, Mistakes&) { read_kinds(at, rule.on, mistakes); }},
              {"by", one_of(kCountByNames.all(), rule.by)},
              {"subnet", read_subnet},
              {"distinct", one_of(kDistinctNames.all(), rule.distinct)},
              {"limit", whole_number(1, 100'000, rule.limit)},
              {"mode", one_of(kRuleModeNames.all(), rule.mode)},
              {"learning_limit", optional_number(rule.learning_limit)},
              {"single_limit", optional_number(rule.single_limit)},
              {"within", time_span(rule.within)},
              {"ban", ban_time(rule.ban)},
              {"ports",
               [&](const Item& at, Mistakes& into) { read_ports(at, rule.ports.emplace(), into); }},
              {"where", one_of(kBanPlaceNames.all(), rule.where)},
              {"weights", [](const Item&, Mistakes&) {}}},
             mistakes);
    const auto* const weights =
        item.node.kind == Kind::map ? entry_of(item.node, "weights") : nullptr;
    if (weights != nullptr) read_weights(Item{*weights, item.name + ".weights"}, rule, mistakes);
    refuse_nonsense(item, rule, has_subnet, mistakes);
    if (item.node.kind == Kind::map && name_place.line == 0)
        mistakes.add(item.node.place, item.name +
                                          " has no name; expected one such as 'name: "
                                          "password-guessing', which lists of bans show");
    return rule;
}

}  // namespace

std::vector<std::string_view> event_kind_names()
{
    std::vector<std::string_view> names;
    for (std::size_t index = 0; index < kEventKinds; ++index)
        names.push_back(to_string(static_cast<EventKind>(index)));
    return names;
}

void read_rules(const Item& item, std::vector<Rule>& into, Mistakes& mistakes)
{
    std::map<std::string, Place> seen;
    const auto read_one = [&](const Item& element, Mistakes&) {
        Place place;
        auto rule = read_rule(element, place, mistakes);
        const auto [first, is_new] = seen.try_emplace(rule.name, place);
        if (!is_new && !rule.name.empty())
            mistakes.add(place, element.name + ".name is " + in_quotes(rule.name) +
                                    ", which line " + std::to_string(first->second.line) +
                                    " already uses; expected a different name");
        into.push_back(std::move(rule));
    };
    read_list(item, "a list of rules such as [{name: guessing, limit: 5, within: 10m, ban: 1h}]",
              read_one, mistakes);
}

}  // namespace mailban
