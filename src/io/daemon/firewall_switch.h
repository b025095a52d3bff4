// FirewallSwitch: the one firewall at work, and its change for another.
//
// At most one enforcer works at a time: two would work against each other in one firewall. Wishes
// always go to the newest, which begins when the one before has ended. Whoever is banned stays out
// meanwhile: the old firewall is emptied when the new one holds the bans, except where the
// administrator's own commands changed, which alone know how to take the old bans away.
//
//   idle ── start ──> starting ──> enforcing ── replace ──> replacing ──> enforcing
//                                     │  ^                      │
//                                     │  └────── replace ───────┤
//                                     └─ withdraw ──> withdrawing ──> withdrawn
//   any of them ── finish ──> finished
//
// replace() and withdraw() may be called at any time. The latest word counts: what was asked for
// between is never begun. finish() ends whatever is under way.
#pragma once

#include "io/firewall/enforcer.h"
#include "mailban/config/config.h"
#include "mailban/control/report.h"

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <vector>

namespace mailban::io {

// Of a configuration, what an enforcer is made of.
struct FirewallSetup {
    FirewallConfig firewall{};
    PrefixLengths lengths{};
    bool operator==(const FirewallSetup&) const = default;
};

class FirewallSwitch {
public:
    using Make = std::function<std::unique_ptr<Enforcer>(const FirewallSetup&)>;
    // `wanted`: all that is to be shut out; asked whenever a new enforcer begins.
    FirewallSwitch(const asio::any_io_executor& executor, Make make, std::function<Wanted()> wanted,
                   Clock clock);
    FirewallSwitch(const FirewallSwitch&) = delete;
    FirewallSwitch& operator=(const FirewallSwitch&) = delete;

    // The first one. Wishes may be made from now on, and are carried out by start().
    void prepare(FirewallSetup setup, Enforcer::Found found = {});
    // Returns when everything wanted stands, or could not be had at the first try.
    asio::awaitable<void> start();

    void set(const Prefix& prefix, const WantedBan& ban) { enforcer_->set(prefix, ban); }
    void clear(const Prefix& prefix) { enforcer_->clear(prefix); }

    // Both return at once; report() tells how far it is.
    void replace(FirewallSetup setup);
    // Takes away what was made in the firewall and leaves it so until replace().
    void withdraw();
    // Nothing is changed any more after it. `keep` carries out what waits, for some seconds at
    // most; `remove` takes all bans away, however long that takes.
    asio::awaitable<Status> finish(OnStop on_stop);

    // Waits until all that was wished of these prefixes is in force, at most `patience`. False: it
    // is not, for now or for good; report() says why.
    asio::awaitable<bool> settle(std::vector<Prefix> prefixes, std::chrono::milliseconds patience);

    enum class Phase : std::uint8_t {
        idle,
        starting,
        enforcing,
        replacing,
        withdrawing,
        withdrawn,
        finished
    };
    Phase phase() const noexcept { return phase_; }
    bool is_withdrawn() const noexcept
    {
        return phase_ == Phase::withdrawing || phase_ == Phase::withdrawn;
    }
    const FirewallSetup& setup() const noexcept { return setup_; }
    // Counts are of all firewalls since the first.
    FirewallReport report() const;

private:
    asio::awaitable<void> drive();
    asio::awaitable<void> replace_once(FirewallSetup next);
    asio::awaitable<void> withdraw_once();
    std::unique_ptr<Enforcer> make(const FirewallSetup& setup);
    void retire(std::unique_ptr<Enforcer> old);
    asio::awaitable<bool> empty(Enforcer& old) const;
    bool is_settled(const std::vector<Prefix>& prefixes) const;
    void note_progress();

    asio::any_io_executor executor_;
    Make make_;
    std::function<Wanted()> wanted_;
    Clock clock_;
    Phase phase_ = Phase::idle;
    FirewallSetup setup_{};  // of `enforcer_`
    std::unique_ptr<Enforcer> enforcer_{};
    std::unique_ptr<Enforcer> leaving_{};  // the one before, until it has ended and was emptied
    // What was asked for and has not begun; of the two at most one.
    std::optional<FirewallSetup> next_{};
    bool has_to_withdraw_ = false;
    bool is_driving_ = false;
    bool is_finishing_ = false;
    std::optional<Timestamp> since_{};         // of the phase, where report() shows it
    std::string problem_{};                    // why not all was taken away
    EnforcerStatus before_{};                  // counts of those that have gone
    asio::steady_timer driven_;                // is cancelled when drive() has ended
    std::list<asio::steady_timer> waiting_{};  // of settle(); cancelled when something was done
};

}  // namespace mailban::io
