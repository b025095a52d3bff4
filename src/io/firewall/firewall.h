// Firewall: the one interface to whatever shuts clients out.
//
// A backend owns the objects it made (a table, two ipsets, commented rules) and touches nothing
// else. It decides nothing: Enforcer tells it what to change. Calls never overlap.
#pragma once

#include "io/asio.h"
#include "mailban/firewall/plan.h"
#include "mailban/result.h"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace mailban::io {

class Firewall {
public:
    virtual ~Firewall() = default;

    // "nftables", "firewalld", "ufw", "dry-run".
    virtual std::string_view name() const noexcept = 0;
    virtual KeepsTime keeps_time() const noexcept = 0;

    // Makes whatever bans hang on (table, sets, policy); does nothing where it already stands as
    // wanted. Bans that an earlier run left are kept.
    virtual asio::awaitable<Status> prepare() = 0;

    // What is banned by our own objects, now. Objects that are missing: an error.
    virtual asio::awaitable<Result<std::vector<Held>>> list() = 0;

    // Carries out a plan; `now` turns end times into kernel timeouts. On an error some of the plan
    // may be done and some not: the caller lists and reconciles.
    virtual asio::awaitable<Status> apply(Plan plan, Timestamp now) = 0;

    // Takes away everything this backend ever made; done if nothing was there.
    virtual asio::awaitable<Status> remove_all() = 0;
};

}  // namespace mailban::io
