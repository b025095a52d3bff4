// Enforcer: keeps a firewall at what is wanted. It holds no policy.
//
// set() and clear() only note a wish; a coroutine carries wishes out, at once when it is idle. What
// comes in while a call runs goes out together afterwards, newest first, pairs that cancel dropped.
// After a failure nothing is believed: the firewall is listed and what differs is put right, and
// again on every sign of outside change, when the clock was set, and every minute.
//
// One change that a firewall can never make does not keep the others waiting: a plan that fails is
// halved until the culprit stands alone, and that one waits for the next look at the firewall.
#pragma once

#include "io/firewall/firewall.h"
#include "io/firewall/socket_killer.h"
#include "io/worker.h"
#include "mailban/firewall/target.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mailban::io {

using Clock = std::function<Timestamp()>;
// Makes the backend; asked again until it succeeds (firewalld may come up after us).
using FirewallFactory = std::function<asio::awaitable<Result<std::unique_ptr<Firewall>>>()>;
// Ends the connections of clients that are now shut out and says how many; SocketKiller::kill. Runs
// on a thread of its own, one call at a time: it reads all TCP sockets of the machine.
using CutConnections = std::function<Result<std::size_t>(const BannedByPorts& banned)>;

struct EnforcerStatus {
    std::string backend{};  // empty until one is found
    bool degraded = false;
    std::string reason{};                    // why degraded; empty when not
    std::optional<Timestamp> since{};        // since when degraded
    std::uint64_t pending = 0;               // changes not yet made
    std::uint64_t applied = 0;               // changes made since the start
    std::uint64_t failed = 0;                // calls that failed since the start
    std::uint64_t held = 0;                  // bans that the firewall holds, as far as we know
    std::uint64_t not_enforceable = 0;       // IPv6 bans that the firewall cannot hold
    std::string why_not{};                   // why not; empty where it can
    std::uint64_t cut = 0;                   // connections of banned clients that were ended
    std::optional<FirewallDrops> dropped{};  // where the firewall counts that
};

struct EnforcerOptions {
    std::chrono::milliseconds first_retry = std::chrono::seconds(1);
    std::chrono::milliseconds longest_retry = std::chrono::seconds(60);
    std::chrono::milliseconds reconcile_every = std::chrono::seconds(60);
    // A call that takes longer is given up. Backends have shorter limits of their own.
    std::chrono::milliseconds call_limit = std::chrono::minutes(5);
    // status() calls the firewall degraded when one call takes as long as this.
    std::chrono::milliseconds slow_call = std::chrono::seconds(20);
    // finish() leaves what cannot be carried out within this.
    std::chrono::milliseconds finish_limit = std::chrono::seconds(20);
    // Signs of change may come in a crowd; between two looks that they cause lies at least this.
    std::chrono::milliseconds between_looks = std::chrono::milliseconds(500);
    // How often a firewall that tells of no changes is asked for them.
    std::chrono::milliseconds ask_every = std::chrono::seconds(1);
};

class Enforcer {
public:
    Enforcer(const asio::any_io_executor& executor, FirewallFactory factory, CutConnections cut,
             Clock clock, EnforcerOptions options, PortGroups ports = {});
    Enforcer(const Enforcer&) = delete;
    Enforcer& operator=(const Enforcer&) = delete;

    // The whole of what is wanted; replaces what was.
    void want(const Wanted& wanted);
    void set(const Prefix& prefix, const WantedBan& ban);
    void clear(const Prefix& prefix);

    // Is told once what the firewall holds, before anything in it is changed, and may want more of
    // it then.
    using Found = std::function<void(const std::vector<Held>& held, KeepsTime keeps_time)>;
    void on_found(Found listener) { found_ = std::move(listener); }

    // Brings the firewall into line once, so that everything set before stands in the kernel, and
    // then keeps it there. A failure is not returned but shown in status() and tried again.
    // finish() and remove_all() make it return early.
    asio::awaitable<void> start();

    // Whether all that was wished of this prefix is in force, as far as the firewall has said.
    bool is_done(const Prefix& prefix) const;
    bool is_wanted(const Prefix& prefix) const { return target_.is_wanted(prefix); }
    // Is called whenever the firewall has answered a call.
    void on_progress(std::function<void()> listener) { progress_ = std::move(listener); }

    // Something outside may have changed the firewall: look now, not in a minute.
    void disturbed(std::string_view why);

    // Carries out what waits, as far as the firewall lets us, then stops. Bans stay. The object may
    // go when this has returned, and idle() says so.
    asio::awaitable<void> finish();
    // finish() follows soon: start(), and what runs, may end early.
    void stop_soon();
    // Stops and takes away all that the backend ever made.
    asio::awaitable<Status> remove_all();

    EnforcerStatus status() const;
    // Nothing of it runs: start() was not called, or what it began has ended. The object may go.
    bool idle() const noexcept { return !is_running_; }

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Trouble {
        std::string reason{};
        Timestamp since{};
    };

    template <class T>
    asio::awaitable<Result<T>> limited(asio::awaitable<Result<T>> call);

    asio::awaitable<void> run();
    asio::awaitable<void> step();
    asio::awaitable<void> end_run();
    asio::awaitable<Status> find_firewall();
    asio::awaitable<Status> look();
    asio::awaitable<Status> mend();
    asio::awaitable<Status> synchronise();
    asio::awaitable<Status> carry_out();
    asio::awaitable<void> rest();
    void follow_clock();
    void follow_families();
    void note_held(std::vector<Held> held, Timestamp now);
    asio::awaitable<void> cut(const Plan& plan);
    void note_failure(const Error& error);
    void note_recovery();
    void look_again_later();
    void back_off();
    bool is_backing_off() const;
    bool has_to_stop() const;

    FirewallFactory factory_;
    CutConnections cut_;
    Worker cutter_{};  // cut_ may take a while
    Found found_{};
    std::function<void()> progress_{};
    Clock clock_;
    EnforcerOptions options_;
    PortGroups ports_;
    std::unique_ptr<Firewall> firewall_{};
    Target target_;
    asio::steady_timer wake_;
    asio::steady_timer ended_;

    std::size_t batch_ = 1;
    std::size_t failures_in_row_ = 0;
    std::chrono::milliseconds retry_;
    Instant next_look_{};
    Instant last_look_{};
    Instant retry_at_{};                   // of the last failure
    Duration clock_ahead_{};               // of the steady clock, when last looked at
    std::optional<Instant> hold_until_{};  // no call before
    std::optional<Instant> stop_by_{};     // set once it is to stop
    std::optional<Instant> call_began_{};
    std::optional<Trouble> trouble_{};
    std::string why_no_ipv6_{};
    bool is_prepared_ = false;
    bool was_listed_ = false;
    bool is_running_ = false;
    EnforcerStatus counts_{};
};

}  // namespace mailban::io
