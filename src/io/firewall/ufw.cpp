#include "io/firewall/ufw.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mailban::io {

asio::awaitable<Result<std::string>> UfwFirewall::run(ArgumentVector words)
{
    ProcessLimits limits;
    // A reload of thousands of rules takes its time, and ufw waits for its own lock.
    limits.time = std::chrono::seconds(60);
    const auto result = co_await run_(words, limits);
    if (!result) co_return result.error();
    if (result->exit_code != 0) co_return Error{describe_failure(words, *result)};
    co_return result->output;
}

asio::awaitable<Status> UfwFirewall::alter(ArgumentVector words)
{
    watch_.begin_change();
    const auto output = co_await run(std::move(words));
    watch_.end_change();
    if (!output) co_return output.error();
    co_return Done{};
}

asio::awaitable<Result<std::vector<UfwRule>>> UfwFirewall::added()
{
    ArgumentVector words{"ufw", "show", "added"};
    const auto output = co_await run(std::move(words));
    if (!output) co_return output.error();
    auto rules = parse_ufw_added(*output);
    // Without IPv6, ufw keeps such rules in its files and nowhere else.
    if (!ufw_has_ipv6())
        std::erase_if(rules, [](const UfwRule& rule) { return !rule.prefix.is_v4(); });
    co_return rules;
}

asio::awaitable<Result<std::vector<Prefix>>> UfwFirewall::dropped()
{
    ArgumentVector four{"iptables", "-w", "5", "-S", "ufw-user-input"};
    const auto output4 = co_await run(std::move(four));
    if (!output4) co_return Error{"ufw is not active in the kernel: " + output4.error().message};
    auto all = parse_iptables_dropped(*output4);
    if (!ufw_has_ipv6()) co_return all;

    ArgumentVector six{"ip6tables", "-w", "5", "-S", "ufw6-user-input"};
    const auto output6 = co_await run(std::move(six));
    if (!output6) co_return Error{"ufw is not active in the kernel: " + output6.error().message};
    const auto more = parse_iptables_dropped(*output6);
    all.insert(all.end(), more.begin(), more.end());
    co_return all;
}

asio::awaitable<Result<bool>> UfwFirewall::all_in_kernel(std::vector<UfwRule> rules)
{
    auto in_kernel = co_await dropped();
    if (!in_kernel) co_return in_kernel.error();
    std::sort(in_kernel->begin(), in_kernel->end());
    co_return std::all_of(rules.begin(), rules.end(), [&](const UfwRule& rule) {
        return std::binary_search(in_kernel->begin(), in_kernel->end(), rule.prefix);
    });
}

asio::awaitable<Status> UfwFirewall::probe()
{
    if (!ufw_is_enabled()) co_return Error{"ufw is not enabled"};
    const auto in_kernel = co_await dropped();
    if (!in_kernel) co_return in_kernel.error();
    co_return Done{};
}

asio::awaitable<Status> UfwFirewall::prepare()
{
    const auto executor = co_await asio::this_coro::executor;
    watch_.listen(executor, [this](std::string_view why) { notify_disturbed(why); });
    if (!ufw_is_enabled()) co_return Error{"ufw is not enabled"};
    const auto rules = co_await added();
    if (!rules) co_return rules.error();
    auto named = *rules;
    const auto complete = co_await all_in_kernel(std::move(named));
    if (!complete || !*complete) {
        ArgumentVector words{"ufw", "reload"};
        const auto reloaded = co_await alter(std::move(words));
        if (!reloaded) co_return reloaded.error();
    }
    co_return co_await take_over(*rules);
}

// Rules for other ports, from another configuration: their clients stay out while they are changed.
asio::awaitable<Status> UfwFirewall::take_over(const std::vector<UfwRule>& rules)
{
    const auto state = ufw_state(rules, ports_);
    std::set<Prefix> banned;
    for (const auto& held : state.banned)
        banned.insert(held.prefix);
    for (const auto& stray : state.strays) {
        if (!banned.insert(stray.prefix).second) continue;
        const Change change{Change::Kind::add, stray.prefix, {}, ports_.group_over(stray.ports)};
        const auto added = co_await carry_out(change);
        if (!added) co_return added.error();
    }
    for (const auto& stray : state.strays) {
        auto words = ufw_remove(stray);
        const auto removed = co_await alter(std::move(words));
        if (!removed) co_return removed.error();
    }
    co_return Done{};
}

asio::awaitable<Result<std::vector<Held>>> UfwFirewall::list(Timestamp)
{
    const auto rules = co_await added();
    if (!rules) co_return rules.error();
    auto named = *rules;
    const auto complete = co_await all_in_kernel(std::move(named));
    if (!complete) co_return complete.error();
    if (!*complete) co_return Error{"rules that ufw lists are not in the kernel"};
    co_return ufw_state(*rules, ports_).banned;
}

// What is also part of another ban of the prefix stays.
asio::awaitable<Result<std::vector<UfwRule>>> UfwFirewall::rules_to_remove(Prefix prefix,
                                                                           PortGroup group)
{
    auto rules = ufw_rules(prefix, ports_.ports(group));
    const auto is_shared = [&](const UfwRule& rule) {
        return is_shared_ufw_rule(rule, ports_, group);
    };
    if (std::none_of(rules.begin(), rules.end(), is_shared)) co_return rules;
    const auto there = co_await added();
    if (!there) co_return there.error();
    for (const auto& held : ufw_state(*there, ports_).banned) {
        if (held.prefix != prefix || held.group == group) continue;
        const auto kept = ufw_rules(prefix, ports_.ports(held.group));
        std::erase_if(rules, [&](const UfwRule& rule) {
            return std::find(kept.begin(), kept.end(), rule) != kept.end();
        });
    }
    co_return rules;
}

asio::awaitable<Status> UfwFirewall::carry_out(Change change)
{
    if (change.kind == Change::Kind::extend) co_return Done{};
    const bool is_add = change.kind == Change::Kind::add;
    Result<std::vector<UfwRule>> rules = ufw_rules(change.prefix, ports_.ports(change.group));
    if (!is_add) rules = co_await rules_to_remove(change.prefix, change.group);
    if (!rules) co_return rules.error();
    for (const auto& rule : *rules) {
        auto words = is_add ? ufw_add(rule) : ufw_remove(rule);
        const auto done = co_await alter(std::move(words));
        if (!done) co_return done.error();
    }
    co_return Done{};
}

asio::awaitable<Status> UfwFirewall::apply(Plan plan, Timestamp)
{
    Status first_failure = Done{};
    for (const auto& change : plan) {
        const auto done = co_await carry_out(change);
        if (!done && first_failure) first_failure = done.error();
    }
    co_return first_failure;
}

asio::awaitable<Result<std::string>> UfwFirewall::describe()
{
    ArgumentVector words{"ufw", "show", "added"};
    const auto output = co_await run(std::move(words));
    if (!output) co_return output.error();
    co_return ufw_own_lines(*output);
}

asio::awaitable<Status> UfwFirewall::remove_all()
{
    const auto rules = co_await added();
    if (!rules) co_return rules.error();
    for (const auto& rule : *rules) {
        auto words = ufw_remove(rule);
        const auto removed = co_await alter(std::move(words));
        if (!removed) co_return removed.error();
    }
    co_return Done{};
}

}  // namespace mailban::io
