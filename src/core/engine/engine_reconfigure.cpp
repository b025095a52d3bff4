// Another configuration in place of the one in force, without a restart.
#include "mailban/engine/engine.h"

#include <algorithm>
#include <utility>

namespace mailban {

std::unique_ptr<Engine> Engine::successor(const Config& config)
{
    const PrefixSet configured(config.allow.prefixes);
    auto next = std::make_unique<Engine>(config, configured, hash_seed_);
    next->allowlist_ = allowlist_;
    next->allowlist_.set(AllowOrigin::configuration, configured);
    next->allowlist_.set(AllowOrigin::proxy, PrefixSet(config.proxies.prefixes));
    next->judge_.lean_on(judge_);
    return next;
}

bool Engine::needs_history(const Engine& successor) const
{
    const auto& watch = successor.stranger_watch_;
    const bool watches_anew = watch && !(stranger_watch_ && stranger_watch_->counts_like(*watch));
    return watches_anew || !successor.judge_.can_inherit_all(judge_);
}

std::unique_ptr<Engine> Engine::reconfigure(std::unique_ptr<Engine> successor)
{
    Engine& next = *successor;
    // A list of these that has changed meanwhile is newer here.
    for (const auto origin : {AllowOrigin::configuration, AllowOrigin::proxy})
        allowlist_.take_from(next.allowlist_, origin);
    next.judge_.inherit(std::move(judge_));
    judge_ = std::move(next.judge_);
    lengths_ = next.lengths_;
    groups_ = std::move(next.groups_);
    policy_ = std::move(next.policy_);
    has_firewall_ = next.has_firewall_;
    deduplicator_.expect_reports(policy_.mode != PolicyMode::off);
    const bool watches_on = stranger_watch_ && next.stranger_watch_ &&
                            stranger_watch_->counts_like(*next.stranger_watch_);
    if (!watches_on) std::swap(stranger_watch_, next.stranger_watch_);
    longest_window_ = next.longest_window_;
    longest_ban_ = next.longest_ban_;
    ledger_.take_limits_of(next.ledger_);
    observed_.take_limits_of(next.observed_);
    follow_rules();
    look_for_trusted();
    return successor;
}

// What an outage held back refers to rules by their place.
void Engine::follow_rules()
{
    const auto& rules = judge_.detector().rules();
    for (auto& [client, waiting] : waiting_) {
        auto same = std::ranges::find(rules, waiting.rule.name, &Rule::name);
        if (same == rules.end())
            same = std::ranges::find_if(rules, [&rule = waiting.rule](const Rule& other) {
                return count_alike(rule, other);
            });
        waiting.offence.rule = same == rules.end() ? nullptr : &*same;
    }
    std::erase_if(waiting_, [](const auto& one) { return one.second.offence.rule == nullptr; });
}

}  // namespace mailban
