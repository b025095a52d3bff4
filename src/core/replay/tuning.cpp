#include "mailban/replay/tuning.h"

#include "mailban/detect/account.h"

#include <algorithm>
#include <iterator>
#include <set>
#include <utility>

#include <boost/unordered/unordered_flat_set.hpp>

namespace mailban {

namespace {

using Limits = std::set<std::uint32_t>;

// Limits to begin with. Each costs a replay, and there is a minute or two for all of them.
Limits limits_for(std::size_t events)
{
    constexpr std::size_t kMany = 200'000;
    if (events > kMany) return {3, 6, 12, 25};
    return {2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50};
}

constexpr std::size_t kMoreReplays = 5;  // of a rule: spans, finer limits, the proposal
constexpr std::uint32_t kStrictest = 3;  // proposed: anybody mistypes a password twice

struct Logins {
    std::vector<IpAddress> customers{};  // in order
    std::vector<IpAddress> suspects{};
};

using AccountsMet = boost::unordered_flat_set<IpAddress, SeededHash>;
struct Accounts {
    std::size_t own = 0;      // that the address logged in to
    std::size_t strange = 0;  // that it failed at, and never logged in to
};

// What each address that logged in did at which accounts; failures after all logins.
class ClientHistory {
public:
    explicit ClientHistory(std::uint64_t seed) : seed_(seed) {}

    void add_login(const Event& event)
    {
        Accounts& row = rows_[event.ip];
        if (own_.insert(pair_of(event)).second) ++row.own;
    }
    void add_failure(const Event& event)
    {
        const auto row = rows_.find(event.ip);
        if (row == rows_.end() || !event.account) return;
        const IpAddress pair = pair_of(event);
        if (!own_.contains(pair) && strange_.insert(pair).second) ++row->second.strange;
    }

    Logins logins() const
    {
        Logins found;
        for (const auto& [ip, row] : rows_)
            (is_suspect(row) ? found.suspects : found.customers).push_back(ip);
        std::sort(found.customers.begin(), found.customers.end());
        std::sort(found.suspects.begin(), found.suspects.end());
        return found;
    }

private:
    static bool is_suspect(const Accounts& row)
    {
        return row.strange >= kStrangeAccounts && row.strange > row.own;
    }
    IpAddress pair_of(const Event& event) const
    {
        const auto account = account_key(event.account.value_or(std::string()), seed_);
        return pair_key(event.ip, account, seed_);
    }

    std::uint64_t seed_;
    boost::unordered_flat_map<IpAddress, Accounts, SeededHash> rows_{0, SeededHash{seed_}};
    AccountsMet own_{0, SeededHash{seed_}};
    AccountsMet strange_{0, SeededHash{seed_}};
};

// Who logged in, and which of them guess.
Logins find_logins(const KeptEvents& events, std::uint64_t seed)
{
    ClientHistory ways(seed);
    events.each([&ways](const Event& event, std::uint32_t) {
        if (event.kind == EventKind::auth_success) ways.add_login(event);
    });
    events.each([&ways](const Event& event, std::uint32_t) {
        if (event.kind == EventKind::auth_failure) ways.add_failure(event);
    });
    return ways.logins();
}

std::uint64_t customers_within(const std::vector<ReplayedBan>& bans,
                               const std::vector<IpAddress>& customers)
{
    std::set<Prefix> prefixes;
    for (const auto& one : bans)
        prefixes.insert(one.ban.prefix);
    std::set<IpAddress> hit;
    for (const auto& prefix : prefixes) {
        auto at = std::lower_bound(customers.begin(), customers.end(), prefix.base());
        for (; at != customers.end() && prefix.contains(*at); ++at)
            hit.insert(*at);
    }
    return hit.size();
}

bool is_tunable(const Rule& rule)
{
    return rule.by == CountBy::ip && rule.on == EventKinds{EventKind::auth_failure};
}

class Tuner {
public:
    using OnStep = std::function<void(std::size_t, std::size_t)>;

    Tuner(const KeptEvents& events, const ReplaySettings& settings, const OnStep& on_step)
        : events_(events),
          settings_(settings),
          on_step_(on_step),
          logins_(find_logins(events, settings.hash_seed))
    {
    }

    Tuning run()
    {
        const auto& rules = settings_.config.rules;
        const auto tunable =
            static_cast<std::size_t>(std::count_if(rules.begin(), rules.end(), is_tunable));
        steps_ = tunable * replays_of_rule() + 2;
        found_.events = events_.size();
        found_.left_out = events_.left_out();
        found_.customers = logins_.customers.size();
        found_.suspects = logins_.suspects;
        found_.now = replay_all(rules);
        found_.basis = basis();
        found_.proposed = rules;
        for (Rule& rule : found_.proposed) {
            if (!is_tunable(rule)) continue;
            found_.rules.push_back(tune_rule(rule));
            if (const auto& proposal = found_.rules.back().proposal) rule.limit = proposal->limit;
        }
        found_.then = found_.proposed == rules ? found_.now : replay_all(found_.proposed);
        on_step_(steps_, steps_);
        return std::move(found_);
    }

private:
    ReplayResult replay(std::vector<Rule> rules)
    {
        on_step_(std::min(done_++, steps_), steps_);
        ReplaySettings settings = settings_;
        settings.config.rules = std::move(rules);
        // What is tuned is the limit, for the day on which the rule is switched on.
        for (Rule& rule : settings.config.rules)
            rule.mode = RuleMode::enforce;
        Replay replay(settings);
        events_.each(
            [&replay](const Event& event, std::uint32_t source) { replay.observe(event, source); });
        return replay.outcome(0);
    }

