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
    EXPECT_TRUE(shown["ports"].is_null());
    ban.ports = PortSet{false, {143, 993}};
    EXPECT_EQ(json::parse(reply_with(std::vector{ban}))["result"][0]["ports"], "143,993");
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

TEST(AReply, KeepsAnEmptyListAList)
{
    EXPECT_TRUE(json::parse(reply_with(std::vector<Ban>{}))["result"].is_array());
}

}  // namespace
}  // namespace mailban
