// `policy`: how servers that ask are answered, and where they ask.
#include <gmock/gmock.h>

#include "unit/config/config_text.h"

namespace mailban::policy_config_test {
namespace {

using test::loaded;
using test::mistakes_in;
using test::with_source;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

TEST(ThePolicy, IsOffUntilItIsConfigured)
{
    const PolicySettings policy = loaded("sources: auto").policy;
    EXPECT_EQ(policy, PolicySettings());
    EXPECT_EQ(policy.mode, PolicyMode::off);
}

TEST(ThePolicy, SaysWhoAsksWhere)
{
    const auto policy = loaded(with_source(R"(
policy:
  mode: enforce
  strangers: delay
  delay: 7s
  answer_within: 120ms
  dovecot: {listen: 127.0.0.1:4001, key_file: /etc/mailban/policy.key}
  postfix: {listen: /run/mailban/postfix.sock}
  exim: {listen: "[::1]:4003"}
)"))
                            .policy;
    EXPECT_EQ(policy.mode, PolicyMode::enforce);
    EXPECT_EQ(policy.strangers, Strangers::delay);
    EXPECT_EQ(policy.delay, std::chrono::seconds(7));
    EXPECT_EQ(policy.answer_within, std::chrono::milliseconds(120));
    EXPECT_EQ(policy.dovecot->to_string(), "127.0.0.1:4001");
    EXPECT_EQ(policy.key_file, "/etc/mailban/policy.key");
    EXPECT_EQ(policy.postfix->to_string(), "/run/mailban/postfix.sock");
    EXPECT_EQ(policy.exim->to_string(), "[::1]:4003");
}

TEST(ThePolicy, AnswersWithinMilliseconds)
{
    for (const std::string wrong :
         {"50", "1s", "19ms", "10001ms", "ms", "-50ms", "50 ms", "5e1ms", "0x50ms", "[50ms]"})
        EXPECT_THAT(mistakes_in(with_source("policy: {answer_within: " + wrong + "}")),
                    ElementsAre(HasSubstr("expected milliseconds, 20ms to 10000ms")))
            << wrong;
    for (const std::string right : {"20ms", "10000ms"})
        EXPECT_THAT(mistakes_in(with_source("policy: {answer_within: " + right + "}")), IsEmpty());
}

TEST(ThePolicy, ListensForThisMachineOnly)
{
    for (const std::string wrong :
         {"0.0.0.0:4001", "192.0.2.1:4001", "localhost:4001", "127.0.0.1", "127.0.0.1:0",
          "127.0.0.1:65536", "[127.0.0.1]:4001", "::1:4001", "run/policy.sock", "/", ":4001"}) {
        const auto mistakes =
            mistakes_in(with_source("policy: {postfix: {listen: '" + wrong + "'}}"));
        ASSERT_EQ(mistakes.size(), 1U) << wrong;
        EXPECT_THAT(mistakes[0], HasSubstr("policy.postfix.listen is")) << wrong;
        EXPECT_THAT(mistakes[0], HasSubstr("a port of the loopback interface")) << wrong;
    }
    const std::string longest = "/" + std::string(106, 's');
    EXPECT_THAT(mistakes_in(with_source("policy: {exim: {listen: " + longest + "}}")), IsEmpty());
    EXPECT_EQ(mistakes_in(with_source("policy: {exim: {listen: " + longest + "s}}")).size(), 1U);
}

TEST(ThePolicy, TakesNoReportsWithoutAKey)
{
    EXPECT_THAT(mistakes_in(with_source("policy: {dovecot: {listen: 127.0.0.1:4001}}")),
                ElementsAre(HasSubstr("policy.dovecot has no 'key_file'")));
    EXPECT_THAT(mistakes_in(with_source("policy: {dovecot: {key_file: /k}}")),
                ElementsAre(HasSubstr("policy.dovecot has no 'listen'")));
    EXPECT_THAT(mistakes_in(with_source("policy: {postfix: {listen: /s, key_file: /k}}")),
                ElementsAre(HasSubstr("key_file")));
}

TEST(ThePolicy, IsOfNoUseIfNobodyCanAsk)
{
    EXPECT_THAT(mistakes_in(with_source("policy: {mode: enforce}")),
                ElementsAre(HasSubstr("no server can ask")));
    EXPECT_THAT(mistakes_in(with_source("policy: {mode: off}")), IsEmpty());
    EXPECT_THAT(mistakes_in(with_source("policy: {postfix: {listen: /s}, exim: {listen: /s}}")),
                ElementsAre(HasSubstr("the same 'listen'")));
}

TEST(ThePolicy, DelaysForSomeWholeSeconds)
{
    for (const std::string wrong : {"31s", "1m", "0s", "5"})
        EXPECT_EQ(mistakes_in(with_source("policy: {delay: " + wrong + "}")).size(), 1U) << wrong;
    for (const std::string right : {"1s", "30s"})
        EXPECT_THAT(mistakes_in(with_source("policy: {delay: " + right + "}")), IsEmpty());
    EXPECT_THAT(mistakes_in(with_source("policy: {mode: deny}")),
                ElementsAre(HasSubstr("off, observe, enforce")));
}

TEST(ThePages, AreNowhereUntilTheyAreConfigured)
{
    EXPECT_EQ(loaded("sources: auto").http, std::nullopt);
    EXPECT_EQ(loaded(with_source("http: {listen: 127.0.0.1:9925}")).http->to_string(),
              "127.0.0.1:9925");
    EXPECT_THAT(mistakes_in(with_source("http: {listen: 0.0.0.0:9925}")),
                ElementsAre(HasSubstr("http.listen is '0.0.0.0:9925'")));
}

}  // namespace
}  // namespace mailban::policy_config_test
