#include "io/firewall/choose.h"

#include "io/firewall/command.h"
#include "io/firewall/door_only.h"
#include "io/firewall/dry_run.h"
#include "io/firewall/firewalld.h"
#include "io/firewall/nftables.h"
#include "io/firewall/published.h"
#include "io/firewall/socket_killer.h"
#include "io/firewall/ufw.h"
#include "io/firewall/ufw_by_helper.h"

#include <unistd.h>

#include <utility>

namespace mailban::io {

namespace {

using Chosen = Result<std::unique_ptr<Firewall>>;

// Takes `backend` if its probe succeeds; else adds to `tried` why not.
template <class Backend>
asio::awaitable<std::unique_ptr<Firewall>> try_out(std::unique_ptr<Backend> backend,
                                                   std::string& tried)
{
    const auto works = co_await backend->probe();
    if (works) co_return std::move(backend);
    tried +=
        (tried.empty() ? "" : "; ") + std::string(backend->name()) + ": " + works.error().message;
    co_return nullptr;
}

NftShape shape_of(const FirewallConfig& config, const PrefixLengths& lengths)
{
    return {port_groups(config), lengths.ipv4, lengths.ipv6, config.forward};
}

// Makes a yes or a no of `auto`.
void settle_forward(FirewallConfig& config)
{
    if (config.forward == Forward::automatic)
        config.forward = decide_forward(config, find_published());
}

// ufw, as far as this user may work it: root by its own hand, others through the helper.
asio::awaitable<std::unique_ptr<Firewall>> try_ufw(const PortGroups& ports, ProcessRunner run,
                                                   std::string& tried)
{
    if (::geteuid() == 0) {
        auto ufw = std::make_unique<UfwFirewall>(ports, std::move(run));
        co_return co_await try_out(std::move(ufw), tried);
    }
    const auto executor = co_await asio::this_coro::executor;
    auto helped = std::make_unique<UfwByHelper>(executor);
    co_return co_await try_out(std::move(helped), tried);
}

std::unique_ptr<Firewall> make_ufw(const asio::any_io_executor& executor, const PortGroups& ports,
                                   ProcessRunner run)
{
    if (::geteuid() == 0) return std::make_unique<UfwFirewall>(ports, std::move(run));
    return std::make_unique<UfwByHelper>(executor);
}

}  // namespace

asio::awaitable<Chosen> choose_firewall(FirewallConfig config, PrefixLengths lengths,
                                        ProcessRunner run)
{
    const auto executor = co_await asio::this_coro::executor;
    settle_forward(config);
    const auto ports = port_groups(config);
    auto firewalld = std::make_unique<FirewalldFirewall>(executor, ports);
    const auto shape = shape_of(config, lengths);

    switch (config.backend) {
    case Backend::door: co_return std::make_unique<DoorFirewall>();
    case Backend::dry_run: co_return std::make_unique<DryRunFirewall>(ports);
    case Backend::firewalld: co_return std::move(firewalld);
    case Backend::ufw: co_return make_ufw(executor, ports, std::move(run));
    case Backend::nftables: co_return std::make_unique<NftablesFirewall>(shape);
    case Backend::command:
        co_return std::make_unique<CommandFirewall>(config.command, ports, std::move(run));
    case Backend::automatic: break;
    }
    std::string tried;
    std::unique_ptr<Firewall> chosen;
    // Of what is forwarded, nftables alone takes care, whatever else is there.
    const bool is_any = config.forward == Forward::no;
    if (is_any) chosen = co_await try_out(std::move(firewalld), tried);
    if (is_any && !chosen) chosen = co_await try_ufw(ports, run, tried);
    if (!chosen) {
        auto nftables = std::make_unique<NftablesFirewall>(shape);
        chosen = co_await try_out(std::move(nftables), tried);
    }
    if (!chosen) co_return Error{"no firewall can be used here: " + tried};
    co_return std::move(chosen);
}

asio::awaitable<std::vector<std::unique_ptr<Firewall>>> possible_firewalls(FirewallConfig config,
                                                                           PrefixLengths lengths,
                                                                           ProcessRunner run)
{
    std::vector<std::unique_ptr<Firewall>> possible;
    if (config.backend != Backend::automatic) {
        auto named = co_await choose_firewall(config, lengths, std::move(run));
        if (named) possible.push_back(std::move(*named));
        co_return possible;
    }
    const auto executor = co_await asio::this_coro::executor;
    settle_forward(config);
    std::string ignored;
    const auto ports = port_groups(config);
    auto firewalld = std::make_unique<FirewalldFirewall>(executor, ports);
    auto nftables = std::make_unique<NftablesFirewall>(shape_of(config, lengths));
    possible.push_back(co_await try_out(std::move(firewalld), ignored));
    possible.push_back(co_await try_ufw(ports, run, ignored));
    possible.push_back(co_await try_out(std::move(nftables), ignored));
    std::erase(possible, nullptr);
    co_return possible;
}

std::unique_ptr<Enforcer> make_enforcer(const asio::any_io_executor& executor,
                                        const FirewallConfig& config, const PrefixLengths& lengths,
                                        Clock clock)
{
    auto factory = [config, lengths] { return choose_firewall(config, lengths, run_program); };
    CutConnections cut;
    // Nobody is shut out by a dry run or at the door, so nobody's connection is ended either.
    if (config.backend != Backend::dry_run && config.backend != Backend::door)
        cut = [killer = SocketKiller(port_groups(config))](const BannedByPorts& banned) mutable {
            return killer.kill(banned);
        };
    return std::make_unique<Enforcer>(executor, std::move(factory), std::move(cut),
                                      std::move(clock), EnforcerOptions{}, port_groups(config));
}

}  // namespace mailban::io
