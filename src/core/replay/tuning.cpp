#include "mailban/replay/tuning.h"

#include "mailban/replay/rule_trials.h"

#include <algorithm>
#include <array>
#include <iterator>
#include <set>
#include <utility>

#include "tuning_logins.h"

namespace mailban {

namespace {

using Limits = std::set<std::uint32_t>;

// Limits to begin with.
Limits limits_for(std::size_t events)
{
    constexpr std::size_t kMany = 200'000;
    if (events > kMany) return {3, 6, 12, 25};
    return {2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 50};
}

constexpr std::size_t kMoreReplays = 5;  // of a rule: spans, finer limits, the proposal
constexpr std::uint32_t kStrictest = 3;  // proposed: anybody mistypes a password twice

std::uint64_t customers_within(const std::set<Prefix>& prefixes,
                               const std::vector<IpAddress>& customers)
{
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

// What is tuned is the limit, for the day on which the rule is switched on and those after it.
Rule variant_of(Rule rule, std::uint32_t limit, Duration within)
{
    rule.limit = limit;
    rule.within = within;
    rule.learning_limit.reset();
    rule.mode = RuleMode::enforce;
    return rule;
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
        try_beforehand();
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
    // Most of what tune_rule() will ask for, in two passes.
    void try_beforehand()
    {
        std::vector<Rule> first;
        for (const Rule& rule : settings_.config.rules) {
            if (!is_tunable(rule)) continue;
            auto limits = limits_of(rule);
            limits.insert(proposed_limit(rule, *limits.begin()));
            for (const std::uint32_t limit : limits)
                first.push_back(variant_of(rule, limit, rule.within));
            for (const Duration within : spans_of(rule))
                first.push_back(variant_of(rule, rule.limit, within));
        }
        try_together(first);
        std::vector<Rule> second;
        for (const Rule& rule : settings_.config.rules)
            if (is_tunable(rule)) add_finer(rule, second);
        try_together(second);
    }

    // Of what lies between the last limit that hits a customer and the first that does not, and
    // what would be proposed then.
    void add_finer(const Rule& rule, std::vector<Rule>& variants)
    {
        constexpr std::uint32_t kMostBetween = 16;
        auto points = coarse_points(
            rule, [&](std::uint32_t limit) { return point(rule, limit, rule.within); });
        const auto harmless = find_harmless(points);
        if (harmless == points.end()) return;
        const std::uint32_t last = harmless->limit;
        const std::uint32_t first =
            harmless == points.begin() ? last : std::prev(harmless)->limit + 1;
        if (last - first > kMostBetween) return;
        for (std::uint32_t limit = first; limit <= last; ++limit)
            for (const std::uint32_t asked : {limit, proposed_limit(rule, limit)})
                variants.push_back(variant_of(rule, asked, rule.within));
    }

    // Notes what comes of each of them, but of those that have to be replayed by themselves.
    void try_together(const std::vector<Rule>& variants)
    {
        // Rules that disagree are fewer each time.
        constexpr int kMostPasses = 6;
        auto rules = untried(variants);
        for (int pass = 0; pass < kMostPasses && !rules.empty(); ++pass) {
            const auto before = rules.size();
            for (std::size_t first = 0; first < before; first += RuleTrials::kMost) {
                const auto begin = rules.begin() + static_cast<std::ptrdiff_t>(first);
                const auto count = std::min(before - first, RuleTrials::kMost);
                try_some({begin, begin + static_cast<std::ptrdiff_t>(count)});
            }
            rules = untried(rules);
            if (rules.size() == before) return;
        }
    }

    std::vector<Rule> untried(const std::vector<Rule>& variants) const
    {
        std::vector<Rule> rules;
        for (const Rule& rule : variants) {
            const bool is_listed = std::find(rules.begin(), rules.end(), rule) != rules.end();
            if (!is_listed && find(rule) == nullptr) rules.push_back(rule);
        }
        return rules;
    }

    void try_some(const std::vector<Rule>& rules)
    {
        RuleTrials trials(settings_, rules);
        events_.each(
            [&trials](const Event& event, std::uint32_t source) { trials.observe(event, source); });
        for (std::size_t number = 0; number < rules.size(); ++number) {
            if (!trials.is_exact(number)) continue;
            const auto& [bans, through, prevented, prefixes] = trials.outcome(number);
            tried_.emplace_back(
                rules[number],
                TuningPoint{rules[number].limit, rules[number].within, bans, prefixes.size(),
                            through, prevented, customers_within(prefixes, logins_.customers)});
        }
    }

    const TuningPoint* find(const Rule& rule) const
    {
        const auto found = std::find_if(tried_.begin(), tried_.end(),
                                        [&rule](const auto& tried) { return tried.first == rule; });
        return found == tried_.end() ? nullptr : &found->second;
    }

    void step() { on_step_(std::min(done_++, steps_), steps_); }

    ReplayResult replay(std::vector<Rule> rules)
    {
        ReplaySettings settings = settings_;
        settings.config.rules = std::move(rules);
        for (Rule& rule : settings.config.rules)
            rule.mode = RuleMode::enforce;
        Replay replay(settings);
        events_.each(
            [&replay](const Event& event, std::uint32_t source) { replay.observe(event, source); });
        return replay.outcome(0);
    }

    TuningPoint point_of(const ReplayResult& outcome, const Rule& rule) const
    {
        std::set<Prefix> prefixes;
        for (const auto& one : outcome.bans)
            prefixes.insert(one.ban.prefix);
        return {rule.limit,
                rule.within,
                outcome.bans.size() + outcome.unlisted_bans,
                outcome.prefixes,
                outcome.through,
                outcome.prevented,
                customers_within(prefixes, logins_.customers)};
    }

    TuningPoint replay_all(const std::vector<Rule>& rules)
    {
        step();
        const ReplayResult outcome = replay(rules);
        found_.first = outcome.first;
        found_.last = outcome.last;
        found_.guesses = outcome.guesses;
        found_.guessing_clients = outcome.guessing_clients;
        return point_of(outcome, Rule{.limit = 0, .within = {}});
    }

    TuningPoint point(const Rule& rule, std::uint32_t limit, Duration within)
    {
        const Rule variant = variant_of(rule, limit, within);
        if (const TuningPoint* const known = find(variant)) return *known;
        tried_.emplace_back(variant, point_of(replay({variant}), variant));
        return tried_.back().second;
    }

    TuningPoint replay_alone(const Rule& rule, std::uint32_t limit, Duration within)
    {
        step();
        return point(rule, limit, within);
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
        tuned.limits = coarse_points(
            rule, [&](std::uint32_t limit) { return replay_alone(rule, limit, rule.within); });
        refine(tuned);
        for (const Duration within : spans_of(rule))
            tuned.spans.push_back(replay_alone(rule, rule.limit, within));
        if (found_.basis >= Basis::little) tuned.proposal = proposal(tuned);
        done_ = ++rules_done_ * replays_of_rule() + 1;
        return tuned;
    }

    std::size_t replays_of_rule() const { return limits_for(events_.size()).size() + kMoreReplays; }

    using Points = std::vector<TuningPoint>;
    Limits limits_of(const Rule& rule) const
    {
        Limits limits = limits_for(events_.size());
        limits.insert(rule.limit);
        return limits;
    }
    static std::array<Duration, 2> spans_of(const Rule& rule)
    {
        return {rule.within / 2, rule.within * 2};
    }
    template <class Asked>
    Points coarse_points(const Rule& rule, const Asked& point_at) const
    {
        Points points;
        for (const std::uint32_t limit : limits_of(rule)) {
            // Where a limit bans nobody, neither does a laxer one.
            const bool is_idle = !points.empty() && points.back().bans == 0;
            points.push_back(is_idle ? points.back() : point_at(limit));
            points.back().limit = limit;
        }
        return points;
    }
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

    // With a margin.
    std::uint32_t proposed_limit(const Rule& rule, std::uint32_t harmless) const
    {
        const auto limit =
            std::max(kStrictest, harmless + std::max<std::uint32_t>(1, harmless / 4));
        // Few customers seen make no limit stricter.
        return found_.basis == Basis::little ? std::max(limit, rule.limit) : limit;
    }

    // The strictest limit from which on nobody is hit, and the margin.
    std::optional<TuningPoint> proposal(RuleTuning& tuned)
    {
        const auto harmless = find_harmless(tuned.limits);
        if (harmless == tuned.limits.end()) return std::nullopt;
        const auto limit = proposed_limit(tuned.rule, harmless->limit);
        const TuningPoint proposed = replay_alone(tuned.rule, limit, tuned.rule.within);
        if (proposed.customers > 0) return std::nullopt;
        return proposed;
    }

    const KeptEvents& events_;
    const ReplaySettings& settings_;
    const OnStep& on_step_;
    Logins logins_;
    Tuning found_{};
    std::vector<std::pair<Rule, TuningPoint>> tried_{};
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
