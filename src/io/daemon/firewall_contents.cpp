#include "io/daemon/firewall_contents.h"

#include "io/daemon/system.h"
#include "io/firewall/choose.h"

#include <optional>
#include <utility>

namespace mailban::io {

namespace {

using Contents = Result<std::vector<FirewallContents>>;
using Names = Result<std::vector<std::string>>;

Error nothing_usable(const FirewallConfig& config)
{
    return Error{"the firewall " + std::string(to_string(config.backend)) + " cannot be used here"};
}

asio::awaitable<Contents> look(Config config)
{
    const ProcessRunner run = run_program;
    auto firewalls = co_await possible_firewalls(config.firewall, config.prefix, run);
    if (firewalls.empty()) co_return nothing_usable(config.firewall);
    std::vector<FirewallContents> all;
    for (const auto& firewall : firewalls) {
        auto text = co_await firewall->describe();
        if (!text) co_return text.error();
        FirewallContents contents{std::string(firewall->name()), {}, std::move(*text)};
        const auto now = system_now();
        // An error where what is there bans nobody; the text shows it all the same.
        auto held = co_await firewall->list(now);
        if (held) contents.held = std::move(*held);
        all.push_back(std::move(contents));
    }
    co_return all;
}

asio::awaitable<Names> empty(Config config)
{
    const ProcessRunner run = run_program;
    auto firewalls = co_await possible_firewalls(config.firewall, config.prefix, run);
    if (firewalls.empty()) co_return nothing_usable(config.firewall);
    std::vector<std::string> names;
    for (const auto& firewall : firewalls) {
        const auto text = co_await firewall->describe();
        const auto removed = co_await firewall->remove_all();
        if (!removed) co_return removed.error();
        if (!text || !text->empty()) names.emplace_back(firewall->name());
    }
    co_return names;
}

template <class T>
Result<T> finish(asio::awaitable<Result<T>> work)
{
    asio::io_context context;
    std::optional<Result<T>> result;
    const auto keep = [](asio::awaitable<Result<T>> inner,
                         std::optional<Result<T>>& into) -> asio::awaitable<void> {
        into.emplace(co_await std::move(inner));
    };
    asio::co_spawn(context, keep(std::move(work), result), asio::detached);
    while (!result && context.run_one() > 0) {}
    if (!result) return Error{"the firewall could not be looked at"};
    return std::move(*result);
}

}  // namespace

Contents show_firewall(const Config& config)
{
    return finish(look(config));
}

Names empty_firewall(const Config& config)
{
    return finish(empty(config));
}

}  // namespace mailban::io
