#include "scenarios/scenario.h"

#include "mailban/engine/engine.h"

#include <algorithm>
#include <map>
#include <set>
#include <string>
#include <utility>

namespace mailban::test {

namespace {

using namespace std::chrono_literals;

// The truth about each account and address, which mailban does not know.
class Truth {
public:
    explicit Truth(const std::vector<CountedAttempt>& deeds)
    {
        for (const CountedAttempt& deed : deeds) {
            const Event& event = deed.event;
            if (deed.is_attack && event.account) guessed_[*event.account].push_back(event.time);
        }
    }
    void note_login(const Event& event) { at_home_.insert({*event.account, event.ip}); }
    bool has_logged_in(const Event& event) const
    {
        return at_home_.contains({*event.account, event.ip});
    }
    // Within the day before.
    bool was_guessed_at(const Event& event) const
    {
        const auto found = guessed_.find(*event.account);
        if (found == guessed_.end()) return false;
        return std::ranges::any_of(found->second, [&](Timestamp at) {
            return at <= event.time && event.time - at <= std::chrono::days(1);
        });
    }

private:
    std::map<std::string, std::vector<Timestamp>> guessed_{};
    std::set<std::pair<std::string, IpAddress>> at_home_{};
};

// One scenario on its way through an engine.
class Run {
public:
    Run(const Scenario& scenario, const Config& config)
        : deeds_(scenario.in_order()),
          engine_(config, PrefixSet(), 1),
          truth_(deeds_),
          has_door_(config.policy.mode == PolicyMode::enforce)
    {
        outcome_.customers = scenario.customers();
        for (const CountedAttempt& counted_attempt : deeds_) {
            if (counted_attempt.is_attack) {
                attackers_.insert(counted_attempt.event.ip);
            } else {
                customers_of_[counted_attempt.event.ip].insert(counted_attempt.who);
            }
        }
        outcome_.attackers = attackers_.size();
    }

    ReplayResult finish()
    {
        for (const CountedAttempt& counted_attempt : deeds_)
            carry_out(counted_attempt);
        outcome_.attackers_banned = banned_attackers_.size();
        outcome_.customers_banned = banned_customers_.size();
        outcome_.customers_denied = denied_.size();
        std::erase_if(denied_, [this](auto who) { return denied_at_home_.contains(who); });
        outcome_.travellers_denied = denied_.size();
        outcome_.customers_delayed = delayed_.size();
        outcome_.deferred_bans = engine_.counters().deferred_bans;
        outcome_.stale_told = engine_.counters().stale_passwords;
        outcome_.hijacks_told = engine_.counters().hijacked_accounts;
        return outcome_;
    }

private:
    void carry_out(const CountedAttempt& deed)
    {
        const Event& event = deed.event;
        const Timestamp now = event.time;
        note_bans(engine_.advance(now));
        if (deed.is_attack) ++outcome_.guesses;
        if (engine_.ledger().covering(event.ip) != nullptr) return;
        if (has_door_ && !may_pass(deed)) return;
        if (deed.is_attack) ++outcome_.through;
        note_bans(engine_.observe(event, 0, Arrival::live, now));
        if (event.kind == EventKind::auth_success) truth_.note_login(event);
    }

    bool may_pass(const CountedAttempt& deed)
    {
        const Event& event = deed.event;
        const bool is_password =
            event.kind == EventKind::auth_success || event.kind == EventKind::auth_failure;
        if (!is_password || !event.account) return true;
        Attempt attempt;
        attempt.ip = event.ip;
        attempt.account = event.account;
        attempt.service = event.service;
        const PolicyAnswer answer = engine_.answer(attempt, event.time);
        if (answer.verdict == PolicyVerdict::delay) note_delay(deed);
        if (deed.is_attack && answer.verdict != PolicyVerdict::deny && truth_.has_logged_in(event))
            ++outcome_.disguised;
        if (answer.verdict != PolicyVerdict::deny) return true;
        if (!deed.is_attack) note_denied_customer(deed, answer);
        report(event);
        return false;
    }

    void note_delay(const CountedAttempt& deed)
    {
        if (deed.is_attack) {
            ++outcome_.delayed;
        } else {
            delayed_.insert(deed.who);
        }
    }

    void note_denied_customer(const CountedAttempt& deed, const PolicyAnswer& answer)
    {
        denied_.insert(deed.who);
        const Event& event = deed.event;
        if (!truth_.has_logged_in(event) && truth_.was_guessed_at(event)) return;
        denied_at_home_.insert(deed.who);
        Attempt attempt;
        attempt.ip = event.ip;
        attempt.account = event.account;
        outcome_.refusals.push_back(format_timestamp(event.time) + ' ' +
                                    to_string(attempt, answer));
    }

    // As Dovecot does of whom it was told to refuse.
    void report(const Event& event)
    {
        Event refused = event;
        refused.kind = EventKind::rejected;
        refused.server = MailServer::dovecot;
        refused.reporter = Reporter::report;
        note_bans(engine_.observe(refused, 1, Arrival::live, event.time));
        Event line = event;
        line.kind = EventKind::auth_failure;
        note_bans(engine_.observe(line, 0, Arrival::live, event.time));
    }

