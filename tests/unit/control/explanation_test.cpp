#include "mailban/control/explanation.h"

#include "mailban/config/config.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::explanation_test {
namespace {

using nlohmann::json;

const Timestamp kNow = std::chrono::sys_days(std::chrono::year(2026) / 11 / 24);

const json kCountingFailures{"password-guessing", "slow-guessing",        "persistent-guessing",
                             "spraying",          "account-under-attack", "hopping",
                             "block-guessing"};

json reply(std::string_view text, const std::vector<Rule>& rules = default_rules())
{
    return json::parse(explanation_json(explain_reply(*SmtpReply::parse(text), rules)));
}

json line(const std::string& text, const std::vector<Rule>& rules = default_rules())
{
    LogParser parser;
    return json::parse(explanation_json(explain_line(parser, text, rules, kNow)));
}

TEST(AnExplainedReply, TellsBothCodesAndTheRules)
{
    const auto told = reply("535 5.7.8 Authentication failed");
    EXPECT_EQ(told["type"], "reply");
    EXPECT_EQ(told["code"]["code"], 535);
    EXPECT_EQ(told["code"]["class"], "permanent");
    EXPECT_EQ(told["code"]["source"], "RFC 4954, 6");
    EXPECT_EQ(told["enhanced"]["code"], "5.7.8");
    EXPECT_EQ(told["enhanced"]["allowed_in_class"], true);
    EXPECT_EQ(told["text"], "Authentication failed");
    EXPECT_EQ(told["kinds"][0]["kind"], "auth_failure");
    EXPECT_EQ(told["kinds"][0]["rules"], kCountingFailures);
}

TEST(AnExplainedReply, LeavesEmptyWhatIsNotKnown)
{
    const auto told = reply("557");
    EXPECT_EQ(told["code"]["class"], "permanent");
    EXPECT_TRUE(told["code"]["name"].is_null());
    EXPECT_TRUE(told["enhanced"].is_null());
    EXPECT_TRUE(reply("4.7.1")["code"].is_null());
    EXPECT_EQ(reply("4.7.1")["enhanced"]["allowed_in_class"], false);
    EXPECT_EQ(reply("5.7.139")["enhanced"]["subject"], "security and policy");
    EXPECT_EQ(reply("550 4.7.1")["contradicts_itself"], true);
}

TEST(AnExplainedReply, GoesByTheRulesThatAreGiven)
{
    Rule rule;
    rule.name = "probing";
    rule.on = {EventKind::unknown_recipient};
    EXPECT_EQ(reply("550 5.1.1", {rule})["kinds"][0]["rules"], json{"probing"});
    EXPECT_EQ(reply("535", {rule})["kinds"][0]["rules"], json::array());
}

TEST(AnExplainedLine, TellsWhatStandsAroundIt)
{
    const auto told = line(
        R"(mail-1  | {"log":"Nov 23 22:30:58 mail postfix/smtpd[152]: warning: unknown[192.0.2.7]: )"
        R"(SASL LOGIN authentication failed: x\n","stream":"stdout","time":"2026-11-23T21:30:58Z"})");
    EXPECT_EQ(told["envelope"],
              json::parse(R"([{"layer":"service-prefix","name":"mail-1","time":null},)"
                          R"({"layer":"docker-json","name":null,"time":"2026-11-23T21:30:58Z"}])"));
    EXPECT_EQ(told["header"]["style"], "rfc3164");
    EXPECT_EQ(told["header"]["time"], "2026-11-23T21:30:58Z");
    EXPECT_EQ(told["event"]["ip"], "192.0.2.7");
    EXPECT_EQ(line("2026-11-23T22:30:58Z stdout P Nov 23 22:30:58 mail x")["no_event_reason"],
              "partial_line");
    const auto untimed = line("postfix/smtpd[152]: connect from unknown[192.0.2.7]");
    EXPECT_EQ(untimed["header"]["style"], "untimed");
    EXPECT_EQ(untimed["no_event_reason"], "no_timestamp");
}

TEST(AnExplainedLine, TellsEachField)
{
    const auto told = line(
        "2026-11-23 22:29:06.551 +0100 [54] login authenticator failed for (x) [192.0.2.82]:53953: "
        "535 Incorrect authentication data (set_id=bob)");
    EXPECT_EQ(told["type"], "line");
    EXPECT_EQ(told["header"]["style"], "plain");
    EXPECT_EQ(told["header"]["stamp"], "2026-11-23 22:29:06.551 +0100");
    EXPECT_EQ(told["header"]["time"], "2026-11-23T21:29:06.551Z");
    EXPECT_TRUE(told["header"]["host"].is_null());
    EXPECT_EQ(told["server"], "exim");
    EXPECT_EQ(told["event"]["kind"], "auth_failure");
    EXPECT_EQ(told["event"]["ip"], "192.0.2.82");
    EXPECT_EQ(told["event"]["account"], "bob");
    EXPECT_EQ(told["event"]["reporter"], "front_end");
    EXPECT_EQ(told["event"]["client_port"], 53953);
    EXPECT_EQ(told["event"]["pid"], 54);
    EXPECT_EQ(told["reply"]["code"]["code"], 535);
    EXPECT_EQ(told["counts"], true);
    EXPECT_EQ(told["rules"], kCountingFailures);
    EXPECT_TRUE(told["why"].is_null());
}

TEST(AnExplainedLine, CountsOnlyTowardRulesOfItsKind)
{
    const auto told = line(
        "2026-11-23 22:26:28 login authenticator failed for (x) [192.0.2.7]: 435 Unable to "
        "authenticate at present: socket");
    EXPECT_EQ(told["event"]["kind"], "auth_unavailable");
    EXPECT_EQ(told["counts"], false);
    EXPECT_EQ(told["rules"], json::array());
}

TEST(AnExplainedLine, SaysWhyItIsNoEvent)
{
    const auto told = line("Nov 23 22:30:58 mail cron[152]: hello");
    EXPECT_TRUE(told["event"].is_null());
    EXPECT_TRUE(told["server"].is_null());
    EXPECT_EQ(told["header"]["program"], "cron");
    EXPECT_EQ(told["no_event_reason"], "unknown_server");
    EXPECT_FALSE(told["why"].get<std::string>().empty());
    EXPECT_TRUE(line("hello")["header"].is_null());
}

TEST(AnExplainedLine, IsJsonWhateverBytesItHolds)
{
    for (unsigned byte = 0; byte < 256; ++byte) {
        const std::string hostile{static_cast<char>(byte), '"', '\\'};
        const auto told =
            line("2026-11-23 22:26:28 login authenticator failed for (" + hostile +
                 ") [192.0.2.7]: 535 Incorrect authentication data (set_id=" + hostile + ")");
        EXPECT_EQ(told["event"]["ip"], "192.0.2.7") << byte;
        EXPECT_EQ(reply("550 " + hostile)["type"], "reply");
    }
}

}  // namespace
}  // namespace mailban::explanation_test
