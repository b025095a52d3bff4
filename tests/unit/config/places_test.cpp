// `where` of rules and `firewall.backend: door`: each ban has to hold somewhere.
#include "mailban/config/rule_yaml.h"

#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::places_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr const char* kAsked = "\npolicy: {mode: enforce, postfix: {listen: 127.0.0.1:4002}}\n";

TEST(ThePlaceOfARulesBans, IsBothUnlessItSaysOtherwise)
{
    const auto config = loaded(with_source(std::string(R"(
rules:
  - {name: a}
  - {name: b, where: door}
  - {name: c, where: firewall}
)") + kAsked));
    ASSERT_EQ(config.rules.size(), 3U);
    EXPECT_EQ(config.rules[0].where, BanPlace::both);
    EXPECT_EQ(config.rules[1].where, BanPlace::door);
    EXPECT_EQ(config.rules[2].where, BanPlace::firewall);
    EXPECT_THAT(to_yaml(config.rules[1]), HasSubstr("where: door"));
}

TEST(ThePlaceOfARulesBans, HasToBeOne)
{
    EXPECT_THAT(mistakes_in(with_source("rules: [{name: a, where: kernel}]")),
                ElementsAre(HasSubstr("rules[0].where is 'kernel'; expected one of both")));
    EXPECT_THAT(mistakes_in(with_source("rules: [{name: a, where: door}]")),
                ElementsAre(HasSubstr("rules[0].where is 'door', but policy.mode is 'off'")));
    EXPECT_THAT(mistakes_in(with_source(
                    std::string("rules: [{name: a, where: firewall}]\nfirewall: {backend: door}") +
                    kAsked)),
                ElementsAre(HasSubstr("rules[0].where is 'firewall'")));
}

TEST(TheDoorAsAFirewall, NeedsServersThatAsk)
{
    EXPECT_THAT(mistakes_in(with_source("firewall: {backend: door}")),
                ElementsAre(HasSubstr("firewall.backend is 'door', but policy.mode is 'off'")));
    const auto config = loaded(with_source(std::string("firewall: {backend: door}") + kAsked));
    EXPECT_EQ(config.firewall.backend, Backend::door);
    EXPECT_THAT(config.warnings, IsEmpty());
}

TEST(TheDoorAsAFirewall, WarnsThatObservingRefusesNobody)
{
    const auto config = loaded(with_source(
        "firewall: {backend: door}\npolicy: {mode: observe, postfix: {listen: 127.0.0.1:4002}}"));
    EXPECT_THAT(config.warnings, ElementsAre(HasSubstr("so nobody is refused")));
}

}  // namespace
}  // namespace mailban::places_test
