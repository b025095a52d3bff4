#include "mailban/control/door_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::door_report_test {
namespace {

using nlohmann::json;

PolicyAnswer denied_over_imap(const Attempt& attempt)
{
    PolicyAnswer answer;
    if (attempt.service != Service::imap) return answer;
    answer.judged = PolicyVerdict::deny;
    answer.ground = PolicyGround::banned;
    answer.rule = "spraying";
    return answer;
}

TEST(ADoorReport, HasWhatEachServiceWouldBeTold)
{
    const auto ip = IpAddress::parse("192.0.2.7");
    const auto report = door_report(PolicyMode::observe, "bob", ip, [&](const Attempt& attempt) {
        EXPECT_EQ(attempt.ip, *ip);
        EXPECT_EQ(attempt.account, "bob");
        return denied_over_imap(attempt);
    });
    const auto reply = json::parse(reply_with(report));
    EXPECT_EQ(reply.at("ok"), true);
    const auto& result = reply.at("result");
    EXPECT_EQ(result.at("mode"), "observe");
    EXPECT_EQ(result.at("address"), "192.0.2.7");
    ASSERT_EQ(result.at("answers").size(), 5U);
    EXPECT_EQ(result.at("answers").at(0), json::parse(R"({"service": "imap", "verdict": "deny",
        "ground": "banned", "rule": "spraying"})"));
    EXPECT_EQ(result.at("answers").at(1), json::parse(R"({"service": "pop3", "verdict": "allow",
        "ground": "nothing_known", "rule": null})"));
}

TEST(ADoorReport, AsksForAClientThatNobodyKnowsWithoutAnAddress)
{
    const auto report =
        door_report(PolicyMode::enforce, "bob", std::nullopt, [](const Attempt& attempt) {
            EXPECT_EQ(attempt.ip.to_string(), "192.0.0.8");
            return PolicyAnswer();
        });
    EXPECT_EQ(report.words.size(), 5U);
    EXPECT_EQ(json::parse(reply_with(report)).at("result").at("address"), nullptr);
}

TEST(ADoorReport, AsksNothingWhereNoServerMayAsk)
{
    const auto report = door_report(PolicyMode::off, "bob", std::nullopt, [](const Attempt&) {
        ADD_FAILURE() << "nobody is to be asked";
        return PolicyAnswer();
    });
    EXPECT_TRUE(report.words.empty());
}

}  // namespace
}  // namespace mailban::door_report_test
