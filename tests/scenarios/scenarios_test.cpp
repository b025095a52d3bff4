// Does the shipped configuration tell attackers from customers? The table says how well.
#include <gtest/gtest.h>

#include <cstdio>

#include "scenarios/scenario.h"

namespace mailban::test::scenarios_test {
namespace {

void print_heading(std::uint64_t seed)
{
    std::printf("seed %llu; shipped rules / plain '5 in 10 minutes'\n",
                static_cast<unsigned long long>(seed));
    std::printf("%-42s %15s %23s %17s %15s\n", "scenario", "attackers banned", "guesses through",
                "prevented", "customers banned");
}

void print_row(const Scenario& scenario, const ReplayResult& shipped, const ReplayResult& plain)
{
    const auto number = [](std::uint64_t value) { return static_cast<unsigned long long>(value); };
    std::printf(
        "%-42s %4llu/%4llu of %4llu %6llu/%6llu of %6llu %6.1f%%/%6.1f%% %4llu/%3llu of %3llu\n",
        scenario.name().c_str(), number(shipped.attackers_banned), number(plain.attackers_banned),
        number(shipped.attackers), number(shipped.through), number(plain.through),
        number(shipped.guesses), 100 * shipped.prevented(), 100 * plain.prevented(),
        number(shipped.customers_banned), number(plain.customers_banned),
        number(shipped.customers));
}

bool is_distributed(const Scenario& scenario)
{
    return scenario.name().starts_with("botnet") || scenario.name().starts_with("spraying");
}

TEST(TheShippedRules, ShutAttackersOutAndNoCustomerAsPlainCountingCannot)
{
    print_heading(1);
    for (const Scenario& scenario : all_scenarios(1)) {
        SCOPED_TRACE(scenario.name());
        const ReplayResult shipped = run(scenario, shipped_config());
        const ReplayResult plain = run(scenario, plain_config());
        print_row(scenario, shipped, plain);
        EXPECT_EQ(shipped.customers_banned, 0U) << ::testing::PrintToString(shipped.mishaps);
        EXPECT_GE(shipped.prevented(), 0.95);
        EXPECT_LE(shipped.through, plain.through);
        // What makes the suite worth its time.
        if (is_distributed(scenario)) {
            EXPECT_LT(plain.prevented(), 0.05);
        }
    }
}

class OtherSeeds : public ::testing::TestWithParam<std::uint64_t> {};

TEST_P(OtherSeeds, ShutAttackersOutAndNoCustomer)
{
    for (const Scenario& scenario : all_scenarios(GetParam())) {
        SCOPED_TRACE(scenario.name());
        const ReplayResult shipped = run(scenario, shipped_config());
        EXPECT_EQ(shipped.customers_banned, 0U) << ::testing::PrintToString(shipped.mishaps);
        EXPECT_GE(shipped.prevented(), 0.95);
    }
}

INSTANTIATE_TEST_SUITE_P(TheShippedRules, OtherSeeds, ::testing::Values(2, 3));

// Who is refused before the password is compared never fails, and so is never banned for it.
TEST_P(OtherSeeds, KeepAttackersFromTheDoorAndNoCustomer)
{
    for (const Scenario& scenario : all_scenarios(GetParam())) {
        SCOPED_TRACE(scenario.name());
        const ReplayResult logs = run(scenario, shipped_config());
        const ReplayResult door = run(scenario, door_config());
        std::printf(
            "%-42s %6llu through with logs alone, %6llu with the door of %6llu; customers: "
            "%llu denied, %llu delayed of %llu\n",
            scenario.name().c_str(), static_cast<unsigned long long>(logs.through),
            static_cast<unsigned long long>(door.through),
            static_cast<unsigned long long>(door.guesses),
            static_cast<unsigned long long>(door.customers_denied),
            static_cast<unsigned long long>(door.customers_delayed),
            static_cast<unsigned long long>(door.customers));
        EXPECT_EQ(door.customers_banned, 0U) << ::testing::PrintToString(door.mishaps);
        EXPECT_EQ(door.customers_denied, door.travellers_denied)
            << ::testing::PrintToString(door.refusals);
        EXPECT_LE(door.through, logs.through);
    }
}

const Scenario& named(const std::vector<Scenario>& all, const std::string& part)
{
    for (const Scenario& scenario : all) {
        if (scenario.name().find(part) != std::string::npos) return scenario;
    }
    ADD_FAILURE() << part;
    return all.front();
}

TEST(PlainCounting, BansCustomers)
{
    const auto all = all_scenarios(1);
    for (const auto* const name : {"office", "new password", "20 min"})
        EXPECT_GT(run(named(all, name), plain_config()).customers_banned, 0U) << name;
}

TEST(TheShippedRules, TellOfStalePasswordsOutagesAndHijackedAccounts)
{
    const auto all = all_scenarios(1);
    EXPECT_EQ(run(named(all, "office"), shipped_config()).stale_told, 1U);
    EXPECT_GT(run(named(all, "20 min"), shipped_config()).deferred_bans, 0U);
    EXPECT_EQ(run(hijacked_account(1), shipped_config()).hijacks_told, 1U);
    EXPECT_EQ(run(named(all, "single bot"), shipped_config()).hijacks_told, 0U);
    EXPECT_EQ(run(named(all, "telephones"), shipped_config()).hijacks_told, 0U);
}

}  // namespace
}  // namespace mailban::test::scenarios_test
