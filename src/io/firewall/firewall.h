// Firewall: the one interface to whatever shuts clients out.
//
// A backend owns the objects it made (a table, two ipsets, commented rules) and touches nothing
// else. It decides nothing: Enforcer tells it what to change. Calls never overlap.
#pragma once

#include "io/asio.h"
#include "mailban/firewall/plan.h"
#include "mailban/result.h"

#include <cstddef>
#include <functional>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

class Firewall {
public:
    // Called when something outside may have undone our work; `why` is a phrase for the log.
    using Disturbed = std::function<void(std::string_view why)>;

    Firewall() = default;
    Firewall(const Firewall&) = delete;
    Firewall& operator=(const Firewall&) = delete;
    virtual ~Firewall() = default;

    // "nftables", "firewalld", "ufw", "command", "dry-run", "door".
    virtual std::string_view name() const noexcept = 0;
    virtual KeepsTime keeps_time() const noexcept = 0;

    // Whether bans of different groups of ports are kept apart. Where not, all are of the first.
    virtual bool tells_ports_apart() const noexcept { return true; }

    // Why it can hold no IPv6 bans, as a phrase; nullopt: it can. May change; asked after prepare()
    // and list().
    virtual std::optional<std::string> why_no_ipv6() const { return std::nullopt; }

    // How many changes one apply() is best given. Where each change is a slow command of its own
    // this is 1, so that the newest ban never waits behind a long plan.
    virtual std::size_t batch() const noexcept { return std::numeric_limits<std::size_t>::max(); }

    // Makes whatever bans hang on (table, sets, policy); does nothing where it already stands as
    // wanted. Bans that an earlier run left are kept.
    virtual asio::awaitable<Status> prepare() = 0;

    // What is banned by our own objects at `now`. An error where they do not stand as prepare()
    // leaves them: a set that no rule looks at bans nobody.
    virtual asio::awaitable<Result<std::vector<Held>>> list(Timestamp now) = 0;

    // Carries out a plan; `now` turns end times into kernel timeouts. A plan that was carried out
    // before, in whole or in part, succeeds again. On an error some of the plan may be done.
    virtual asio::awaitable<Status> apply(Plan plan, Timestamp now) = 0;

    // Takes away everything this backend ever made; done if nothing was there.
    virtual asio::awaitable<Status> remove_all() = 0;

    // All that this backend has made, as the firewall itself shows it; empty where there is
    // nothing.
    virtual asio::awaitable<Result<std::string>> describe() = 0;

    // Whether this user may change it, as far as can be told without changing anything.
    virtual asio::awaitable<Status> may_change() { co_return Done{}; }

    // What it has dropped, where it counts that for us. Asked at any time, and must not block.
    virtual std::optional<FirewallDrops> drops() const { return std::nullopt; }

    // Where nobody tells of changes: asked each second while there is nothing else to do. What has
    // changed since it was asked last, as a phrase for the log. Empty: nothing is known to have,
    // and a look is due all the same.
    virtual std::optional<std::string> change_since_last_asked() { return std::nullopt; }

    // At most one listener; it is called on the context's own thread and must not block.
    void on_disturbed(Disturbed listener) { disturbed_ = std::move(listener); }

protected:
    void notify_disturbed(std::string_view why) const
    {
        if (disturbed_) disturbed_(why);
    }

private:
    Disturbed disturbed_{};
};

}  // namespace mailban::io
