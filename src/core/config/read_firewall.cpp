#include "mailban/time/log_stamp.h"
#include "mailban/utf8.h"

#include <algorithm>

#include "sections.h"

namespace mailban {

namespace {

using Kind = yaml::Value::Kind;

// "2026-12-06": midnight, UTC.
Reader day(std::optional<Timestamp>& into)
{
    return [&into](const Item& item, Mistakes& mistakes) {
        const std::string& text = item.node.text;
        constexpr std::size_t kLength = 10;
        const auto stamp = item.node.kind == Kind::text && text.size() == kLength
                               ? read_iso_stamp(text + "T00:00:00Z", Zone(), Timestamp())
                               : std::nullopt;
        if (stamp && stamp->length == kLength + 10) {
            into = stamp->time;
        } else {
            mistakes.add(item.node.place, item.name + " is " + in_quotes(text) +
                                              "; expected a day such as 2026-12-06");
        }
    };
}

bool says(const CommandSet& commands, std::string_view placeholder)
{
    const auto& [prepare, ban, unban, extend, list, remove, limit, longest] = commands;
    const auto has = [&](const CommandSteps& steps) { return has_placeholder(steps, placeholder); };
    return has(prepare) || has(ban) || has(unban) || has(extend) || has(list) || has(remove);
}

// What is wrong with keys that are right each by itself.
void check_together(const Item& item, const FirewallConfig& config, Mistakes& mistakes)
{
    const auto* const backend = entry_of(item.node, "backend");
    const auto* const command = entry_of(item.node, "command");
    const auto* const forward = entry_of(item.node, "forward");
    const bool is_command = config.backend == Backend::command;
    if (backend != nullptr && is_command && command == nullptr)
        mistakes.add(backend->place,
                     "firewall.backend is 'command', but there is no firewall.command; expected "
                     "one with ban, unban and list");
    const bool can_forward = config.backend == Backend::nftables ||
                             config.backend == Backend::automatic ||
                             config.backend == Backend::dry_run;
    if (forward != nullptr && config.forward == Forward::yes && !can_forward)
        mistakes.add(forward->place, "firewall.forward is 'true', which " +
                                         std::string(to_string(config.backend)) +
                                         " cannot do; expected the backend nftables or auto, or "
                                         "forward: false");
    const auto* const ports = entry_of(item.node, "ports");
    if (ports != nullptr && is_command && config.ports.all &&
        (says(config.command, "{ports}") || says(config.command, "{port}")))
        mistakes.add(ports->place,
                     "firewall.ports is 'all', but firewall.command has {ports} or {port}; "
                     "expected a list of ports, or commands without them");
}

}  // namespace

const yaml::Value* entry_of(const yaml::Value& map, std::string_view key)
{
    const auto found = std::find_if(map.items.begin(), map.items.end(),
                                    [&](const yaml::Value& entry) { return entry.key == key; });
    return map.kind == Kind::map && found != map.items.end() ? &*found : nullptr;
}

void read_ports(const Item& item, PortSet& into, Mistakes& mistakes)
{
    if (item.node.kind == Kind::text && item.node.text == "all") {
        into = PortSet{true, {}};
        return;
    }
    std::vector<std::uint16_t> ports;
    const auto port = whole_number(1, 65'535, [&](std::uint64_t value) {
        ports.push_back(static_cast<std::uint16_t>(value));
    });
    read_list(item, "a list of TCP ports such as [25, 465, 587], or the word all", port, mistakes);
    std::sort(ports.begin(), ports.end());
    ports.erase(std::unique(ports.begin(), ports.end()), ports.end());
    into = PortSet{false, std::move(ports)};
}

void read_firewall(const Item& item, FirewallConfig& into, Mistakes& mistakes)
{
    const auto ports = [&](const Item& at, Mistakes&) { read_ports(at, into.ports, mistakes); };
    const auto command = [&](const Item& at, Mistakes&) {
        read_command(at, into.command, mistakes);
    };
    read_map(item,
             {{"backend", one_of(backend_names(), into.backend)},
              {"ports", ports},
              {"forward", one_of({"false", "true", "auto"}, into.forward)},
              {"on_stop", one_of({"keep", "remove"}, into.on_stop)},
              {"watch_until", day(into.watch_until)},
              {"command", command}},
             mistakes);
    check_together(item, into, mistakes);
}

