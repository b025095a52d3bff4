// Another configuration in place: what did not change keeps its counts, and the whole is what a
// fresh engine of that configuration would be, were it shown all that was stored.
#include <algorithm>
#include <random>

#include "unit/engine/an_engine.h"

namespace mailban::reconfigure_test {
namespace {

using test::all_of;
using test::failure;
using test::five_in_ten_minutes;
using test::kStart;
using namespace std::chrono_literals;

// What the database keeps of a run.
struct Kept {
    std::vector<RecordEvent> events{};
    std::vector<Offender> offenders{};
    std::vector<KnownLogin> logins{};
    std::vector<std::string> bans{};  // as text, in their order

    void add(const Effects& effects)
    {
        for (const auto& record : all_of<RecordEvent>(effects))
            events.push_back(record);
        for (const auto& record : all_of<RecordOffender>(effects))
            offenders.push_back(record.offender);
        for (const auto& record : all_of<RecordLogin>(effects))
            logins.push_back(record.login);
        for (const auto& record : all_of<RecordBan>(effects))
            bans.push_back(record.ban.rule + " " + record.ban.prefix.to_string() + " until " +
                           (record.ban.until ? format_timestamp(*record.ban.until) : "ever"));
    }
};

Rule rule_named(const char* name, std::uint32_t limit, Duration within, CountBy by = CountBy::ip,
                Distinct distinct = Distinct::none)
{
    Rule rule;
    rule.name = name;
    rule.limit = limit;
    rule.within = within;
    rule.by = by;
    rule.distinct = distinct;
    return rule;
}

Config several_rules()
{
    Config config = five_in_ten_minutes();
    config.rules = {rule_named("fast", 5, 10min),
                    rule_named("slow", 12, 4h),
                    rule_named("accounts", 4, 1h, CountBy::ip, Distinct::account),
                    rule_named("block", 20, 1h, CountBy::subnet),
                    rule_named("account", 5, 2h, CountBy::account, Distinct::address),
                    rule_named("tries", 6, 1h, CountBy::ip, Distinct::password),
                    rule_named("sprayed", 7, 1h, CountBy::account, Distinct::password)};
    return config;
}

void show_events(Engine& engine, const Kept& kept, std::size_t from)
{
    for (; from < kept.events.size(); ++from)
        engine.restore(kept.events[from]);
}

void show_all(Engine& engine, const Kept& kept)
{
    for (const auto& login : kept.logins)
        engine.restore(login);
    show_events(engine, kept, 0);
}

// As the daemon does it at a start.
std::unique_ptr<Engine> fresh(const Config& config, const Engine& engine, const Kept& kept)
{
    std::vector<Ban> standing;
    for (const auto& [prefix, ban] : engine.ledger().bans())
        standing.push_back(ban);
    auto next = std::make_unique<Engine>(config, PrefixSet(), 2);
    next->restore(standing, kept.offenders);
    show_all(*next, kept);
    return next;
}

void live(Engine& engine, Kept& kept, const Event& event)
{
    kept.add(engine.advance(event.time));
    kept.add(engine.observe(event, 0, Arrival::live, event.time));
}

// A change of configuration, one of those that administrators make.
Config changed(Config config, std::mt19937& random)
{
    for (int count = 1 + static_cast<int>(random() % 2); count > 0; --count) {
        auto& rule = config.rules[random() % config.rules.size()];
        switch (random() % 9) {
        case 0: rule.limit += 1 + static_cast<std::uint32_t>(random() % 3); break;
        case 1:
            rule.limit =
                std::max<std::uint32_t>(1, rule.limit - static_cast<std::uint32_t>(random() % 3));
            break;
        case 2: rule.within *= 2; break;
        case 3: rule.ban = 3h; break;
        case 4: rule.name += "-renamed"; break;
        case 5: config.rules.push_back(rule_named("new", 7, 30min)); break;
        case 6: std::reverse(config.rules.begin(), config.rules.end()); break;
        case 7: config.judgement.hijack.reset(); break;
        default:
            config.policy.mode =
                config.policy.mode == PolicyMode::off ? PolicyMode::enforce : PolicyMode::off;
            break;
        }
    }
    return config;
}

// Twelve clients of six blocks that guess at six accounts, and log in to one each in the beginning.
std::vector<Event> events_of(std::mt19937& random)
{
    std::vector<Event> events;
    Timestamp at = kStart;
    for (int i = 0; i < 500; ++i) {
        at += std::chrono::seconds(random() % 40);
        const auto client = random() % 12;
        events.push_back(
            failure("10.0." + std::to_string(client / 2) + "." + std::to_string(client), at));
        events.back().account = "user" + std::to_string(random() % 6);
        if (i < 20 || i % 60 == 0) events.back().kind = EventKind::auth_success;
        if (random() % 3 == 0) events.back().password = PasswordMark(random() % 4);
    }
    return events;
}

void expect_equal_counts(const Engine& engine, const Engine& other,
                         const std::vector<Event>& events)
{
    for (const auto& event : events) {
        const auto ours = engine.detector().counts(event.ip);
        const auto theirs = other.detector().counts(event.ip);
        ASSERT_EQ(ours.size(), theirs.size()) << event.ip.to_string();
        for (std::size_t rule = 0; rule < ours.size(); ++rule) {
            EXPECT_EQ(ours[rule].rule->name, theirs[rule].rule->name);
            EXPECT_EQ(ours[rule].count, theirs[rule].count)
                << event.ip.to_string() << ' ' << ours[rule].rule->name;
        }
    }
}

// What a mail server is told that asks for one of these clients at one of these accounts.
void expect_equal_answers(const Engine& engine, const Engine& other,
                          const std::vector<Event>& events, Timestamp now)
{
    for (const auto& event : events) {
        Attempt attempt;
        attempt.ip = event.ip;
        attempt.account = event.account;
        attempt.service = event.service;
        const PolicyAnswer ours = engine.answer(attempt, now);
        const PolicyAnswer theirs = other.answer(attempt, now);
        EXPECT_EQ(ours.ground, theirs.ground) << event.ip.to_string() << ' ' << *event.account;
        EXPECT_EQ(ours.judged, theirs.judged) << event.ip.to_string() << ' ' << *event.account;
    }
}

// A run that is given another configuration `reloads` times, each at some event.
class ARun {
public:
    explicit ARun(std::uint32_t seed) : random_(seed), events_(events_of(random_))
    {
        config_.judgement.outage.reset();
        engine_ = std::make_unique<Engine>(config_, PrefixSet(), 1);
    }

