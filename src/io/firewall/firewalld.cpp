#include "io/firewall/firewalld.h"

#include "io/firewall/firewalld_messages.h"
#include "io/firewall/firewalld_names.h"
#include "mailban/firewall/firewalld.h"

#include <algorithm>
#include <set>
#include <utility>

namespace mailban::io {

namespace {

SystemBus::Method running(const char* interface, const char* name)
{
    return {firewalld::kService, firewalld::kPath, interface, name};
}

SystemBus::Method permanent(const char* name)
{
    return {firewalld::kService, firewalld::kConfigPath, firewalld::kConfig, name};
}

bool has_text(const std::vector<std::string>& strings, std::string_view text)
{
    return std::find(strings.begin(), strings.end(), text) != strings.end();
}

}  // namespace

Status FirewalldFirewall::connect()
{
    if (bus_ && !bus_->is_lost()) return Done{};
    auto bus = SystemBus::connect(executor_);
    if (!bus) return bus.error();
    bus_.emplace(std::move(*bus));
    const std::string from = std::string("type='signal',sender='") + firewalld::kService +
                             "',interface='" + firewalld::kService + "',member='Reloaded'";
    const std::string owner =
        std::string(
            "type='signal',sender='org.freedesktop.DBus',interface='org.freedesktop.DBus',"
            "member='NameOwnerChanged',arg0='") +
        firewalld::kService + '\'';
    const auto first = bus_->listen(from, [this] { notify_disturbed("firewalld was reloaded"); });
    if (!first) return first.error();
    const std::string entry = std::string("type='signal',sender='") + firewalld::kService +
                              "',interface='" + firewalld::kIpset + "',member='EntryRemoved'";
    const auto second =
        bus_->listen(owner, [this] { notify_disturbed("firewalld started or stopped"); });
    if (!second) return second.error();
    listen();
    return bus_->listen(entry, [this] {
        if (!is_changing_) notify_disturbed("an entry was removed from an ipset of firewalld");
    });
}

// firewalld does not notice when its rules vanish from the kernel; its own changes are told over
// the bus.
void FirewalldFirewall::listen()
{
    if (watch_) return;
    auto watch =
        RulesetMonitor::open(executor_, {"firewalld"}, [this](const RulesetMonitor::Loss& loss) {
            if (loss.program == "firewalld" || loss.table.empty()) return;
            is_undermined_ = true;
            notify_disturbed(to_string(loss));
        });
    if (watch) watch_.emplace(std::move(*watch));
}

asio::awaitable<Result<BusMessage>> FirewalldFirewall::call(Method method, Strings arguments)
{
    const auto connected = connect();
    if (!connected) co_return connected.error();
    auto message = bus_->new_call(method);
    if (!message) co_return message.error();
    for (const auto& text : arguments)
        sd_bus_message_append(message->get(), "s", text.c_str());
    auto owned = std::move(*message);
    auto reply = co_await bus_->call(std::move(owned), firewalld::kLimit);
    if (!reply) co_return explained(reply.error());
    co_return std::move(*reply);
}

asio::awaitable<Result<FirewalldFirewall::Strings>> FirewalldFirewall::ask_strings(
    Method method, Strings arguments)
{
    const auto reply = co_await call(method, std::move(arguments));
    if (!reply) co_return reply.error();
    co_return read_strings(reply->get());
}

asio::awaitable<Status> FirewalldFirewall::probe()
{
    const auto method = running("org.freedesktop.DBus.Peer", "Ping");
    Strings none;
    const auto reply = co_await call(method, std::move(none));
    if (!reply) co_return reply.error();
    co_return Done{};
}

// Polkit is asked before firewalld looks whether there is such a policy.
asio::awaitable<Status> FirewalldFirewall::may_change()
{
    const auto settings = running("org.fedoraproject.FirewallD1.policy", "getPolicySettings");
    Strings name{kFirewalldPolicy};
    const auto reply = co_await call(settings, std::move(name));
    if (reply || is_kind(reply.error(), "INVALID_POLICY")) co_return Done{};
    co_return reply.error();
}

// Done where ipsets and policy are in force as they should be.
asio::awaitable<Status> FirewalldFirewall::stands()
{
    const auto list = running(firewalld::kIpset, "getIPSets");
    Strings none;
    const auto ipsets = co_await ask_strings(list, std::move(none));
    if (!ipsets) co_return ipsets.error();
    const auto names = firewalld_ipsets(ports_);
    for (const auto& ours : names)
        if (!has_text(*ipsets, ours)) co_return Error{"firewalld has no ipset " + ours};

    const auto settings = running("org.fedoraproject.FirewallD1.policy", "getPolicySettings");
    Strings name{kFirewalldPolicy};
    const auto reply = co_await call(settings, std::move(name));
    if (!reply) co_return reply.error();
    auto policy = read_firewalld_policy(reply->get());
    auto rules = firewalld_rules(ports_);
    std::sort(rules.begin(), rules.end());
    std::sort(policy.rules.begin(), policy.rules.end());
    if (policy.priority != kFirewalldPriority || policy.rules != rules)
        co_return Error{"the policy mailban of firewalld differs from the configuration"};
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::add_ipset(std::string ipset)
{
    const bool is_v4 = ipset.starts_with(firewalld_ipset(true));
    auto message = bus_->new_call(permanent("addIPSet"));
    if (!message) co_return message.error();
    // hash:net, because firewalld makes an interval set of either type and bans may be blocks.
    sd_bus_message_append(message->get(), "s(ssssa{ss}as)", ipset.c_str(), "", "mailban",
                          "Clients that mailban has banned.", "hash:net", 2, "family",
                          is_v4 ? "inet" : "inet6", "maxelem", "1048576", 0);
    auto owned = std::move(*message);
    const auto reply = co_await bus_->call(std::move(owned), firewalld::kLimit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::put_policy(bool is_there)
{
    std::string path = firewalld::kConfigPath;
    Method method = permanent("addPolicy");
    if (is_there) {
        const auto find = permanent("getPolicyByName");
        Strings name{kFirewalldPolicy};
        const auto found = co_await call(find, std::move(name));
        if (!found) co_return found.error();
        const char* object = nullptr;
        sd_bus_message_read(found->get(), "o", &object);
        if (object != nullptr) path = object;
        method = {firewalld::kService, path.c_str(), "org.fedoraproject.FirewallD1.config.policy",
                  "update"};
    }
    auto message = bus_->new_call(method);
    if (!message) co_return message.error();
    if (!is_there) sd_bus_message_append(message->get(), "s", kFirewalldPolicy);
    append_firewalld_policy(message->get(), ports_);
    auto owned = std::move(*message);
    const auto reply = co_await bus_->call(std::move(owned), firewalld::kLimit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::make_permanent()
{
    Strings none;
    const auto ipsets = co_await ask_strings(permanent("getIPSetNames"), none);
    if (!ipsets) co_return ipsets.error();
    const auto names = firewalld_ipsets(ports_);
    for (auto ours : names) {
        if (has_text(*ipsets, ours)) continue;
        const auto added = co_await add_ipset(std::move(ours));
        if (!added) co_return added.error();
    }
    const auto policies = co_await ask_strings(permanent("getPolicyNames"), none);
    if (!policies) co_return policies.error();
    const bool is_there = has_text(*policies, kFirewalldPolicy);
    co_return co_await put_policy(is_there);
}

asio::awaitable<Result<std::vector<Held>>> FirewalldFirewall::list(Timestamp)
{
    if (is_undermined_) co_return Error{"firewalld's rules are not in the kernel"};
    const auto stood = co_await stands();
    if (!stood) co_return stood.error();
    std::vector<Held> held;
    std::size_t number = 0;
    const auto names = firewalld_ipsets(ports_);
    for (const auto& ours : names) {
        const auto group = static_cast<PortGroup>(number++ / 2);
        Strings name{ours};
        const auto entries =
            co_await ask_strings(running(firewalld::kIpset, "getEntries"), std::move(name));
        if (!entries) co_return entries.error();
        const auto some = parse_firewalld_entries(*entries, group);
        held.insert(held.end(), some.begin(), some.end());
    }
    co_return held;
}

asio::awaitable<Status> FirewalldFirewall::carry_out(Change change)
{
    if (change.kind == Change::Kind::extend) co_return Done{};
    const bool is_add = change.kind == Change::Kind::add;
    const auto method = running(firewalld::kIpset, is_add ? "addEntry" : "removeEntry");
    Strings arguments{firewalld_ipset(change.prefix.is_v4(), change.group),
                      firewalld_entry(change.prefix)};
    const auto reply = co_await call(method, std::move(arguments));
    if (reply || is_kind(reply.error(), is_add ? "ALREADY_ENABLED" : "NOT_ENABLED"))
        co_return Done{};
    co_return reply.error();
}

asio::awaitable<Status> FirewalldFirewall::replace_entries(Plan plan, bool is_v4, PortGroup group)
{
    Strings name{firewalld_ipset(is_v4, group)};
    const auto before = co_await ask_strings(running(firewalld::kIpset, "getEntries"), name);
    if (!before) co_return before.error();
    const auto after = firewalld_entries_after(*before, plan, is_v4, group);

    auto message = bus_->new_call(running(firewalld::kIpset, "setEntries"));
    if (!message) co_return message.error();
    sd_bus_message_append(message->get(), "s", name.front().c_str());
    append_strings(message->get(), after);
    auto owned = std::move(*message);
    const auto limit = firewalld::kLimit + after.size() * firewalld::kLimitOfAnEntry;
    const auto reply = co_await bus_->call(std::move(owned), limit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::apply(Plan plan, Timestamp)
{
    is_changing_ = true;
    const auto done = co_await change_entries(std::move(plan));
    is_changing_ = false;
    co_return done;
}

asio::awaitable<Status> FirewalldFirewall::change_entries(Plan plan)
{
    if (plan.size() <= kFirewalldBatch) {
        for (const auto& change : plan) {
            const auto done = co_await carry_out(change);
            if (!done) co_return done.error();
        }
        co_return Done{};
    }
    std::set<std::pair<bool, PortGroup>> concerned;
    for (const auto& change : plan)
        concerned.emplace(change.prefix.is_v4(), change.group);
    for (const auto& [is_v4, group] : concerned) {
        const auto done = co_await replace_entries(plan, is_v4, group);
        if (!done) co_return done.error();
    }
    co_return Done{};
}

// Of the running firewalld, like the bans.
asio::awaitable<Result<std::string>> FirewalldFirewall::describe()
{
    Strings none;
    const auto ipsets = co_await ask_strings(running(firewalld::kIpset, "getIPSets"), none);
    if (!ipsets) co_return ipsets.error();
    std::string text;
    for (const auto& ours : *ipsets) {
        if (!is_firewalld_ipset(ours)) continue;
        Strings name{ours};
        text += "ipset " + name.front() + '\n';
        const auto entries =
            co_await ask_strings(running(firewalld::kIpset, "getEntries"), std::move(name));
        if (!entries) co_return entries.error();
        text += indented(*entries);
    }
    const auto policies = running("org.fedoraproject.FirewallD1.policy", "getPolicies");
    const auto known = co_await ask_strings(policies, std::move(none));
    if (!known) co_return known.error();
    if (!has_text(*known, kFirewalldPolicy)) co_return text;
    Strings name{kFirewalldPolicy};
    const auto settings = running("org.fedoraproject.FirewallD1.policy", "getPolicySettings");
    const auto reply = co_await call(settings, std::move(name));
    if (!reply) co_return reply.error();
    const auto policy = read_firewalld_policy(reply->get());
    text += std::string("policy ") + kFirewalldPolicy + ", priority " +
            std::to_string(policy.priority) + '\n';
    co_return text + indented(policy.rules);
}

// Whether there was something to remove.
asio::awaitable<Result<bool>> FirewalldFirewall::remove_permanent(Method find, Method remove,
                                                                  std::string name)
{
    Strings arguments{name};
    const auto found = co_await call(find, std::move(arguments));
    if (!found &&
        (is_kind(found.error(), "INVALID_POLICY") || is_kind(found.error(), "INVALID_IPSET")))
        co_return false;
    if (!found) co_return found.error();
    const char* object = nullptr;
    if (sd_bus_message_read(found->get(), "o", &object) < 0)
        co_return Error{"firewalld sent an unexpected reply, expected an object path"};
    remove.path = object;
    Strings none;
    const auto removed = co_await call(remove, std::move(none));
    if (!removed) co_return removed.error();
    co_return true;
}

asio::awaitable<Status> FirewalldFirewall::remove_all()
{
    const Method policy{firewalld::kService, nullptr, "org.fedoraproject.FirewallD1.config.policy",
                        "remove"};
    const Method ipset{firewalld::kService, nullptr, "org.fedoraproject.FirewallD1.config.ipset",
                       "remove"};
    // The policy first: firewalld refuses to remove an ipset that a rule names.
    std::string name = kFirewalldPolicy;
    const auto first = co_await remove_permanent(permanent("getPolicyByName"), policy, name);
    if (!first) co_return first.error();
    bool removed = *first;
    Strings none;
    const auto names = co_await ask_strings(permanent("getIPSetNames"), std::move(none));
    if (!names) co_return names.error();
    for (const auto& one : *names) {
        if (!is_firewalld_ipset(one)) continue;
        name = one;
        const auto gone = co_await remove_permanent(permanent("getIPSetByName"), ipset, name);
        if (!gone) co_return gone.error();
        removed = removed || *gone;
    }
    if (!removed) co_return Done{};
    co_return co_await reload();
}

}  // namespace mailban::io