    TuningPoint point_of(const ReplayResult& outcome, const Rule& rule) const
    {
        return {rule.limit,
                rule.within,
                outcome.bans.size() + outcome.unlisted_bans,
                outcome.prefixes,
                outcome.through,
                outcome.prevented,
                customers_within(outcome.bans, logins_.customers)};
    }

    TuningPoint replay_all(const std::vector<Rule>& rules)
    {
        const ReplayResult outcome = replay(rules);
        found_.first = outcome.first;
        found_.last = outcome.last;
        found_.guesses = outcome.guesses;
        found_.guessing_clients = outcome.guessing_clients;
        return point_of(outcome, Rule{.limit = 0, .within = {}});
    }

    TuningPoint replay_alone(Rule rule, std::uint32_t limit, Duration within)
    {
        rule.limit = limit;
        rule.learning_limit.reset();  // what is tuned is for the days after the first
        rule.within = within;
        return point_of(replay({rule}), rule);
    }

    Basis basis() const
    {
        if (events_.size() == 0) return Basis::no_events;
        if (logins_.customers.empty()) return Basis::no_logins;
        const bool is_long = *found_.last - *found_.first >= kFewDays;
        const bool are_many = logins_.customers.size() >= kFewCustomers;
        return is_long && are_many ? Basis::enough : Basis::little;
    }

    RuleTuning tune_rule(const Rule& rule)
    {
        RuleTuning tuned{.rule = rule};
        Limits limits = limits_for(events_.size());
        limits.insert(rule.limit);
        for (const std::uint32_t limit : limits) {
            // Where a limit bans nobody, neither does a laxer one.
            const bool is_idle = !tuned.limits.empty() && tuned.limits.back().bans == 0;
            tuned.limits.push_back(is_idle ? tuned.limits.back()
                                           : replay_alone(rule, limit, rule.within));
            tuned.limits.back().limit = limit;
        }
        refine(tuned);
        for (const Duration within : {rule.within / 2, rule.within * 2})
            tuned.spans.push_back(replay_alone(rule, rule.limit, within));
        if (found_.basis >= Basis::little) tuned.proposal = proposal(tuned);
        done_ = ++rules_done_ * replays_of_rule() + 1;
        return tuned;
    }

    std::size_t replays_of_rule() const { return limits_for(events_.size()).size() + kMoreReplays; }

    using Points = std::vector<TuningPoint>;
    // The first limit from which on nobody is hit, or the end.
    static Points::iterator find_harmless(Points& points)
    {
        return std::find_if(points.rbegin(), points.rend(),
                            [](const TuningPoint& point) { return point.customers > 0; })
            .base();
    }

    // Halves what lies between the last limit that hits a customer and the first that does not.
    void refine(RuleTuning& tuned)
    {
        for (;;) {
            const auto harmless = find_harmless(tuned.limits);
            if (harmless == tuned.limits.begin() || harmless == tuned.limits.end()) return;
            const std::uint32_t last_hit = std::prev(harmless)->limit;
            if (harmless->limit - last_hit < 2) return;
            const std::uint32_t middle = (harmless->limit + last_hit) / 2;
            tuned.limits.insert(harmless, replay_alone(tuned.rule, middle, tuned.rule.within));
        }
    }

    // The strictest limit from which on nobody is hit, and the margin.
    std::optional<TuningPoint> proposal(RuleTuning& tuned)
    {
        const auto harmless = find_harmless(tuned.limits);
        if (harmless == tuned.limits.end()) return std::nullopt;
        std::uint32_t limit =
            std::max(kStrictest, harmless->limit + std::max<std::uint32_t>(1, harmless->limit / 4));
        // Few customers seen make no limit stricter.
        if (found_.basis == Basis::little) limit = std::max(limit, tuned.rule.limit);
        TuningPoint point = replay_alone(tuned.rule, limit, tuned.rule.within);
        if (point.customers > 0) return std::nullopt;
        return point;
    }

    const KeptEvents& events_;
    const ReplaySettings& settings_;
    const OnStep& on_step_;
    Logins logins_;
    Tuning found_{};
    std::size_t rules_done_ = 0;
    std::size_t done_ = 0;
    std::size_t steps_ = 0;
};

}  // namespace

Tuning tune(const KeptEvents& events, const ReplaySettings& settings,
            const std::function<void(std::size_t done, std::size_t all)>& on_step)
{
    return Tuner(events, settings, on_step).run();
}

}  // namespace mailban
