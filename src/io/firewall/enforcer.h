// Enforcer: keeps a firewall at what is wanted. It holds no policy.
//
// set() and clear() only note a wish; a coroutine carries wishes out, at once when it is idle. What
// comes in while a call runs goes out together afterwards, newest first, pairs that cancel dropped.
// After a failure nothing is believed: the firewall is listed and what differs is put right, and
// again on every sign of outside change, and every minute.
//
// One change that a firewall can never make does not keep the others waiting: a plan that fails is
// halved until the culprit stands alone, and that one waits for the next look at the firewall.
#pragma once

#include "io/firewall/firewall.h"
#include "mailban/firewall/target.h"
#include "mailban/net/prefix_set.h"

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

namespace mailban::io {

struct EnforcerStatus {
    std::string backend{};
    bool degraded = false;
    std::string reason{};              // why degraded; empty when not
    std::optional<Timestamp> since{};  // since when degraded
    std::size_t wanted = 0;            // bans, those inside other bans included
    std::size_t held = 0;              // bans that the firewall holds, as far as we know
    std::size_t pending = 0;           // changes not yet made
    std::uint64_t applied = 0;         // changes made since the start
    std::uint64_t failed = 0;          // calls that failed since the start
    std::uint64_t cut = 0;             // connections of banned clients that were ended
};

class Enforcer {
public:
    using Clock = std::function<Timestamp()>;
    // Ends the connections of the clients in a set; SocketKiller::kill.
    using Cutter = std::function<Result<std::size_t>(const PrefixSet& banned)>;
    // A sentence for the log; `is_warning` where an operator should look.
    using Logger = std::function<void(bool is_warning, const std::string& sentence)>;

    struct Options {
        std::chrono::milliseconds first_retry = std::chrono::seconds(1);
        std::chrono::milliseconds longest_retry = std::chrono::seconds(60);
        std::chrono::milliseconds reconcile_every = std::chrono::seconds(60);
        // A call that takes longer is given up. Backends have shorter limits of their own.
        std::chrono::milliseconds call_limit = std::chrono::minutes(5);
        // status() calls the firewall degraded when one call takes as long as this.
        std::chrono::milliseconds slow_call = std::chrono::seconds(20);
    };

    Enforcer(asio::any_io_executor executor, std::unique_ptr<Firewall> firewall, Cutter cut,
             Clock clock, Logger log, Options options);
    Enforcer(asio::any_io_executor executor, std::unique_ptr<Firewall> firewall, Cutter cut,
             Clock clock, Logger log);
    Enforcer(const Enforcer&) = delete;
    Enforcer& operator=(const Enforcer&) = delete;

    void set(const Prefix& prefix, Until until);
    void clear(const Prefix& prefix);

    // Prepares, lists and reconciles in one go: once this is done, everything set() before stands
    // in the kernel. On an error run() goes on trying.
    asio::awaitable<Status> start();

    // Carries out wishes until stop(). To be spawned once, after start() or instead of it; the
    // Enforcer must outlive it.
    asio::awaitable<void> run();
    // run() ends after the call that is under way; wishes that still wait are left undone.
    void stop();

    // Something outside may have changed the firewall: look now, not in a minute.
    void disturb(std::string_view why);

    // Takes all that the backend ever made away. Not while run() runs.
    asio::awaitable<Status> remove_all();

    EnforcerStatus status() const;

private:
    using Instant = std::chrono::steady_clock::time_point;
    struct Trouble {
        std::string reason{};
        Timestamp since{};
    };

    asio::awaitable<Status> limited(asio::awaitable<Status> call);
    asio::awaitable<Result<std::vector<Held>>> limited(
        asio::awaitable<Result<std::vector<Held>>> call);
    template <class T>
    asio::awaitable<Result<T>> within_limit(asio::awaitable<Result<T>> call);

    asio::awaitable<Status> look();
    asio::awaitable<Status> synchronise();
    asio::awaitable<Status> carry_out();
    asio::awaitable<void> rest();
    void cut(const Plan& plan);
    void note_failure(const Error& error);
    void note_recovery();
    void look_again_later();
    void back_off();
    bool is_backing_off() const;
    void log(bool is_warning, const std::string& sentence) const;

    std::unique_ptr<Firewall> firewall_;
    Cutter cut_;
    Clock clock_;
    Logger log_;
    Options options_;
    Target target_;
    asio::steady_timer wake_;

    std::size_t batch_;
    std::size_t failures_in_row_ = 0;
    std::chrono::milliseconds retry_;
    Instant next_look_{};
    std::optional<Instant> hold_until_{};  // no call before
    std::optional<Instant> call_began_{};
    std::optional<Trouble> trouble_{};
    bool is_prepared_ = false;
    bool is_stopping_ = false;
    EnforcerStatus counts_{};
};

}  // namespace mailban::io
