#include "io/daemon/forwarding.h"

#include <spdlog/spdlog.h>

#include <utility>

namespace mailban::io {

namespace {

bool hands_on(const std::string& backend)
{
    return backend == "nftables";
}

bool is_unknown(const std::string& backend)
{
    return backend == "command" || backend == "dry-run" || backend == "door";
}

bool has_choice(Backend backend)
{
    return backend == Backend::automatic || backend == Backend::nftables;
}

}  // namespace

void Forwarding::look_first()
{
    published_ = find_published();
}

// Once on, `auto` stays on: containers come and go, and the chain does no harm.
void Forwarding::decide()
{
    const bool stays = config_.firewall.forward == Forward::automatic && forward_ == Forward::yes;
    if (!stays) forward_ = decide_forward(config_.firewall, published_);
}

FirewallSetup Forwarding::setup()
{
    decide();
    FirewallSetup setup{config_.firewall, config_.prefix};
    setup.firewall.forward = forward_;
    return setup;
}

asio::awaitable<void> Forwarding::look()
{
    if (std::exchange(is_looking_, true)) co_return;
    auto published = co_await worker_.run(find_published);
    is_looking_ = false;
    published_ = std::move(published);
    const Forward before = forward_;
    decide();
    if (forward_ == before || firewall_.is_withdrawn() || !has_choice(config_.firewall.backend))
        co_return;
    spdlog::info(
        "this machine forwards mail ports: {}; bans close them, too (firewall.forward: auto)",
        to_string(published_mail(published_, config_.firewall.ports)));
    firewall_.replace(setup());
}

std::string Forwarding::problem() const
{
    const auto published = published_mail(published_, config_.firewall.ports);
    const std::string backend = firewall_.report().backend;
    const bool is_covered = forward_ == Forward::yes && hands_on(backend);
    if (published.empty() || is_covered || is_unknown(backend)) return {};
    std::string text =
        "bans do not reach the mail ports that this machine forwards to containers or other "
        "machines: " +
        to_string(published);
    if (forward_ == Forward::yes)
        return text + "; " + backend +
               " cannot close them; set firewall.backend: nftables, which works beside it";
    return text + "; set firewall.forward: auto";
}

}  // namespace mailban::io
