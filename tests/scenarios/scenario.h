// A scenario: what customers and attackers do in the course of days, in order, with the truth about
// each of them; and what a configuration makes of it, in virtual time.
#pragma once

#include "mailban/config/config.h"

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace mailban::test {

struct CountedAttempt {
    Event event{};
    bool is_attack = false;
    std::uint32_t who = 0;  // a customer's number
};

class Scenario {
public:
    Scenario(std::string name, std::uint64_t seed) : name_(std::move(name)), random_(seed) {}

    static constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};

    // 0 to `below` - 1.
    std::uint64_t any(std::uint64_t below) { return random_() % below; }
    bool happens(double chance) { return static_cast<double>(any(1'000'000)) < chance * 1e6; }
    Duration about(Duration mean);  // from half of it to one and a half
    Timestamp between(Timestamp from, Timestamp to);

    std::uint32_t add_customer() { return customers_++; }
    static std::string account_of(std::uint32_t customer);

    void log_in(std::uint32_t customer, const IpAddress& ip, Timestamp at);
    void mistype(std::uint32_t customer, const IpAddress& ip, Timestamp at);
    // Something else that a customer's client caused.
    void cause(EventKind kind, std::uint32_t customer, const IpAddress& ip, Timestamp at);
    void guess(const IpAddress& ip, const std::string& account, Timestamp at);
    void attack(EventKind kind, const IpAddress& ip, Timestamp at);

    // Logs in so often a day from there, and mistypes before a login now and then.
    void live(std::uint32_t customer, const IpAddress& ip, Timestamp from, Timestamp to,
              double logins_a_day, double typos = 0.01);

    const std::string& name() const { return name_; }
    std::uint32_t customers() const { return customers_; }
    std::vector<CountedAttempt> in_order() const;

private:
    void add(EventKind kind, const IpAddress& ip, Timestamp at, bool is_attack, std::uint32_t who);

    std::string name_;
    std::mt19937_64 random_;
    std::uint32_t customers_ = 0;
    std::vector<CountedAttempt> deeds_{};
};

struct ReplayResult {
    std::uint64_t attackers = 0;  // addresses
    std::uint64_t attackers_banned = 0;
    std::uint64_t guesses = 0;
    std::uint64_t through = 0;
    std::uint64_t customers = 0;
    std::uint64_t customers_banned = 0;  // an address of theirs was, at any time
    std::uint64_t deferred_bans = 0;
    std::uint64_t stale_told = 0;
    std::uint64_t hijacks_told = 0;
    std::vector<std::string> mishaps{};  // bans that hit customers

    // At the door.
    std::uint64_t delayed = 0;           // of the guesses through
    std::uint64_t disguised = 0;         // of the guesses through, from an address of the account's
                                         // own user: nothing tells them from a slip of that user
    std::uint64_t customers_denied = 0;  // at least once
    std::uint64_t travellers_denied = 0;  // of these, only where they had never logged in, at
                                          // accounts that were guessed at within a day
    std::uint64_t customers_delayed = 0;
    std::vector<std::string> refusals{};  // of other customers

    double prevented() const
    {
        return guesses == 0 ? 1 : 1 - static_cast<double>(through) / static_cast<double>(guesses);
    }
};

// Who is banned does nothing: its deeds never reach the mail server. Where `config` has a door
// (policy), each password is preceded by the question that Dovecot would ask, and whoever is denied
// comes no further: Dovecot reports that, and logs it as a failure.
ReplayResult run(const Scenario& scenario, const Config& config);

Config shipped_config();
// The same, and mail servers ask.
Config door_config();
// "5 in 10 minutes", and nothing besides.
Config plain_config();

// The whole suite for one seed.
std::vector<Scenario> all_scenarios(std::uint64_t seed);
// One account that is used from everywhere, by its owner and by strangers who have its password.
Scenario hijacked_account(std::uint64_t seed);

}  // namespace mailban::test