    void go_on(std::size_t until)
    {
        for (; at_ < std::min(until, events_.size()); ++at_)
            live(*engine_, kept_, events_[at_]);
        kept_.add(engine_->settle());
    }
    // Events come in while the successor is shown others.
    void reload(std::size_t events_meanwhile)
    {
        config_ = changed(std::move(config_), random_);
        auto successor = engine_->successor(config_);
        const auto shown = kept_.events.size();
        const bool needs_history = engine_->needs_history(*successor);
        if (needs_history) show_all(*successor, kept_);
        go_on(at_ + events_meanwhile);
        if (needs_history) show_events(*successor, kept_, shown);
        engine_->reconfigure(std::move(successor));
    }
    // Another one is being shown what was stored, and is dropped.
    void give_up_a_reload(std::size_t events_meanwhile)
    {
        const auto successor = engine_->successor(changed(config_, random_));
        if (engine_->needs_history(*successor)) show_all(*successor, kept_);
        go_on(at_ + events_meanwhile);
    }
    void expect_to_be_like_a_fresh_one()
    {
        const auto other = fresh(config_, *engine_, kept_);
        expect_equal_counts(*engine_, *other, events_);
        if (at_ > 0 && config_.policy.mode != PolicyMode::off)
            expect_equal_answers(*engine_, *other, events_, events_[at_ - 1].time);
        Kept after;
        Kept after_other;
        for (; at_ < events_.size(); ++at_) {
            live(*engine_, after, events_[at_]);
            live(*other, after_other, events_[at_]);
        }
        EXPECT_EQ(after.bans, after_other.bans);
    }
    std::size_t draw(std::size_t below) { return random_() % below; }

private:
    std::mt19937 random_;
    std::vector<Event> events_;
    Config config_ = several_rules();
    std::unique_ptr<Engine> engine_{};
    Kept kept_{};
    std::size_t at_ = 0;
};

TEST(AReconfiguredEngine, IsWhatAFreshOneWouldBe)
{
    for (std::uint32_t seed = 1; seed <= 24; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ARun run(seed);
        run.go_on(50 + run.draw(400));
        run.reload(run.draw(40));
        run.expect_to_be_like_a_fresh_one();
    }
}

// Counts of rules that are gone, and of configurations that were never in force, leave nothing.
TEST(AReconfiguredEngine, IsWhatAFreshOneWouldBeHoweverOftenItWasReconfigured)
{
    for (std::uint32_t seed = 1; seed <= 8; ++seed) {
        SCOPED_TRACE("seed " + std::to_string(seed));
        ARun run(seed);
        run.go_on(50);
        for (int reloads = 0; reloads < 20; ++reloads) {
            run.give_up_a_reload(run.draw(8));
            run.reload(run.draw(8));
        }
        run.expect_to_be_like_a_fresh_one();
    }
}

// An engine with four of five failures counted, none of which was stored.
class AnEngineInUse : public ::testing::Test {
protected:
    AnEngineInUse()
    {
        for (int i = 0; i < 4; ++i)
            fail();
    }
    Effects fail()
    {
        return engine_.observe(failure("192.0.2.7", now_ += 1s), 0, Arrival::live, now_);
    }
    bool reconfigure(const Config& config)
    {
        auto successor = engine_.successor(config);
        const bool needs_history = engine_.needs_history(*successor);
        engine_.reconfigure(std::move(successor));
        return needs_history;
    }

