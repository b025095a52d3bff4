// CommandFirewall: an administrator's own programs ban, unban and list.
//
// One program runs at a time, bounded in time, and its whole process group ends with it. What the
// programs must keep to is in docs/firewalls.md: said twice, everything holds; the list is true.
#pragma once

#include "io/firewall/firewall.h"
#include "io/process/process.h"
#include "mailban/firewall/command.h"

#include <map>
#include <string>
#include <utility>
#include <vector>

namespace mailban::io {

class CommandFirewall final : public Firewall {
public:
    CommandFirewall(CommandSet commands, PortGroups ports, ProcessRunner run)
        : commands_(std::move(commands)), run_(std::move(run))
    {
        if (!mailban::tells_ports_apart(commands_)) ports = ports.ports(0);
        ports_ = std::move(ports);
    }

    std::string_view name() const noexcept override { return "command"; }
    KeepsTime keeps_time() const noexcept override { return keeps_time_of(commands_); }
    bool tells_ports_apart() const noexcept override
    {
        return mailban::tells_ports_apart(commands_);
    }
    std::size_t batch() const noexcept override { return 1; }
    asio::awaitable<Status> prepare() override;
    // Where the programs tell no ends, those that were given count.
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;

private:
    // What a program was told of a ban's end, and what had been wanted.
    struct Given {
        Until wanted{};
        Timestamp end{};
    };

    asio::awaitable<Result<std::string>> run(ArgumentVector words);
    asio::awaitable<Result<bool>> succeeds(ArgumentVector words);
    asio::awaitable<Result<bool>> has_to_run(CommandStep step);
    // What the steps printed, one after the other; the first that fails is the result.
    asio::awaitable<Result<std::string>> run_steps(CommandSteps steps);
    asio::awaitable<Status> carry_out(Change change, Timestamp now);
    // The same steps, those that say ports once a group.
    CommandSteps for_all_groups(const CommandSteps& steps) const;
    asio::awaitable<Result<std::vector<Held>>> listed(Timestamp now);
    asio::awaitable<Status> remove_one(Prefix prefix, PortGroup group);
    Until end_of(const Held& held, Timestamp now) const;

    CommandSet commands_;
    PortGroups ports_{};
    ProcessRunner run_;
    std::map<std::pair<Prefix, PortGroup>, Given> given_{};
};

}  // namespace mailban::io
