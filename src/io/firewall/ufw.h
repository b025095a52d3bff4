// UfwFirewall: deny rules with the comment `mailban`, in front of all others.
//
// ufw takes one rule a call and a fifth of a second for it. It believes its own files: after
// somebody flushed the kernel's rules it still lists everything, and adding a rule again does
// nothing. So the kernel is asked too, and `ufw reload` puts right what is missing there.
#pragma once

#include "io/firewall/firewall.h"
#include "io/firewall/ufw_monitor.h"
#include "io/firewall/ufw_settings.h"
#include "io/process/process.h"
#include "mailban/firewall/ufw.h"

#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

class UfwFirewall final : public Firewall {
public:
    UfwFirewall(PortGroups ports, ProcessRunner run)
        : ports_(std::move(ports)), run_(std::move(run))
    {
    }

    std::string_view name() const noexcept override { return "ufw"; }
    KeepsTime keeps_time() const noexcept override { return KeepsTime::no; }
    std::size_t batch() const noexcept override { return 1; }
    std::optional<std::string> why_no_ipv6() const override { return why_ufw_has_no_ipv6(); }
    // ufw must be active. Rules of ours for other ports than the configured ones are replaced.
    asio::awaitable<Status> prepare() override;
    asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) override;
    // Goes on after a change that failed; the first failure is the result.
    asio::awaitable<Status> apply(Plan plan, Timestamp now) override;
    asio::awaitable<Status> remove_all() override;
    asio::awaitable<Result<std::string>> describe() override;
    asio::awaitable<Status> may_change() override { return probe(); }

    // ufw's own files: somebody has enabled, disabled or reset it, or has edited rules.
    std::optional<std::string> change_since_last_asked() override
    {
        return watch_.change_since_last_asked();
    }

    // Whether ufw is switched on and its chains are in the kernel.
    asio::awaitable<Status> probe();

private:
    asio::awaitable<Result<std::string>> run(ArgumentVector words);  // that changes nothing
    asio::awaitable<Status> alter(ArgumentVector words);
    asio::awaitable<Result<std::vector<UfwRule>>> added();
    asio::awaitable<Result<std::vector<Prefix>>> dropped();
    asio::awaitable<Status> carry_out(Change change);
    // The rules that go with a ban of this prefix in this group.
    asio::awaitable<Result<std::vector<UfwRule>>> rules_to_remove(Prefix prefix, PortGroup group);
    asio::awaitable<Status> take_over(const std::vector<UfwRule>& rules);
    // Whether each of `rules` is in the kernel.
    asio::awaitable<Result<bool>> all_in_kernel(std::vector<UfwRule> rules);

    PortGroups ports_;
    ProcessRunner run_;
    UfwMonitor watch_{};
};

}  // namespace mailban::io