    Config config_ = several_rules();
    Engine engine_{config_, PrefixSet(), 1};
    Timestamp now_ = kStart;
};

TEST_F(AnEngineInUse, GoesOnCountingWhereItsRulesStay)
{
    config_.escalation.factor = 3;
    config_.limits.bans = 10;
    config_.rules[0].ban = 7h;
    config_.rules[0].name = "quick";
    EXPECT_FALSE(reconfigure(config_));
    const auto bans = all_of<RecordBan>(fail());
    ASSERT_EQ(bans.size(), 1U);
    EXPECT_EQ(bans[0].ban.rule, "quick");
    EXPECT_EQ(bans[0].ban.until, now_ + 7h);
}

TEST_F(AnEngineInUse, GoesOnCountingForOneRuleWhereAnotherChanged)
{
    config_.rules[1].limit = 3;
    config_.rules.erase(config_.rules.begin() + 2);
    EXPECT_TRUE(reconfigure(config_));
    EXPECT_EQ(all_of<RecordBan>(fail()).size(), 1U);
}

TEST_F(AnEngineInUse, KeepsItsCountersAndBans)
{
    fail();
    const auto before = engine_.counters();
    EXPECT_EQ(before.bans, 1U);
    config_.rules.resize(1);
    config_.rules[0].limit = 50;
    config_.judgement.trust.reset();
    reconfigure(config_);
    EXPECT_EQ(engine_.counters().bans, 1U);
    EXPECT_EQ(engine_.counters().events, before.events);
    EXPECT_EQ(engine_.ledger().bans().size(), 1U);
}

TEST_F(AnEngineInUse, TrustsWhomTheNewConfigurationAllows)
{
    fail();
    config_.allow.prefixes = {*Prefix::parse("192.0.2.0/24")};
    EXPECT_FALSE(reconfigure(config_));
    EXPECT_EQ(all_of<RecordEnd>(engine_.advance(now_)).size(), 1U);
    config_.allow.prefixes.clear();
    reconfigure(config_);
    EXPECT_FALSE(engine_.is_trusted(*Prefix::parse("192.0.2.7/32")));
}

TEST_F(AnEngineInUse, KeepsWhatWasAllowedByHandMeanwhile)
{
    auto successor = engine_.successor(config_);
    ASSERT_TRUE(engine_.allow(*Prefix::parse("198.51.100.1/32"), std::nullopt, "", now_));
    engine_.reconfigure(std::move(successor));
    EXPECT_TRUE(engine_.is_trusted(*Prefix::parse("198.51.100.1/32")));
}

// Many changes one after the other: rules that stay go on in windows of a configuration long gone.
TEST_F(AnEngineInUse, StaysSoHoweverOftenOthersChange)
{
    for (std::uint32_t limit = 20; limit < 40; ++limit) {
        config_.rules[1].limit = limit;
        config_.rules[4].limit = limit;
        reconfigure(config_);
    }
    EXPECT_EQ(all_of<RecordBan>(fail()).size(), 1U);
}

}  // namespace
}  // namespace mailban::reconfigure_test
