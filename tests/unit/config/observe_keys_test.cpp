// `mode` of a rule, and the day until which bans are only watched.
#include "mailban/config/rule_yaml.h"

#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::observe_keys_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

TEST(ARulesMode, IsEnforceUnlessTheRuleSaysObserve)
{
    const auto config = loaded(with_source(R"(
rules:
  - {name: strict, limit: 3, mode: observe}
  - {name: usual}
  - {name: written, mode: enforce}
)"));
    ASSERT_EQ(config.rules.size(), 3U);
    EXPECT_EQ(config.rules[0].mode, RuleMode::observe);
    EXPECT_EQ(config.rules[1].mode, RuleMode::enforce);
    EXPECT_EQ(config.rules[2].mode, RuleMode::enforce);
    EXPECT_THAT(to_yaml(config.rules[0]), HasSubstr("mode: observe"));
    const auto again = loaded(with_source(to_yaml(config.rules)));
    EXPECT_EQ(again.rules[0].mode, RuleMode::observe);
    EXPECT_EQ(again.rules[1].mode, RuleMode::enforce);
}

TEST(ARulesMode, IsOneOfTwoWords)
{
    EXPECT_THAT(mistakes_in(with_source("rules: [{name: a, mode: watch}]")),
                ElementsAre(HasSubstr("rules[0].mode is 'watch'")));
}

TEST(TheDaysOfWatching, EndAtADay)
{
    const auto config =
        loaded(with_source("firewall: {backend: dry-run, watch_until: 2026-12-06}"));
    EXPECT_EQ(config.firewall.watch_until,
              Timestamp(std::chrono::sys_days(std::chrono::year(2026) / 12 / 6)));
    for (const char* bad : {"soon", "2026-13-06", "2026-12", "7d", "[2026-12-06]", "2026-12-06x"})
        EXPECT_THAT(mistakes_in(with_source("firewall: {watch_until: " + std::string(bad) + "}")),
                    ElementsAre(HasSubstr("firewall.watch_until")))
            << bad;
}

}  // namespace
}  // namespace mailban::observe_keys_test
