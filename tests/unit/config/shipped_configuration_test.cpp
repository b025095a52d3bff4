// The example that is installed says what is in force without it.
#include "mailban/config/load.h"

#include <gmock/gmock.h>

#include <fstream>
#include <sstream>

#include "unit/config/config_text.h"

namespace mailban::shipped_configuration_test {
namespace {

using namespace std::chrono_literals;
using std::chrono::days;
using test::loaded;

std::string shipped_configuration()
{
    std::ifstream file(MAILBAN_SOURCE_DIR "/config/mailban.yaml");
    std::ostringstream text;
    text << file.rdbuf();
    return text.str();
}

TEST(TheDefaultRules, AreThoseOfTheManual)
{
    const auto rules = default_rules();
    ASSERT_EQ(rules.size(), 10U);
    EXPECT_EQ(rules[0], (Rule{"password-guessing", {EventKind::auth_failure}, 5, 10min, 1h}));
    EXPECT_EQ(rules[1], (Rule{"slow-guessing", {EventKind::auth_failure}, 10, days(1), days(1)}));
    Rule attacked{"account-under-attack", {EventKind::auth_failure}, 10, days(1), days(1),
                  CountBy::account,       Distinct::address};
    attacked.learning_limit = 12;
    EXPECT_EQ(rules[4], attacked);
}

TEST(TheShippedConfiguration, SaysTheDefaults)
{
    auto config = loaded(shipped_configuration());
    EXPECT_TRUE(config.sources.empty());
    EXPECT_TRUE(config.discover);
    EXPECT_EQ(config, loaded("log: {}"));
    EXPECT_EQ(config.rules, default_rules());
    config.discover = false;
    config.rules.clear();
    EXPECT_EQ(config, Config());
}

TEST(TheShippedConfiguration, WritesOutEveryKey)
{
    const auto text = shipped_configuration();
    for (const auto* const key : {"file:",
                                  "parser:",
                                  "name:",
                                  "on:",
                                  "by:",
                                  "limit:",
                                  "within:",
                                  "ban:",
                                  "allow:",
                                  "factor:",
                                  "max:",
                                  "forget:",
                                  "ipv4:",
                                  "ipv6:",
                                  "backend:",
                                  "ports:",
                                  "forward:",
                                  "on_stop:",
                                  "directory:",
                                  "keep_events:",
                                  "max_size:",
                                  "socket:",
                                  "group:",
                                  "tracked:",
                                  "bans:",
                                  "level:",
                                  "distinct:",
                                  "subnet:",
                                  "known_logins:",
                                  "keep:",
                                  "stale_limit:",
                                  "stale_within:",
                                  "unavailable_networks:",
                                  "failing_users:",
                                  "recovered_logins:",
                                  "idle_timeout:",
                                  "networks:"})
        EXPECT_NE(text.find(key), std::string::npos) << key;
}

}  // namespace
}  // namespace mailban::shipped_configuration_test
