#include "io/firewall/choose.h"

#include "io/firewall/dry_run.h"
#include "io/firewall/firewalld.h"
#include "io/firewall/nftables.h"
#include "io/firewall/socket_killer.h"
#include "io/firewall/ufw.h"

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

}  // namespace

asio::awaitable<Chosen> choose_firewall(FirewallConfig config, PrefixLengths lengths,
                                        ProcessRunner run)
{
    const auto executor = co_await asio::this_coro::executor;
    auto firewalld = std::make_unique<FirewalldFirewall>(executor, config.ports);
    auto ufw = std::make_unique<UfwFirewall>(config.ports, std::move(run));
    const NftShape shape{config.ports, lengths.ipv4, lengths.ipv6};

    switch (config.backend) {
    case Backend::dry_run: co_return std::make_unique<DryRunFirewall>();
    case Backend::firewalld: co_return std::move(firewalld);
    case Backend::ufw: co_return std::move(ufw);
    case Backend::nftables: co_return std::make_unique<NftablesFirewall>(shape);
    case Backend::command:  // refused by unsupported(); nothing to choose
        co_return Error{"the firewall backend 'command' is not in this version"};
    case Backend::automatic: break;
    }
    std::string tried;
    auto chosen = co_await try_out(std::move(firewalld), tried);
    if (!chosen) chosen = co_await try_out(std::move(ufw), tried);
    if (!chosen) {
        auto nftables = std::make_unique<NftablesFirewall>(shape);
        chosen = co_await try_out(std::move(nftables), tried);
    }
    if (!chosen) co_return Error{"no firewall can be used here: " + tried};
    co_return std::move(chosen);
}

std::unique_ptr<Enforcer> make_enforcer(asio::any_io_executor executor,
                                        const FirewallConfig& config, const PrefixLengths& lengths,
                                        Clock clock)
{
    auto factory = [config, lengths] { return choose_firewall(config, lengths, run_program); };
    CutConnections cut;
    // Nobody is shut out by a dry run, so nobody's connection is ended either.
    if (config.backend != Backend::dry_run)
        cut = [killer = SocketKiller(config.ports)](const PrefixSet& banned) mutable {
            return killer.kill(banned);
        };
    return std::make_unique<Enforcer>(std::move(executor), std::move(factory), std::move(cut),
                                      std::move(clock), EnforcerOptions{});
}

}  // namespace mailban::io
