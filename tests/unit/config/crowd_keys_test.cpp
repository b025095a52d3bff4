// What the configuration says of shared addresses, the first day and storms.
#include "mailban/config/load.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::crowd_keys_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

Config config_of(const std::string& text)
{
    auto loaded = load_config(text, "mailban.yaml");
    if (auto* const config = std::get_if<Config>(&loaded)) return std::move(*config);
    ADD_FAILURE() << to_string(std::get<1>(loaded)[0]);
    return {};
}

std::string first_error_of(const std::string& text)
{
    const auto loaded = load_config(text, "mailban.yaml");
    const auto* const errors = std::get_if<std::vector<ConfigError>>(&loaded);
    return errors == nullptr ? "no error" : to_string(errors->front());
}

TEST(TheConfiguration, SaysWhenAnAddressIsSharedAndHowLongTheFirstDayLasts)
{
    const auto trust =
        config_of("trust: {learning: 12h, shared_accounts: 5, shared_limit: 50}\n").judgement.trust;
    EXPECT_EQ(trust->learning, Duration(12h));
    EXPECT_EQ(trust->shared_accounts, 5U);
    EXPECT_EQ(trust->shared_limit, 50U);
    EXPECT_EQ(config_of("trust: {learning: off}\n").judgement.trust->learning, Duration::zero());
    EXPECT_EQ(first_error_of("trust: {shared_accounts: 11}\n"),
              "mailban.yaml:1:26: trust.shared_accounts is '11'; expected a whole number from 2 to "
              "10");
}

TEST(TheConfiguration, SaysWhatAStormIs)
{
    const auto storm = config_of(
                           "storm: {networks: 50, accounts: 5, factor: 4, within: 2h, grace: "
                           "1m, ban: forever}\n")
                           .judgement.storm;
    StormSettings expected;
    expected.networks = 50;
    expected.accounts = 5;
    expected.factor = 4;
    expected.within = 2h;
    expected.grace = 1min;
    expected.ban.reset();
    EXPECT_EQ(storm, expected);
    EXPECT_FALSE(config_of("storm: off\n").judgement.storm);
}

TEST(TheConfiguration, WarnsOfAStormThatNobodyWillSee)
{
    EXPECT_THAT(config_of("trust: off\nstorm: {networks: 50}\n").warnings,
                ElementsAre(HasSubstr("mailban.yaml:2:1: storm has no effect while trust is off")));
    EXPECT_THAT(config_of("trust: off\nstorm: off\n").warnings, IsEmpty());
    EXPECT_THAT(config_of("trust: off\n").warnings, IsEmpty());
}

TEST(TheConfiguration, GivesRulesLimitsForTheFirstDayAndForSingleFailures)
{
    const auto rules = config_of(
                           "rules: [{name: a, by: subnet, distinct: address, limit: 8, "
                           "learning_limit: 20, single_limit: 30}]\n")
                           .rules;
    EXPECT_EQ(rules[0].learning_limit, 20U);
    EXPECT_EQ(rules[0].single_limit, 30U);
    EXPECT_THAT(first_error_of("rules: [{name: a, limit: 8, learning_limit: 7}]\n"),
                HasSubstr("has a learning_limit of 7; expected at least its limit, 8"));
    EXPECT_THAT(first_error_of("rules: [{name: a, limit: 8, single_limit: 9}]\n"),
                HasSubstr("expected 'by: subnet' and 'distinct: address', too"));
}

}  // namespace
}  // namespace mailban::crowd_keys_test
