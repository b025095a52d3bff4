#include "mailban/replay/rule_trials.h"

#include "mailban/replay/kept_events.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <iostream>
#include <random>
#include <string>
#include <vector>

#include "seed.h"
#include "unit/engine/an_engine.h"

namespace mailban::rule_trials_test {
namespace {

using ::mailban::test::failure;
using ::mailban::test::kStart;
using std::chrono::days;
using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;
using std::chrono::seconds;

// Old events of a small world: customers who mistype, guessers, neighbours of both, blocks full of
// guessers, a password service that fails now and then.
class World {
public:
    explicit World(std::uint64_t seed)
        : chance_(seed), chance_of_outage_(seed % 3 == 0 ? 400 : 40'000)
    {
    }

    std::uint64_t below(std::uint64_t most) { return chance_() % most; }

    Event next()
    {
        // Most worlds have a password service that seldom fails.
        if (below(chance_of_outage_) == 0) fails_until_ = at_ + minutes(below(20));
        if (below(60) == 0) at_ += hours(below(30));
        at_ += milliseconds(below(20'000));
        const auto kind = below(20);
        if (at_ < fails_until_ && kind < 12) return unavailable();
        if (kind < 3) return login();
        if (kind < 6) return mistake();
        return guess();
    }

private:
    Event event(const std::string& ip, EventKind kind)
    {
        Event event = failure(ip, below(30) == 0 ? at_ - minutes(below(30)) : at_);
        event.kind = kind;
        event.server = below(3) == 0 ? MailServer::exim : MailServer::dovecot;
        event.reporter = static_cast<Reporter>(below(4));
        event.service = static_cast<Service>(below(6));
        event.attempts = below(4) == 0 ? 1 + static_cast<std::uint32_t>(below(4)) : 1;
        event.may_be_doubled = below(9) == 0;
        event.is_unknown_user = below(9) == 0;
        if (below(2) == 0) event.client_port = static_cast<std::uint16_t>(below(500));
        if (below(3) == 0) event.session = std::string(1 + below(3), 's');
        if (below(4) == 0) event.password = static_cast<PasswordMark>(below(5));
        return event;
    }
    std::string customer_ip(std::uint64_t who)
    {
        // Some share one address, some have an address that changes within a network.
        if (who % 5 == 0) return "203.0.113.9";
        if (who % 5 == 1) return "100.64.3." + std::to_string(below(40));
        return "100.65." + std::to_string(who) + ".7";
    }
    Event login()
    {
        const auto who = below(12);
        Event made = event(customer_ip(who), EventKind::auth_success);
        made.account = "customer" + std::to_string(who);
        if (below(20) == 0) made.ip = guesser();
        return made;
    }
    Event mistake()
    {
        const auto who = below(12);
        Event made = event(customer_ip(who), EventKind::auth_failure);
        if (below(6) != 0) made.account = "customer" + std::to_string(who);
        if (below(400) == 0) made.attempts = 25;
        return made;
    }
    IpAddress guesser()
    {
        switch (below(5)) {
        case 0: return *IpAddress::parse("198.51.100." + std::to_string(below(256)));
        case 1: return *IpAddress::parse("2001:db8:7:" + std::to_string(below(90)) + "::1");
        case 2: return *IpAddress::parse("2001:db8:8::" + std::to_string(1 + below(3)));
        case 3: return *IpAddress::parse("100.64.3." + std::to_string(below(40)));
        default: return *IpAddress::parse("192.0.2." + std::to_string(below(6)));
        }
    }
    Event guess()
    {
        Event made = event("192.0.2.1", EventKind::auth_failure);
        made.ip = guesser();
        const auto which = below(3);
        if (which == 0) made.account = "customer" + std::to_string(below(12));
        if (which == 1) made.account = "nobody" + std::to_string(below(200));
        return made;
    }
    Event unavailable()
    {
        Event made = event("192.0.2.1",
                           below(2) == 0 ? EventKind::auth_unavailable : EventKind::auth_failure);
        made.ip = below(2) == 0 ? guesser() : *IpAddress::parse(customer_ip(below(12)));
        made.account = "customer" + std::to_string(below(12));
        made.unanswered = made.kind == EventKind::auth_unavailable && below(2) == 0;
        return made;
    }

    std::mt19937_64 chance_;
    std::uint64_t chance_of_outage_;
    Timestamp at_ = kStart;
    Timestamp fails_until_ = kStart;
};

std::vector<Rule> random_rules(World& world)
{
    constexpr std::array<std::uint32_t, 7> kLimits{1, 2, 3, 4, 6, 10, 25};
    const std::array<Duration, 5> spans{seconds(30), minutes(10), hours(3), days(1), days(3)};
    constexpr std::array<Distinct, 3> kDistinct{Distinct::none, Distinct::account,
                                                Distinct::password};
    std::vector<Rule> rules(1 + world.below(20));
    for (Rule& rule : rules) {
        rule.name = world.below(2) == 0 ? "slow" : "fast";
        rule.limit = kLimits.at(world.below(kLimits.size()));
        rule.within = spans.at(world.below(spans.size()));
        rule.distinct = kDistinct.at(world.below(kDistinct.size()));
        rule.ban = spans.at(world.below(spans.size()));
        if (world.below(8) == 0) rule.ban.reset();
        if (world.below(6) == 0) rule.ports = PortSet{false, {143, 993}};
        if (world.below(9) == 0) rule.where = BanPlace::door;
    }
    return rules;
}

ReplaySettings random_settings(World& world)
{
    ReplaySettings settings;
    settings.hash_seed = world.below(1000);
    if (world.below(3) == 0) settings.allow.insert(*Prefix::parse("2001:db8:8::1/128"));
    if (world.below(3) == 0) settings.own.insert(*Prefix::parse("192.0.2.5/32"));
    if (world.below(4) == 0) settings.config.limits.bans = 1 + world.below(60);
    if (world.below(3) == 0) settings.config.judgement.outage.reset();
    if (world.below(5) == 0) settings.config.judgement.trust.reset();
    return settings;
}

RuleTrials::Outcome alone(ReplaySettings settings, const Rule& rule, const KeptEvents& events)
{
    settings.config.rules = {rule};
    Replay replay(settings);
    events.each([&](const Event& event, std::uint32_t log) { replay.observe(event, log); });
    const auto outcome = replay.outcome(0);
    RuleTrials::Outcome found{
        outcome.bans.size() + outcome.unlisted_bans, outcome.through, outcome.prevented, {}};
    for (const auto& ban : outcome.bans)
        found.prefixes.insert(ban.ban.prefix);
    return found;
}

TEST(RuleTrials, FindOfEachRuleWhatAReplayOfItAloneFinds)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("seed " + std::to_string(seed));
    std::size_t all = 0;
    std::size_t exact = 0;
    std::uint64_t bans = 0;
    std::uint64_t prevented = 0;
    const std::size_t rounds = test::property_amount(60);
    for (std::size_t round = 0; round < rounds; ++round) {
        World world(seed + round);
        SCOPED_TRACE("round " + std::to_string(round));
        const auto settings = random_settings(world);
        const auto rules = random_rules(world);
        KeptEvents events(settings.hash_seed);
        for (int i = 0; i < 3000; ++i)
            events.add(world.next(), static_cast<std::uint32_t>(world.below(2)));
        RuleTrials trials(settings, rules);
        events.each([&](const Event& event, std::uint32_t log) { trials.observe(event, log); });
        all += rules.size();
        for (std::size_t number = 0; number < rules.size(); ++number) {
            if (!trials.is_exact(number)) continue;
            ++exact;
            const auto plain = alone(settings, rules[number], events);
            const auto& together = trials.outcome(number);
            EXPECT_EQ(together.bans, plain.bans) << limit_text(rules[number], rules[number].limit);
            EXPECT_EQ(together.through, plain.through);
            EXPECT_EQ(together.prevented, plain.prevented);
            EXPECT_EQ(together.prefixes, plain.prefixes);
            bans += plain.bans;
            prevented += plain.prevented;
        }
        if (::testing::Test::HasFailure()) return;
    }
    // In most worlds, rules do not disagree.
    std::cout << exact << " of " << all << " were exact\n";
    EXPECT_GE(exact * 5, all);
    EXPECT_GT(bans, 0U);
    EXPECT_GT(prevented, 0U);
}

Event at(Duration since, const std::string& ip, EventKind kind)
{
    Event event = failure(ip, kStart + since);
    event.kind = kind;
    event.account = "bob";
    return event;
}

Rule by_ip(std::uint32_t limit, Duration within)
{
    Rule rule;
    rule.name = "guessing";
    rule.limit = limit;
    rule.within = within;
    return rule;
}

// One rule has forgotten the client and takes it for a witness of an outage, the other has not.
TEST(RuleTrials, AreNotExactWhereTheyDisagreeOnAWitness)
{
    for (const auto kind : {EventKind::auth_unavailable, EventKind::auth_failure}) {
        RuleTrials trials(ReplaySettings{}, {by_ip(5, minutes(10)), by_ip(5, days(3))});
        trials.observe(at({}, "192.0.2.7", EventKind::auth_failure), 0);
        trials.observe(at(hours(5), "192.0.2.7", kind), 0);
        // A judge with both takes it for none, as the second rule would.
        EXPECT_EQ(trials.is_exact(0), kind == EventKind::auth_failure);
        EXPECT_TRUE(trials.is_exact(1));
    }
}

// What a login forgives is limited; where rules have forgiven unequally, it is for one earlier.
TEST(RuleTrials, AreNotExactWhereOneRuleMayForgiveNoMore)
{
    RuleTrials trials(ReplaySettings{}, {by_ip(100, minutes(1)), by_ip(100, days(3))});
    for (int i = 0; i < 18; ++i)
        trials.observe(at(minutes(2 * i), "192.0.2.7", EventKind::auth_failure), 0);
    trials.observe(at(hours(1), "192.0.2.7", EventKind::auth_success), 0);
    EXPECT_TRUE(trials.is_exact(0));
    for (int i = 0; i < 5; ++i)
        trials.observe(at(hours(2) + minutes(2 * i), "192.0.2.7", EventKind::auth_failure), 0);
    trials.observe(at(hours(3), "192.0.2.7", EventKind::auth_success), 0);
    EXPECT_FALSE(trials.is_exact(0));
}

TEST(RuleTrials, AreNotExactWhereThereWasNoRoom)
{
    ReplaySettings settings;
    settings.config.limits.tracked = 8;
    RuleTrials trials(settings, {by_ip(5, days(1))});
    for (int i = 0; i < 8; ++i)
        trials.observe(at({}, "192.0.2." + std::to_string(i), EventKind::auth_failure), 0);
    EXPECT_TRUE(trials.is_exact(0));
    trials.observe(at({}, "192.0.2.9", EventKind::auth_failure), 0);
    EXPECT_FALSE(trials.is_exact(0));
}

}  // namespace
}  // namespace mailban::rule_trials_test
