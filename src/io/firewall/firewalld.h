// FirewalldFirewall: ipsets and a policy of our own, through firewalld's D-Bus interface.
//
// Ipsets and policy belong to firewalld's permanent configuration, because it knows no other way to
// make them; making them takes one reload. The bans themselves are entries of the running ipsets
// alone. A reload of ours keeps them; after any other one they are gone, which on_disturbed()
// tells.
#pragma once

#include "io/firewall/firewall.h"
#include "io/firewall/ruleset_monitor.h"
#include "io/firewall/system_bus.h"

#include <chrono>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class FirewalldFirewall final : public Firewall {
public:
    FirewalldFirewall(asio::any_io_executor executor, PortGroups ports)
        : executor_(std::move(executor)), ports_(std::move(ports))
    {
    }

    std::string_view name() const noexcept override { return "firewalld"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::no; }
    asio::awaitable<Status> prepare() override;
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    // Few changes are made one by one, many by replacing the set; firewalld empties it for the
    // moment that takes.
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    // Leaves nothing but the *.xml.old files that firewalld keeps of whatever it deletes.
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;
    asio::awaitable<Status> may_change() override;

    // Whether firewalld is on the bus.
    asio::awaitable<Status> probe();

private:
    using Strings = std::vector<std::string>;
    using Method = SystemBus::Method;

    Status connect();
    void listen();
    asio::awaitable<Result<BusMessage>> call(Method method, Strings arguments);
    asio::awaitable<Result<Strings>> ask_strings(Method method, Strings arguments);

    asio::awaitable<Status> stands();
    asio::awaitable<Status> make_permanent();
    asio::awaitable<Status> add_ipset(std::string ipset);
    asio::awaitable<Status> put_policy(bool is_there);
    asio::awaitable<Result<bool>> remove_permanent(Method find, Method remove, std::string name);
    asio::awaitable<Status> change_running_rules();
    asio::awaitable<Status> reload();
    asio::awaitable<Status> reload_with_entries();
    asio::awaitable<Status> keep_entries();
    asio::awaitable<Status> forget_permanent_entries();
    asio::awaitable<Status> put_permanent_entries(std::string ipset, Strings entries);
    asio::awaitable<Status> change_entries(Plan plan);
    asio::awaitable<Status> carry_out(Change change);
    asio::awaitable<Status> replace_entries(Plan plan, bool is_v4, PortGroup group);

    asio::any_io_executor executor_;
    PortGroups ports_;
    std::optional<SystemBus> bus_{};
    std::optional<RulesetMonitor> watch_{};
    // Somebody has taken rules of firewalld's out of the kernel; it does not know.
    bool is_undermined_ = false;
    bool is_changing_ = false;  // entries, by a call of our own
    // No ipset of ours has permanent entries. Somebody may have made them so, or we ourselves,
    // killed during a reload.
    bool is_swept_ = false;
};

}  // namespace mailban::io
