#include "mailban/control/report.h"

#include "mailban/control/answer.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::report_test {
namespace {

using nlohmann::json;

TEST(AReply, ShowsABanWithEveryMemberOfTheSchema)
{
    Ban ban;
    ban.prefix = *Prefix::parse("192.0.2.7");
    ban.since = Timestamp(std::chrono::seconds(1'800'000'000));
    ban.rule = "password-guessing";
    ban.count = 5;
    const auto reply = json::parse(reply_with(Page<Ban>{{ban}, "192.0.2.7/32"}));
    EXPECT_EQ(reply["next"], "192.0.2.7/32");
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
    EXPECT_EQ(json::parse(reply_with(Page<Ban>{{ban}, {}}))["result"][0]["ports"], "143,993");
    ban.ports.reset();
    // What show tells of it is the same.
    ShowReport report;
    report.ban = ban;
    auto in_show = json::parse(reply_with(report))["result"]["ban"];
    in_show["dry_run"] = false;
    EXPECT_EQ(in_show, shown);
}

TEST(AReply, IsValidJsonWhateverABansReasonIs)
{
    Ban ban;
    ban.prefix = *Prefix::parse("2001:db8::/32");
    ban.until = Timestamp(std::chrono::seconds(1'800'000'000));
    ban.origin = BanOrigin::manual;
    ban.reason = "\xff\"}],\"next\":\"\\\x01";
    const auto reply = json::parse(reply_with(Page<Ban>{{ban, ban}, {}}));
    ASSERT_EQ(reply["result"].size(), 2U);
    EXPECT_TRUE(reply["next"].is_null());
    EXPECT_EQ(reply["result"][1]["origin"], "manual");
    EXPECT_EQ(reply["result"][1]["reason"], "\ufffd\"}],\"next\":\"\\\x01");
}

TEST(AReply, TellsADryRunWhereverItListsBans)
{
    const Page<Ban> bans{{Ban(), Ban()}, {}};
    const auto dry = json::parse(reply_with(bans, true));
    EXPECT_EQ(dry["dry_run"], true);
    for (const auto& ban : dry["result"])
        EXPECT_EQ(ban["dry_run"], true);
    EXPECT_EQ(json::parse(reply_with(Page<Ban>(), true))["dry_run"], true);
    EXPECT_EQ(json::parse(reply_with(bans))["dry_run"], false);
    StatusReport status;
    ShowReport show;
    EXPECT_EQ(json::parse(reply_with(status))["result"]["dry_run"], false);
    status.firewall.is_dry_run = true;
    show.is_dry_run = true;
    EXPECT_EQ(json::parse(reply_with(status))["result"]["dry_run"], true);
    EXPECT_EQ(json::parse(reply_with(show))["result"]["dry_run"], true);
}

TEST(AReply, NamesTheOriginOfABan)
{
    for (std::size_t origin = 0; origin < kBanOrigins; ++origin) {
        Ban ban;
        ban.origin = static_cast<BanOrigin>(origin);
        const auto reply = json::parse(reply_with(Page<Ban>{{ban}, {}}));
        EXPECT_EQ(reply["result"][0]["origin"], kBanOriginNames.of(ban.origin));
    }
}

TEST(AReply, SaysWhenToAskAgain)
{
    const auto reply = json::parse(reply_with(Refused{"too many requests", false, 3}));
    EXPECT_EQ(reply["ok"], false);
    EXPECT_EQ(reply["again_in_seconds"], 3);
}

TEST(AReply, IsValidJsonWhateverBytesAClientChose)
{
    ShowReport report;
    Event event;
    event.account = "\xff\xfe\"\\\n\x01";
    report.evidence = {{event, 1, "/var/log/\xff.log"}};
    const std::string line = reply_with(report);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    EXPECT_TRUE(json::parse(line)["result"]["evidence"][0]["account"].is_string());
}

TEST(AReply, NamesWhateverARuleCounts)
{
    for (const auto distinct :
         {Distinct::none, Distinct::address, Distinct::account, Distinct::password}) {
        for (const auto by : {CountBy::ip, CountBy::subnet, CountBy::account}) {
            ShowReport report;
            report.rules.push_back({.rule = "a", .by = by, .distinct = distinct});
            const std::string reply = reply_with(report);
            EXPECT_NE(reply.find('"' + std::string(kCountedNames.of(distinct)) + '"'),
                      std::string::npos);
            EXPECT_NE(reply.find("\"by\":\"" + std::string(kCountByNames.of(by)) + '"'),
                      std::string::npos);
        }
    }
}

TEST(AReply, NamesTheErrorOfAFailure)
{
    const auto reply = json::parse(reply_with(Refused{"not banned"}));
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
    EXPECT_TRUE(json::parse(reply_with(Page<Ban>{}))["result"].is_array());
}

TEST(AReply, SaysWhetherAChangeIsInForceYet)
{
    const Changed changed{"unbanned 192.0.2.7/32; not yet in force", {"192.0.2.7/32"}, true};
    const auto reply = json::parse(reply_of(changed));
    EXPECT_EQ(reply["ok"], true);
    EXPECT_EQ(reply["result"]["pending"], true);
    EXPECT_EQ(reply["result"]["changed"], json({"192.0.2.7/32"}));
    EXPECT_TRUE(reply["next"].is_null());
}

TEST(AReply, SaysWhetherTheFileOnTheDiskIsWhy)
{
    EXPECT_EQ(json::parse(reply_of(Refused{"line 3", true}))["mistakes"], true);
    EXPECT_FALSE(json::parse(reply_of(Refused{"not banned"})).contains("mistakes"));
}

}  // namespace
}  // namespace mailban::report_test
