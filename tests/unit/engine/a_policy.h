// A mail server that asks before it compares a password, and the engine that answers.
#pragma once

#include "mailban/policy/attempt.h"

#include "unit/engine/an_engine.h"

namespace mailban::test {

inline constexpr int kAttackers = 10;  // clients that make an attack

inline Config policy_config(PolicyMode mode = PolicyMode::enforce,
                            Strangers strangers = Strangers::deny)
{
    Config config;
    config.rules = default_rules();
    config.policy.mode = mode;
    config.policy.strangers = strangers;
    config.policy.delay = std::chrono::seconds(7);
    return config;
}

inline Attempt attempt_by(const std::string& ip, std::optional<std::string> account = "bob",
                          Service service = Service::imap)
{
    Attempt made;
    made.ip = *IpAddress::parse(ip);
    made.account = std::move(account);
    made.service = service;
    return made;
}

// A door with the shipped rules, at which bob has logged in two days ago.
class APolicy : public AnEngine {
protected:
    explicit APolicy(const Config& config = policy_config()) : AnEngine(config)
    {
        log_in("198.51.100.1", "bob");  // its owner, long ago
        now_ += std::chrono::hours(48);
    }

    Effects see(const std::string& ip, const std::string& account, EventKind kind,
                Service service = Service::imap, Reporter reporter = Reporter::front_end)
    {
        now_ += std::chrono::seconds(1);
        Event event = failure(ip, now_);
        event.kind = kind;
        event.account = account;
        event.service = service;
        event.reporter = reporter;
        return engine_.observe(std::move(event), 0, Arrival::live, now_);
    }
    void log_in(const std::string& ip, const std::string& account)
    {
        see(ip, account, EventKind::auth_success);
    }
    // Many strangers, each of whom fails once.
    void attack(const std::string& account, Service service = Service::imap,
                int clients = kAttackers)
    {
        for (int i = 0; i < clients; ++i)
            see("10." + std::to_string(i) + ".0.1", account, EventKind::auth_failure, service);
    }
    void ban_for_guessing(const std::string& ip)
    {
        for (int i = 0; i < 5; ++i)
            see(ip, "carol" + std::to_string(i), EventKind::auth_failure);
        ASSERT_NE(engine_.ledger().covering(*IpAddress::parse(ip)), nullptr);
    }
    PolicyAnswer ask(const Attempt& made) const { return engine_.answer(made, now_); }
};

}  // namespace mailban::test