void check_blocks(const yaml::Value& root, const Config& config, Mistakes& mistakes)
{
    const auto& firewall = config.firewall;
    const bool bans_blocks = config.prefix.ipv4 < 32 || config.prefix.ipv6 < 128;
    if (firewall.backend != Backend::command || firewall.command.ban.empty()) return;
    if (!bans_blocks || can_ban_blocks(firewall.command)) return;
    if (!has_placeholder(firewall.command.ban, "{address}")) return;  // told already
    const auto* const section = entry_of(root, "firewall");
    const auto* const command = section != nullptr ? entry_of(*section, "command") : nullptr;
    const auto* const ban = command != nullptr ? entry_of(*command, "ban") : nullptr;
    if (ban == nullptr) return;
    mistakes.add(ban->place,
                 "firewall.command.ban has only {address}, but a ban covers a whole subnet; "
                 "expected {prefix} in it, or 'prefix: {ipv4: 32, ipv6: 128}'");
}

void check_rule_ports(const Config& config, Mistakes& mistakes)
{
    const auto& firewall = config.firewall;
    const auto different = ports_of_rules(config.rules);
    if (different.size() > PortGroups::kMostOfRules) {
        const auto is_first_too_much = [&](const Rule& rule) {
            return rule.ports == different[PortGroups::kMostOfRules];
        };
        const auto rule = std::find_if(config.rules.begin(), config.rules.end(), is_first_too_much);
        mistakes.add(rule->place, "the rules have " + std::to_string(different.size()) +
                                      " different lists of ports; expected at most " +
                                      std::to_string(PortGroups::kMostOfRules));
    }
    const bool is_command = firewall.backend == Backend::command && !firewall.command.ban.empty();
    if (!is_command) return;
    for (std::size_t index = 0; index < config.rules.size(); ++index) {
        const Rule& rule = config.rules[index];
        const std::string name = "rules[" + std::to_string(index) + "].ports";
        if (!rule.ports) continue;
        if (!tells_ports_apart(firewall.command))
            mistakes.add(rule.place, name +
                                         " differs from firewall.ports, but firewall.command does "
                                         "not say which ports it bans from; expected {ports} or "
                                         "{port} in its ban, unban and list, or no ports here");
        else if (rule.ports->all)
            mistakes.add(rule.place, name +
                                         " is 'all', but firewall.command has {ports} or {port}; "
                                         "expected a list of ports");
    }
}

void check_places(const yaml::Value& root, const Config& config, Mistakes& mistakes)
{
    const bool has_firewall = config.firewall.backend != Backend::door;
    const bool has_door = config.policy.mode != PolicyMode::off;
    const auto* const section = entry_of(root, "firewall");
    const auto* const backend = section != nullptr ? entry_of(*section, "backend") : nullptr;
    if (backend != nullptr && !has_firewall && !has_door)
        mistakes.add(backend->place,
                     "firewall.backend is 'door', but policy.mode is 'off', so no ban holds "
                     "anywhere; expected 'policy: {mode: enforce}' and a place where mail servers "
                     "ask");
    if (backend != nullptr && !has_firewall && config.policy.mode == PolicyMode::observe)
        mistakes.warn(backend->place,
                      "firewall.backend is 'door' and policy.mode is 'observe', so nobody is "
                      "refused; set 'mode: enforce'");
    for (std::size_t index = 0; index < config.rules.size(); ++index) {
        const Rule& rule = config.rules[index];
        const std::string name = "rules[" + std::to_string(index) + "].where";
        if (rule.where == BanPlace::door && !has_door)
            mistakes.add(rule.place,
                         name +
                             " is 'door', but policy.mode is 'off', so its bans hold nowhere; "
                             "expected 'policy: {mode: enforce}', or 'where: firewall'");
        if (rule.where == BanPlace::firewall && !has_firewall)
            mistakes.add(rule.place, name +
                                         " is 'firewall', but firewall.backend is 'door', so "
                                         "its bans hold nowhere; expected 'where: door', or "
                                         "another backend");
    }
}

}  // namespace mailban
