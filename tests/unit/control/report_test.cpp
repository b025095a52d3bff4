#include "mailban/control/report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban {
namespace {

using nlohmann::json;

TEST(AReply, ShowsABanWithEveryMemberOfTheSchema)
{
    Ban ban;
    ban.prefix = *Prefix::parse("192.0.2.7");
    ban.since = Timestamp(std::chrono::seconds(1'800'000'000));
    ban.rule = "password-guessing";
    ban.count = 5;
    const auto reply = json::parse(reply_with(std::vector{ban}));
    EXPECT_EQ(reply["ok"], true);
    const auto& shown = reply["result"][0];
    EXPECT_EQ(shown["address"], "192.0.2.7");
    EXPECT_EQ(shown["prefix"], "192.0.2.7/32");
    EXPECT_EQ(shown["since"], "2027-01-15T08:00:00Z");
    EXPECT_TRUE(shown["until"].is_null());
    EXPECT_EQ(shown["rule"], "password-guessing");
    EXPECT_EQ(shown["count"], 5);
}

TEST(AReply, IsValidJsonWhateverBytesAClientChose)
{
    ShowReport report;
    Event event;
    event.account = "\xff\xfe\"\\\n\x01";
    report.evidence = {{event, 1}};
    const std::string line = reply_with(report);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_TRUE(json::parse(line)["result"]["evidence"][0]["account"].is_string());
}

TEST(AReply, NamesTheErrorOfAFailure)
{
    const auto reply = json::parse(reply_failed("not banned"));
    EXPECT_EQ(reply["ok"], false);
    EXPECT_EQ(reply["error"], "not banned");
}

TEST(AReply, ShowsWhatASourceHidesWithTheSettingThatEndsIt)
{
    StatusReport report;
    report.sources.push_back({.file = "/var/log/mail.log"});
    report.sources.front().concerns = {{MailServer::dovecot, Concern::hidden_attempts, 12},
                                       {MailServer::stalwart, Concern::ambiguous, 1}};
    const auto reply = json::parse(reply_with(report));
    const auto& concerns = reply["result"]["sources"][0]["concerns"];
    ASSERT_EQ(concerns.size(), 2U);
    EXPECT_EQ(concerns[0]["server"], "dovecot");
    EXPECT_EQ(concerns[0]["concern"], "hidden_attempts");
    EXPECT_EQ(concerns[0]["lines"], 12);
    EXPECT_EQ(concerns[0]["why"], explain(Concern::hidden_attempts));
    EXPECT_NE(concerns[0]["advice"].get<std::string>().find("auth_verbose"), std::string::npos);
    EXPECT_TRUE(concerns[1]["advice"].is_null());
}

TEST(AReply, KeepsAnEmptyListAList)
{
    EXPECT_TRUE(json::parse(reply_with(std::vector<Ban>{}))["result"].is_array());
}

}  // namespace
}  // namespace mailban
