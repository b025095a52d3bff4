#include "mailban/config/config.h"

#include <algorithm>
#include <array>

#include "sections.h"

namespace mailban {

namespace {
constexpr std::array<std::string_view, 7> kBackendNames{"auto",    "nftables", "firewalld", "ufw",
                                                        "command", "dry-run",  "door"};
}

// docs/configuration.md says of each why it is so.
std::vector<Rule> default_rules()
{
    using std::chrono::days;
    using std::chrono::hours;
    using std::chrono::minutes;
    const EventKinds failure{EventKind::auth_failure};
    const EventKinds unknown{EventKind::unknown_recipient};
    const EventKinds relay{EventKind::relay_denied};
    const EventKinds abuse{EventKind::abuse};
    const auto ip = CountBy::ip;
    const auto accounts = Distinct::account;
    const auto addresses = Distinct::address;
    std::vector<Rule> rules{
        {"password-guessing", failure, 5, minutes(10), hours(1)},
        {"slow-guessing", failure, 10, days(1), days(1)},
        {"persistent-guessing", failure, 12, days(3), days(7)},
        {"spraying", failure, 4, days(1), days(2), ip, accounts},
        {"account-under-attack", failure, 10, days(1), days(1), CountBy::account, addresses},
        {"hopping", failure, 8, hours(6), days(1), CountBy::subnet, addresses},
        {"block-guessing", failure, 50, days(1), days(1), CountBy::subnet},
        {"recipient-harvesting", unknown, 20, minutes(10), hours(1)},
        {"relay-probing", relay, 4, hours(1), hours(6)},
        {"protocol-abuse", abuse, 300, minutes(10), hours(1)}};
    const auto rule = [&rules](std::string_view name) -> Rule& {
        return *std::ranges::find(rules, name, &Rule::name);
    };
    rule("spraying").learning_limit = 12;
    rule("account-under-attack").learning_limit = 12;
    rule("hopping").single_limit = 24;
    rule("hopping").learning_limit = 24;
    rule("block-guessing").learning_limit = 100;
    return rules;
}

std::vector<std::string_view> backend_names()
{
    return {kBackendNames.begin(), kBackendNames.end()};
}

std::string_view to_string(Backend backend) noexcept
{
    return kBackendNames[static_cast<std::size_t>(backend)];
}

std::vector<PortSet> ports_of_rules(const std::vector<Rule>& rules)
{
    std::vector<PortSet> all;
    for (const Rule& rule : rules)
        if (rule.ports && std::find(all.begin(), all.end(), *rule.ports) == all.end())
            all.push_back(*rule.ports);
    return all;
}

PortGroups port_groups(const FirewallConfig& config)
{
    return {config.ports, config.rule_ports};
}

Duration longest_window(const Config& config) noexcept
{
    Duration longest{};
    for (const auto& rule : config.rules)
        longest = std::max(longest, rule.within);
    return longest;
}

Duration event_retention(const Config& config) noexcept
{
    return std::max(config.state.keep_events, longest_window(config));
}

}  // namespace mailban
