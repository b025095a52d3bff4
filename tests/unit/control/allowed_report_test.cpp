#include "mailban/control/allowed_report.h"

#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::allowed_report_test {
namespace {

using nlohmann::json;

TEST(AnAllowedReply, ShowsEveryMemberOfTheSchema)
{
    AllowedReport report;
    Allowed by_hand;
    by_hand.prefix = *Prefix::parse("192.0.2.7");
    by_hand.origin = AllowOrigin::manual;
    by_hand.since = Timestamp(std::chrono::seconds(1'800'000'000));
    by_hand.reason = "\xff monitor";
    Allowed from_file;
    from_file.prefix = *Prefix::parse("2001:db8::/32");
    from_file.origin = AllowOrigin::file;
    from_file.source = "/etc/mailban/allow.list";
    from_file.line = 3;
    report.entries = {by_hand, from_file};
    report.files = {{"/etc/mailban/allow.list", 1, {"a mistake"}}};
    report.names = {{"office.example.net", {"192.0.2.9"}, ""}};
    const auto line = reply_with(report);
    EXPECT_EQ(line.find('\n'), std::string::npos);
    const auto shown = json::parse(line)["result"];
    const auto& first = shown["entries"][0];
    EXPECT_EQ(first["address"], "192.0.2.7");
    EXPECT_EQ(first["prefix"], "192.0.2.7/32");
    EXPECT_EQ(first["origin"], "by hand");
    EXPECT_EQ(first["since"], "2027-01-15T08:00:00Z");
    EXPECT_TRUE(first["until"].is_null());
    EXPECT_TRUE(first["source"].is_null());
    EXPECT_TRUE(first["reason"].is_string());
    const auto& second = shown["entries"][1];
    EXPECT_EQ(second["origin"], "file");
    EXPECT_EQ(second["source"], "/etc/mailban/allow.list");
    EXPECT_EQ(second["line"], 3);
    EXPECT_TRUE(second["since"].is_null());
    EXPECT_EQ(shown["files"][0]["problems"][0], "a mistake");
    EXPECT_EQ(shown["names"][0]["addresses"][0], "192.0.2.9");
    EXPECT_TRUE(shown["names"][0]["problem"].is_null());
}

}  // namespace
}  // namespace mailban::allowed_report_test
