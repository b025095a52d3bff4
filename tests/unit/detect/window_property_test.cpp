// The windows against their definition, word by word, on random histories: rules of every kind, in
// the order of a log whose lines of one second come in any order, and a few later than that.
// MAILBAN_PROPERTY_EVENTS says on how many events, MAILBAN_PROPERTY_SEED on which.
#include "mailban/detect/detector.h"
#include "mailban/detect/password_tag.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "seed.h"

namespace mailban::window_property_test {
namespace {

using namespace std::chrono_literals;

constexpr Timestamp kStart{std::chrono::seconds(1'800'000'000)};
constexpr std::size_t kHistory = 20'000;
constexpr std::size_t kRules = 7;

std::size_t wanted_events()
{
    return test::property_amount(200'000, "MAILBAN_PROPERTY_EVENTS");
}

// Nine clients in three blocks, one of them a block itself; four accounts, nine passwords.
const std::vector<std::string>& addresses()
{
    static const std::vector<std::string> kAll{
        "192.0.2.1",     "192.0.2.2",     "192.0.2.3",         "198.51.100.1", "198.51.100.2",
        "2001:db8::1:1", "2001:db8::2:2", "2001:db8:0:1::3:3", "203.0.113.1"};
    return kAll;
}
const std::vector<std::string>& accounts()
{
    static const std::vector<std::string> kAll{"bob", "ann", "joe", "eve"};
    return kAll;
}
constexpr int kPasswords = 9;

// One rule by its definition: all that a key did since it tripped, and how much of it is at most
// `within` older than the newest. What is too old for ever is left out, or a history would never
// end.
class ByDefinition {
public:
    explicit ByDefinition(const Rule& rule) : rule_(rule) {}

    bool trips(const Event& event, std::uint32_t attempts)
    {
        const bool by_account = rule_.by == CountBy::account;
        if (!rule_.on.contains(event.kind)) return false;
        if (!event.account && (by_account || rule_.distinct == Distinct::account)) return false;
        std::vector<Done>& all = done_[key_of(event)];
        const bool is_one = rule_.distinct != Distinct::none && !identity_of(event).empty();
        const std::uint32_t times = is_one ? 1 : attempts * rule_.weights.of(event.kind);
        all.push_back({event.time, times, identity_of(event)});
        const auto newest = std::max_element(all.begin(), all.end(), [](auto& a, auto& b) {
                                return a.at < b.at;
                            })->at;
        std::erase_if(all, [&](const Done& one) { return newest - one.at > rule_.within; });
        std::uint64_t found = 0;
        std::set<std::string> identities;
        for (const Done& one : all) {
            if (one.identity.empty() || identities.insert(one.identity).second) found += one.times;
        }
        if (found < rule_.limit) return false;
        if (!by_account) all.clear();
        return true;
    }

private:
    struct Done {
        Timestamp at{};
        std::uint32_t times = 0;
        std::string identity{};  // empty: one of its own
    };

    static std::string client_of(const Event& event)
    {
        return PrefixLengths{}.block_of(event.ip).to_string();
    }
    std::string key_of(const Event& event) const
    {
        if (rule_.by == CountBy::account) return *event.account;
        return rule_.by == CountBy::ip ? client_of(event)
                                       : rule_.subnet.block_of(event.ip).to_string();
    }
    std::string identity_of(const Event& event) const
    {
        switch (rule_.distinct) {
        case Distinct::none: return {};
        case Distinct::address: return client_of(event);
        case Distinct::account: return *event.account;
        case Distinct::password: break;
        }
        if (!event.password || !event.account) return {};
        return std::to_string(*event.password) + '/' + *event.account;
    }

    Rule rule_;
    std::map<std::string, std::vector<Done>> done_{};
};

class History {
public:
    explicit History(std::uint64_t seed) : random_(seed)
    {
        for (std::size_t index = 0; index < kRules; ++index)
            rules_.push_back(rule());
    }

    const std::vector<Rule>& rules() const { return rules_; }

    // A seed under which no two of the few names look alike: a tag has but 16 bits for each half.
    std::uint64_t hash_seed()
    {
        for (;;) {
            const std::uint64_t seed = random_();
            std::set<WindowTable::Value> tags;
            for (const auto& account : accounts())
                tags.insert(password_tag(account_key(account, seed), std::nullopt, seed) & kWho);
            for (const auto& ip : addresses())
                tags.insert(
                    distinct_value(PrefixLengths{}.block_of(*IpAddress::parse(ip)).base(), seed));
            const auto names = tags.size();
            for (int password = 0; password < kPasswords; ++password)
                tags.insert(password_tag({}, mark(password), seed) & kPassword);
            const auto clients = addresses().size() - 1;  // two of them are one
            if (names == accounts().size() + clients && tags.size() == names + kPasswords)
                return seed;
        }
    }

    Event next()
    {
        Event event;
        clock_ += std::chrono::milliseconds(below(1'500));
        event.time = clock_ - std::chrono::milliseconds(below(1'000));
        if (chance(2)) event.time -= std::chrono::seconds(below(30));
        event.kind = chance(80) ? EventKind::auth_failure : EventKind::relay_denied;
        event.ip = *IpAddress::parse(addresses()[below(addresses().size())]);
        if (chance(90)) event.account = accounts()[below(accounts().size())];
        if (chance(70)) event.password = mark(static_cast<int>(below(kPasswords)));
        event.attempts = chance(90) ? 1 : static_cast<std::uint32_t>(1 + below(4));
        return event;
    }

private:
    std::uint64_t below(std::uint64_t end) { return random_() % end; }
    bool chance(std::uint64_t percent) { return below(100) < percent; }
    static PasswordMark mark(int number) { return password_mark(std::to_string(number)); }

    Rule rule()
    {
        Rule rule;
        rule.limit = static_cast<std::uint32_t>(1 + below(20));
        rule.within = std::chrono::milliseconds(500 + below(90'000));
        rule.by = static_cast<CountBy>(below(3));
        rule.subnet = {24, 56};
        do {
            rule.distinct = static_cast<Distinct>(below(4));
        } while ((rule.by == CountBy::ip && rule.distinct == Distinct::address) ||
                 (rule.by == CountBy::account && rule.distinct == Distinct::account));
        if (chance(50)) rule.on.insert(EventKind::relay_denied);
        if (rule.distinct == Distinct::none && chance(50)) {
            rule.weights.set(EventKind::auth_failure, static_cast<std::uint32_t>(1 + below(3)));
            rule.weights.set(EventKind::relay_denied, static_cast<std::uint32_t>(1 + below(12)));
        }
        return rule;
    }

    std::mt19937_64 random_;
    std::vector<Rule> rules_{};
    Timestamp clock_ = kStart;
};

// How often a rule tripped, each time as its definition wants it.
std::uint64_t trips_of_a_history(std::uint64_t seed, std::size_t events)
{
    History history(seed);
    Detector detector(history.rules(), 100'000, history.hash_seed());
    std::vector<ByDefinition> definitions(history.rules().begin(), history.rules().end());
    std::uint64_t trips = 0;
    for (std::size_t number = 0; number < events; ++number) {
        const Event event = history.next();
        const auto tripped = detector.observe(event, event.attempts, event.time);
        for (std::size_t index = 0; index < kRules; ++index) {
            const Rule* rule = &detector.rules()[index];
            const bool has = std::find(tripped.begin(), tripped.end(), rule) != tripped.end();
            const bool wants = definitions[index].trips(event, event.attempts);
            if (has == wants) continue;
            ADD_FAILURE() << "history " << seed << " event " << number << " rule " << index
                          << (has ? " trips early" : " does not trip");
            return trips;
        }
        trips += tripped.size();
    }
    return trips;
}

TEST(AWindow, TripsWhenItsDefinitionSaysAndAtNoOtherTime)
{
    const auto seed = test::property_seed();
    SCOPED_TRACE("MAILBAN_PROPERTY_SEED=" + std::to_string(seed));
    std::mt19937_64 random(seed);
    std::uint64_t trips = 0;
    std::size_t left = wanted_events();
    const std::size_t all = left;
    while (left > 0 && !::testing::Test::HasFailure()) {
        const auto events = std::min(left, kHistory);
        trips += trips_of_a_history(random(), events);
        left -= events;
    }
    std::cout << all - left << " events, " << kRules << " rules each, " << trips << " trips\n";
    EXPECT_GT(trips * 100, all);
}

}  // namespace
}  // namespace mailban::window_property_test
