// What `check` says of mail servers that are to ask, with programs that print or fail.
#include "io/daemon/check_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>

namespace mailban::io::check_policy_test {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class AServerThatIsToAsk : public ::testing::Test {
protected:
    AServerThatIsToAsk()
    {
        config_.policy.mode = PolicyMode::observe;
        config_.policy.key_file = "/nonexistent/key";
        config_.policy.dovecot = ListenAddress::parse("127.0.0.1:4001");
        config_.policy.postfix = ListenAddress::parse("127.0.0.1:4002");
        config_.policy.exim = ListenAddress::parse("/run/mailban/exim.sock");
    }
    std::vector<Finding> check()
    {
        return check_policy(config_, [this](std::vector<std::string> words, ProcessLimits limits) {
            return run(std::move(words), limits);
        });
    }
    asio::awaitable<Result<ProcessResult>> run(std::vector<std::string> words, ProcessLimits)
    {
        // Debian's Exim has another name.
        const auto printed = prints_.find(words[0] == "exim4" ? "exim" : words[0]);
        if (printed == prints_.end()) co_return Error{"cannot start " + words[0] + ": not found"};
        co_return printed->second;
    }

    Config config_{};
    std::map<std::string, ProcessResult> prints_{};
};

TEST_F(AServerThatIsToAsk, IsFoundToDoSo)
{
    prints_["doveconf"].output =
        "auth_policy_server_api_header = X-API-Key: abc\n"
        "auth_policy_server_url = http://127.0.0.1:4001/\n";
    prints_["postconf"].output =
        "smtpd_sender_restrictions = check_policy_service { "
        "inet:127.0.0.1:4002, default_action=DUNNO }\n";
    prints_["exim"].output = "${readsocket{/run/mailban/exim.sock}{x\\n}}\n";
    const auto findings = check();
    ASSERT_THAT(findings, SizeIs(3));
    for (const Finding& finding : findings)
        EXPECT_EQ(finding.grade, Finding::Grade::well) << finding.subject << ": " << finding.text;
    EXPECT_EQ(findings[0].subject, "policy dovecot");
    EXPECT_EQ(findings[1].subject, "policy postfix");
    EXPECT_EQ(findings[2].subject, "policy exim");
}

TEST_F(AServerThatIsToAsk, IsFoundNotTo)
{
    prints_["doveconf"] = prints_["postconf"] = prints_["exim"] = ProcessResult();
    for (const Finding& finding : check()) {
        EXPECT_EQ(finding.grade, Finding::Grade::warning);
        EXPECT_THAT(finding.text, HasSubstr("does not ask"));
    }
}

TEST_F(AServerThatIsToAsk, IsNotJudgedWhereItsSettingsCannotBeRead)
{
    prints_["exim"] = {1, "", "exim: permission denied; not an admin"};
    const auto findings = check();
    ASSERT_THAT(findings, SizeIs(3));
    for (const Finding& finding : findings) {
        EXPECT_EQ(finding.grade, Finding::Grade::warning);
        EXPECT_THAT(finding.text, HasSubstr("cannot tell whether it asks ("));
        EXPECT_THAT(finding.text, HasSubstr("`mailban status`"));
    }
    EXPECT_THAT(findings[0].text, HasSubstr("doveconf: not found"));
    EXPECT_THAT(findings[2].text, HasSubstr("not an admin"));
}

TEST_F(AServerThatIsToAsk, IsNotAskedAboutWhileThePolicyIsOff)
{
    config_.policy.mode = PolicyMode::off;
    EXPECT_THAT(check(), IsEmpty());
    config_.policy.mode = PolicyMode::enforce;
    config_.policy.exim.reset();
    config_.policy.postfix.reset();
    EXPECT_THAT(check(), SizeIs(1));
}

}  // namespace
}  // namespace mailban::io::check_policy_test
