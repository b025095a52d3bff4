// How many guesses get through, and how many customers are banned, where many look alike: with logs
// alone, where a guess is known only after it was made, and with a door, where the server asks
// first.
#include "scenarios/crowds.h"

#include <gtest/gtest.h>

#include <cstdio>

namespace mailban::test::crowds_test {
namespace {

void print_figures(const Scenario& scenario, const ReplayResult& outcome)
{
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%-50s %6llu/%6llu guesses through %5.1f%%, %4llu/%4llu attackers, %3llu/%3llu "
        "customers banned\n",
        scenario.name().c_str(), number(outcome.through), number(outcome.guesses),
        100 * (1 - outcome.prevented()), number(outcome.attackers_banned),
        number(outcome.attackers), number(outcome.customers_banned), number(outcome.customers));
}

// Of all guesses. Each address is banned for its second guess at an account under attack, and that
// one is known only when it was made. Two bots behind eight addresses of customers are reported,
// not banned.
double most_through(const Scenario& scenario)
{
    const auto is = [&](const char* part) {
        return scenario.name().find(part) != std::string::npos;
    };
    if (is("two bots") || is("botnet")) return 1;
    if (is("spray")) return 0.35;
    return is("its owner slips") ? 0.2 : 0.05;
}

// The same where mail servers ask, without guesses from an address of the account's own user, which
// nothing tells from a slip of that user. Of the first ten strangers at an account each gets one
// guess, and in a storm the first stranger at each account.
double most_past_the_door(const Scenario& scenario)
{
    const auto is = [&](const char* part) {
        return scenario.name().find(part) != std::string::npos;
    };
    if (is("botnet")) return 0.02;
    if (is("first day")) return 1;  // whose owners are not known yet
    if (is("two bots")) return 0.1;
    return 0.05;
}

void print_door(const ReplayResult& outcome)
{
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%-50s %6llu/%6llu guesses through %5.1f%% (%llu delayed, %llu as a user), "
        "customers: %llu banned, %llu denied (%llu travellers), %llu delayed\n",
        "    with the door", number(outcome.through), number(outcome.guesses),
        100 * (1 - outcome.prevented()), number(outcome.delayed), number(outcome.disguised),
        number(outcome.customers_banned), number(outcome.customers_denied),
        number(outcome.travellers_denied), number(outcome.customers_delayed));
}

struct Suite {
    std::uint64_t seed = 1;
    std::uint32_t percent = 100;
};

void PrintTo(const Suite& suite, std::ostream* out)
{
    *out << "seed " << suite.seed << ", " << suite.percent << " %";
}

class Crowds : public ::testing::TestWithParam<Suite> {};

TEST_P(Crowds, AreNotTakenForOneAnother)
{
    std::printf("%s\n", ::testing::PrintToString(GetParam()).c_str());
    for (const Scenario& scenario : crowd_scenarios(GetParam().seed, GetParam().percent)) {
        SCOPED_TRACE(scenario.name());
        const ReplayResult outcome = run(scenario, shipped_config());
        print_figures(scenario, outcome);
        EXPECT_EQ(outcome.customers_banned, 0U) << ::testing::PrintToString(outcome.mishaps);
        EXPECT_LE(1 - outcome.prevented(), most_through(scenario));
        const ReplayResult door = run(scenario, door_config());
        print_door(door);
        EXPECT_EQ(door.customers_banned, 0U) << ::testing::PrintToString(door.mishaps);
        EXPECT_EQ(door.customers_denied, door.travellers_denied)
            << ::testing::PrintToString(door.refusals);
        const auto apart = static_cast<double>(door.through - door.disguised);
        EXPECT_LE(apart, most_past_the_door(scenario) * static_cast<double>(door.guesses));
    }
}

INSTANTIATE_TEST_SUITE_P(Sizes, Crowds,
                         ::testing::Values(Suite{1, 100}, Suite{2, 100}, Suite{3, 100},
                                           Suite{4, 40}, Suite{5, 200}));

TEST(TheFirstDay, LetsNobodyGuessForFree)
{
    for (const Scenario& scenario : first_day_attacks(1)) {
        SCOPED_TRACE(scenario.name());
        const ReplayResult outcome = run(scenario, shipped_config());
        print_figures(scenario, outcome);
        EXPECT_GE(outcome.prevented(), 0.9);
        const ReplayResult door = run(scenario, door_config());
        print_door(door);
        EXPECT_LE(door.through, outcome.through);
    }
}

}  // namespace
}  // namespace mailban::test::crowds_test
