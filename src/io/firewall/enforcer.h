// Enforcer: keeps what the firewall holds equal to what is wanted.
//
// set() and clear() only note what is wanted; one coroutine carries it out, what has waited
// meanwhile in one plan, newest first, with pairs that cancel each other gone. After any failure,
// and each minute, it lists what is really there and reconciles. It holds no policy.
#pragma once

#include "io/asio.h"
#include "io/firewall/firewall.h"

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io {

using Clock = std::function<Timestamp()>;
// Makes the backend; asked again until it succeeds (firewalld may come up after us).
using FirewallFactory = std::function<asio::awaitable<Result<std::unique_ptr<Firewall>>>()>;
// Told which prefixes are now shut out: whoever still holds a connection is to be cut off.
using CutConnections = std::function<Status(const std::vector<Prefix>&)>;

struct EnforcerStatus {
    std::string backend{};  // empty until one is found
    bool degraded = false;
    std::string reason{};
    std::optional<Timestamp> since{};
    std::uint64_t pending = 0;
    std::uint64_t applied = 0;  // changes
    std::uint64_t failed = 0;   // plans
};

class Enforcer {
public:
    Enforcer(asio::io_context& context, FirewallFactory factory, CutConnections cut, Clock clock);

    // The whole of what is wanted; replaces what was.
    void want(Wanted wanted);
    void set(const Prefix& prefix, Until until);
    void clear(const Prefix& prefix);

    // Brings the firewall into line once and then keeps it there. A failure is not returned but
    // shown in status() and tried again after 1 s, 2 s, ... 60 s.
    asio::awaitable<void> start();

    // Something outside may have changed the firewall: look at once.
    void disturbed();

    // Carries out what waits, then stops. Bans stay.
    asio::awaitable<void> finish();
    // Stops and takes away all that was made.
    asio::awaitable<Status> remove_all();

    EnforcerStatus status() const;
    // The coroutine has ended; the object may go.
    bool idle() const noexcept { return !running_; }

private:
    asio::awaitable<void> run();
    asio::awaitable<void> wait(std::chrono::steady_clock::duration at_most);
    asio::awaitable<void> wait_out_backoff();
    asio::awaitable<Status> converge();
    asio::awaitable<Status> carry_out(Plan plan);
    asio::awaitable<void> stop();
    Plan take_plan();
    std::optional<Change> change_of(const Prefix& prefix, Timestamp now) const;
    void note_change(const Prefix& prefix);
    void note_result(const Status& result);

    FirewallFactory factory_;
    CutConnections cut_;
    Clock clock_;
    asio::steady_timer wake_;
    asio::steady_timer stopped_;
    std::unique_ptr<Firewall> firewall_{};
    Wanted wanted_{};
    Wanted held_{};                // as far as we know
    std::vector<Prefix> dirty_{};  // may differ between the two, the newest last
    EnforcerStatus status_{};
    std::chrono::seconds backoff_{0};
    bool in_line_ = false;  // held_ is known to be true
    bool stopping_ = false;
    bool running_ = false;
};

}  // namespace mailban::io