    void note_bans(const Effects& effects)
    {
        for (const Effect& effect : effects)
            if (const auto* record = effect_as<RecordBan>(effect)) note(record->ban);
    }

    void note(const Ban& ban)
    {
        for (auto at = attackers_.lower_bound(ban.prefix.base());
             at != attackers_.end() && ban.prefix.contains(*at); ++at)
            banned_attackers_.insert(*at);
        for (auto at = customers_of_.lower_bound(ban.prefix.base());
             at != customers_of_.end() && ban.prefix.contains(at->first); ++at) {
            banned_customers_.insert(at->second.begin(), at->second.end());
            outcome_.mishaps.push_back(format_timestamp(ban.since) + ' ' + ban.prefix.to_string() +
                                       ' ' + ban.rule);
        }
    }

    std::vector<CountedAttempt> deeds_;
    Engine engine_;
    Truth truth_;
    bool has_door_;
    ReplayResult outcome_{};
    std::set<IpAddress> attackers_{};
    std::set<IpAddress> banned_attackers_{};
    std::map<IpAddress, std::set<std::uint32_t>> customers_of_{};
    std::set<std::uint32_t> banned_customers_{};
    std::set<std::uint32_t> denied_{};
    std::set<std::uint32_t> denied_at_home_{};  // or at accounts that nobody guessed at
    std::set<std::uint32_t> delayed_{};
};

}  // namespace

Duration Scenario::about(Duration mean)
{
    return mean / 2 + Duration(any(static_cast<std::uint64_t>(mean.count())));
}

Timestamp Scenario::between(Timestamp from, Timestamp to)
{
    return from + Duration(any(static_cast<std::uint64_t>((to - from).count())));
}

std::string Scenario::account_of(std::uint32_t customer)
{
    return "user" + std::to_string(customer) + "@example.com";
}

void Scenario::add(EventKind kind, const IpAddress& ip, Timestamp at, bool is_attack,
                   std::uint32_t who)
{
    CountedAttempt counted_attempt;
    counted_attempt.event.kind = kind;
    counted_attempt.event.ip = ip;
    counted_attempt.event.time = at;
    // Each attempt is one of its own, however close in time.
    counted_attempt.event.client_port = static_cast<std::uint16_t>(1024 + any(60'000));
    counted_attempt.is_attack = is_attack;
    counted_attempt.who = who;
    deeds_.push_back(std::move(counted_attempt));
}

void Scenario::log_in(std::uint32_t customer, const IpAddress& ip, Timestamp at)
{
    add(EventKind::auth_success, ip, at, false, customer);
    deeds_.back().event.account = account_of(customer);
}

void Scenario::mistype(std::uint32_t customer, const IpAddress& ip, Timestamp at)
{
    add(EventKind::auth_failure, ip, at, false, customer);
    deeds_.back().event.account = account_of(customer);
}

void Scenario::cause(EventKind kind, std::uint32_t customer, const IpAddress& ip, Timestamp at)
{
    add(kind, ip, at, false, customer);
}

void Scenario::guess(const IpAddress& ip, const std::string& account, Timestamp at)
{
    add(EventKind::auth_failure, ip, at, true, 0);
    deeds_.back().event.account = account;
}

void Scenario::attack(EventKind kind, const IpAddress& ip, Timestamp at)
{
    add(kind, ip, at, true, 0);
}

void Scenario::live(std::uint32_t customer, const IpAddress& ip, Timestamp from, Timestamp to,
                    double logins_a_day, double typos)
{
    const auto pause = Duration(
        static_cast<Duration::rep>(static_cast<double>(Duration(24h).count()) / logins_a_day));
    for (Timestamp at = from + about(pause); at < to; at += about(pause)) {
        Timestamp login = at;
        for (int slips = 0; slips < 3 && happens(typos); ++slips) {
            mistype(customer, ip, login);
            login += about(20s);
        }
        log_in(customer, ip, login);
    }
}

std::vector<CountedAttempt> Scenario::in_order() const
{
    auto deeds = deeds_;
    std::stable_sort(deeds.begin(), deeds.end(),
                     [](const CountedAttempt& a, const CountedAttempt& b) {
                         return a.event.time < b.event.time;
                     });
    return deeds;
}

ReplayResult run(const Scenario& scenario, const Config& config)
{
    return Run(scenario, config).finish();
}

Config shipped_config()
{
    Config config;
    config.rules = default_rules();
    return config;
}

Config door_config()
{
    Config config = shipped_config();
    config.policy.mode = PolicyMode::enforce;
    return config;
}

Config plain_config()
{
    Config config;
    Rule rule;
    rule.name = "plain";
    config.rules = {rule};
    config.judgement = {std::nullopt, std::nullopt, std::nullopt};
    return config;
}

}  // namespace mailban::test
