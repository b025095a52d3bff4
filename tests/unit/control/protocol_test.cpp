#include "mailban/control/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban {
namespace {

using testing::HasSubstr;

TEST(ARequest, ReadsBackAsItWasWritten)
{
    std::vector<Request> requests(11);
    const std::array verbs{Verb::status, Verb::bans,      Verb::show,   Verb::ban,
                           Verb::unban,  Verb::unban_all, Verb::reload, Verb::firewall_remove,
                           Verb::allow,  Verb::disallow,  Verb::allowed};
    for (std::size_t i = 0; i < verbs.size(); ++i)
        requests[i].verb = verbs[i];
    requests[2].prefix = *Prefix::parse("192.0.2.7");
    requests[3].prefix = *Prefix::parse("2001:db8::/32");
    requests[3].length = std::nullopt;
    requests[3].reason = "quotes \" and\nnewlines";
    requests[4].prefix = *Prefix::parse("192.0.2.0/24");
    requests[8].prefix = *Prefix::parse("192.0.2.7");
    requests[8].reason = "our own monitor";
    requests[9].prefix = *Prefix::parse("2001:db8::/32");
    for (const Request& request : requests) {
        std::string line = to_line(request);
        ASSERT_EQ(line.find('\n'), line.size() - 1);
        line.pop_back();
        const auto back = parse_request(line);
        ASSERT_TRUE(back) << line << back.error().message;
        EXPECT_EQ(*back, request);
    }
}

TEST(ARequest, IsRefusedWithASentenceWhenItIsNotExactlyOne)
{
    const std::vector<std::pair<std::string, std::string>> wrong{
        {"", "one JSON object"},
        {"[]", "one JSON object"},
        {"{\"verb\":1}", "'verb'"},
        {"{\"verb\":\"exec\"}", "'verb'"},
        {"{\"verb\":\"status\",\"prefix\":\"192.0.2.7\"}", "unknown member 'prefix'"},
        {"{\"verb\":\"ban\",\"prefix\":\"192.0.2.7; rm -rf /\"}", "neither an address nor"},
        {"{\"verb\":\"ban\"}", "neither an address nor"},
        {"{\"verb\":\"ban\",\"prefix\":7}", "has to be a string"},
        {"{\"verb\":\"ban\",\"prefix\":\"192.0.2.7\",\"for\":\"soon\"}", "no duration"},
        {"{\"verb\":\"ban\",\"prefix\":\"192.0.2.7\",\"for\":\"0s\"}", "no duration"},
    };
    for (const auto& [line, message] : wrong) {
        const auto request = parse_request(line);
        ASSERT_FALSE(request) << line;
        EXPECT_THAT(request.error().message, HasSubstr(message)) << line;
    }
}

TEST(ARequest, ToAllowIsForEverUnlessItSaysHowLong)
{
    const auto for_ever = parse_request(R"({"verb":"allow","prefix":"192.0.2.7"})");
    ASSERT_TRUE(for_ever);
    EXPECT_EQ(for_ever->length, std::nullopt);
    const auto week = parse_request(R"({"verb":"allow","prefix":"192.0.2.7","for":"7d"})");
    ASSERT_TRUE(week);
    EXPECT_EQ(week->length, std::chrono::days(7));
    EXPECT_FALSE(parse_request(R"({"verb":"disallow","prefix":"192.0.2.7","for":"7d"})"));
    EXPECT_FALSE(parse_request(R"({"verb":"allowed","prefix":"192.0.2.7"})"));
}

TEST(ARequest, IsBoundedInLengthAndDepth)
{
    EXPECT_FALSE(parse_request(std::string(kMaxRequestLength + 1, ' ')));
    EXPECT_FALSE(parse_request(std::string(kMaxRequestLength, '[')));
    const std::string reason(kMaxReasonLength + 1, 'x');
    EXPECT_FALSE(
        parse_request("{\"verb\":\"ban\",\"prefix\":\"192.0.2.7\",\"reason\":\"" + reason + "\"}"));
}

}  // namespace
}  // namespace mailban
