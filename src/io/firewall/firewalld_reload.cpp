// FirewalldFirewall: how ipsets and policy come into force.
#include "io/firewall/firewalld.h"
#include "io/firewall/firewalld_messages.h"
#include "io/firewall/firewalld_names.h"
#include "mailban/firewall/firewalld.h"

#include <utility>

namespace mailban::io {

asio::awaitable<Status> FirewalldFirewall::prepare()
{
    const auto is_up = co_await probe();
    if (!is_up) co_return is_up.error();
    if (!is_swept_) {
        const auto swept = co_await forget_permanent_entries();
        if (!swept) co_return swept.error();
        is_swept_ = true;
    }
    const auto stood = co_await stands();
    if (stood && !is_undermined_) co_return Done{};
    if (!stood) {
        const auto made = co_await make_permanent();
        if (!made) co_return made.error();
    }
    if (!is_undermined_) {
        // Where only the rules are others (of other ports), they change without a reload.
        const auto changed = co_await change_running_rules();
        if (changed) {
            const auto stands_now = co_await stands();
            if (stands_now) co_return Done{};
        }
    }
    // What is taken away from here on may be missing after the reload, too: that is not forgotten.
    const bool was_undermined = std::exchange(is_undermined_, false);
    const auto reloaded = co_await reload_with_entries();
    if (!reloaded) {
        is_undermined_ = is_undermined_ || was_undermined;
        co_return reloaded.error();
    }
    co_return co_await stands();
}

// A reload empties the running ipsets: the banned would be let in until the entries are put back.
// Permanent entries come back with the rules. They are permanent for the time of the reload alone:
// later they would bring back bans that have ended.
asio::awaitable<Status> FirewalldFirewall::reload_with_entries()
{
    is_swept_ = false;
    const auto kept = co_await keep_entries();
    if (!kept) co_return kept.error();
    const auto reloaded = co_await reload();
    const auto swept = co_await forget_permanent_entries();
    is_swept_ = swept.ok();
    if (!reloaded) co_return reloaded.error();
    co_return swept;
}

// Makes the entries of the running ipsets permanent.
asio::awaitable<Status> FirewalldFirewall::keep_entries()
{
    const Method list_ipsets{firewalld::kService, firewalld::kPath, firewalld::kIpset, "getIPSets"};
    const Method list_entries{firewalld::kService, firewalld::kPath, firewalld::kIpset,
                              "getEntries"};
    Strings none;
    const auto ipsets = co_await ask_strings(list_ipsets, std::move(none));
    if (!ipsets) co_return ipsets.error();
    for (const auto& ours : *ipsets) {
        if (!is_firewalld_ipset(ours)) continue;
        Strings name{ours};
        const auto entries = co_await ask_strings(list_entries, std::move(name));
        if (!entries) co_return entries.error();
        if (entries->empty()) continue;
        const auto put = co_await put_permanent_entries(ours, *entries);
        if (!put) co_return put.error();
    }
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::forget_permanent_entries()
{
    const Method list_ipsets{firewalld::kService, firewalld::kConfigPath, firewalld::kConfig,
                             "getIPSetNames"};
    Strings none;
    const auto names = co_await ask_strings(list_ipsets, std::move(none));
    if (!names) co_return names.error();
    for (const auto& ours : *names) {
        if (!is_firewalld_ipset(ours)) continue;
        Strings nothing;
        const auto put = co_await put_permanent_entries(ours, std::move(nothing));
        if (!put) co_return put.error();
    }
    co_return Done{};
}

// Writes nothing where the entries are these already. An ipset that is not permanent is passed
// over.
asio::awaitable<Status> FirewalldFirewall::put_permanent_entries(std::string ipset, Strings entries)
{
    const Method find{firewalld::kService, firewalld::kConfigPath, firewalld::kConfig,
                      "getIPSetByName"};
    Strings name{std::move(ipset)};
    const auto found = co_await call(find, std::move(name));
    if (!found && is_kind(found.error(), "INVALID_IPSET")) co_return Done{};
    if (!found) co_return found.error();
    const char* object = nullptr;
    if (sd_bus_message_read(found->get(), "o", &object) < 0)
        co_return Error{"firewalld: the path of an ipset was expected"};
    const Method list_entries{firewalld::kService, object, firewalld::kPermanentIpset,
                              "getEntries"};
    Strings none;
    const auto before = co_await ask_strings(list_entries, std::move(none));
    if (!before) co_return before.error();
    if (*before == entries) co_return Done{};

    auto message =
        bus_->new_call({firewalld::kService, object, firewalld::kPermanentIpset, "setEntries"});
    if (!message) co_return message.error();
    append_strings(message->get(), entries);
    auto owned = std::move(*message);
    const auto limit = firewalld::kLimit + entries.size() * firewalld::kLimitOfAnEntry;
    const auto reply = co_await bus_->call(std::move(owned), limit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::reload()
{
    auto message =
        bus_->new_call({firewalld::kService, firewalld::kPath, firewalld::kService, "reload"});
    if (!message) co_return message.error();
    auto owned = std::move(*message);
    const auto reply = co_await bus_->call(std::move(owned), firewalld::kReloadLimit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

asio::awaitable<Status> FirewalldFirewall::change_running_rules()
{
    auto message = bus_->new_call(
        {firewalld::kService, firewalld::kPath, firewalld::kPolicy, "setPolicySettings"});
    if (!message) co_return message.error();
    append_firewalld_rules(message->get(), ports_);
    auto owned = std::move(*message);
    const auto reply = co_await bus_->call(std::move(owned), firewalld::kLimit);
    if (!reply) co_return explained(reply.error());
    co_return Done{};
}

}  // namespace mailban::io
