#include "mailban/control/protocol.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

namespace mailban::protocol_test {
namespace {

using ::testing::HasSubstr;

TEST(ARequest, ReadsBackAsItWasWritten)
{
    const std::array verbs{Verb::status, Verb::bans,      Verb::show,    Verb::ban,
                           Verb::unban,  Verb::unban_all, Verb::reload,  Verb::firewall_remove,
                           Verb::allow,  Verb::disallow,  Verb::allowed, Verb::door,
                           Verb::follow};
    std::vector<Request> requests(verbs.size());
    for (std::size_t i = 0; i < verbs.size(); ++i)
        requests[i].verb = verbs[i];
    requests[2].prefix = *Prefix::parse("192.0.2.7");
    requests[3].prefix = *Prefix::parse("2001:db8::/32");
    requests[3].length = std::nullopt;
    requests[3].imported_from = "csf:csf.deny";
    requests[3].where = BanPlace::door;
    requests[3].reason = "quotes \" and\nnewlines";
    requests[4].prefix = *Prefix::parse("192.0.2.7");
    requests[4].is_address = true;
    requests[4].keeps_record = true;
    requests[4].page = {"192.0.2.7/32", 10};
    requests[5].keeps_record = true;
    requests[8].prefix = *Prefix::parse("192.0.2.7");
    requests[8].reason = "our own monitor";
    requests[9].prefix = *Prefix::parse("2001:db8::/32");
    requests[1].page = {"192.0.2.7/32", 10};
    requests[1].which = {"slow \"guessing\"", Prefix::parse("192.0.2.0/24")};
    requests[5].which.inside = Prefix::parse("2001:db8::/32");
    for (const std::size_t i : {11U, 12U}) {
        requests[i].filter.account = "bob \"the builder\"";
        requests[i].filter.address = Prefix::parse("192.0.2.7");
    }
    requests[12].filter.rule = "password-guessing";
    requests[12].filter.kinds = *parse_activity_kinds("ban,unban");
    requests[10].page = {"4 192.0.2.0/24 /etc/mailban/a \"list\"", 500};
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
        {R"({"verb":"ban","prefix":"198.51.100.7/24"})", "did you mean 198.51.100.0/24?"},
        {R"({"verb":"unban","prefix":"192.0.2.7","keep_record":"maybe"})", "yes or no"},
        {R"({"verb":"ban","prefix":"192.0.2.7","keep_record":"yes"})", "unknown member"},
        {R"({"verb":"ban","prefix":"192.0.2.7","asker":"root"})", "unknown member 'asker'"},
        {"{\"verb\":\"ban\",\"prefix\":7}", "must be a string"},
        {R"({"verb":"ban","prefix":"192.0.2.7","imported_from":"two words"})",
         "at most 64 letters"},
        {R"({"verb":"ban","prefix":"192.0.2.7","imported_from":")" + std::string(65, 'x') + "\"}",
         "at most 64 letters"},
        {R"({"verb":"allow","prefix":"192.0.2.7","imported_from":"x"})", "unknown member"},
        {R"({"verb":"ban","prefix":"192.0.2.7","where":"home"})", "firewall, door or both"},
        {R"({"verb":"unban","prefix":"192.0.2.7","where":"door"})", "unknown member 'where'"},
        {"{\"verb\":\"ban\",\"prefix\":\"192.0.2.7\",\"for\":\"soon\"}", "is not a duration"},
        {"{\"verb\":\"ban\",\"prefix\":\"192.0.2.7\",\"for\":\"0s\"}", "is not a duration"},
        {R"({"verb":"show","prefix":"192.0.2.7","after":"192.0.2.7"})", "unknown member 'after'"},
        {R"({"verb":"bans","most":"0"})", "a number from 1 to 500"},
        {R"({"verb":"bans","inside":"192.0.2.7/24"})", "did you mean 192.0.2.0/24?"},
        {R"({"verb":"bans","account":"bob"})", "unknown member 'account'"},
        {R"({"verb":"status","rule":"guessing"})", "unknown member 'rule'"},
        {R"({"verb":"follow","inside":"192.0.2.0/24"})", "unknown member 'inside'"},
        {R"({"verb":"follow","address":"bob"})", "neither an address nor"},
        {R"({"verb":"door"})", "'account' is missing"},
        {R"({"verb":"door","account":"bob","kind":"ban"})", "unknown member 'kind'"},
        {R"({"verb":"door","account":"bob","address":"192.0.2.0/24"})", "is not an address"},
        {R"({"verb":"follow","kind":"bann"})", "did you mean 'ban'?"},
        {R"({"verb":"bans","most":"501"})", "a number from 1 to 500"},
        {R"({"verb":"bans","most":"-1"})", "a number from 1 to 500"},
        {R"({"verb":"bans","most":"99999999999999999999"})", "a number from 1 to 500"},
        {R"({"verb":"bans","most":10})", "must be a string"},
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

TEST(ARequest, IsNothingThatTwoReadersCouldReadInTwoWays)
{
    const std::vector<std::pair<std::string, std::string>> wrong{
        {R"({"verb":"status","verb":"unban_all"})", "'verb' appears twice"},
        {R"({"verb":"ban","prefix":"192.0.2.7","prefix":"192.0.2.8"})", "'prefix' appears twice"},
        {R"({"verb":"status"} {"verb":"unban_all"})", "one JSON object"},
        {R"({"verb":"status"}x)", "one JSON object"},
        {R"({"verb":"status",})", "one JSON object"},
        {R"({"verb":"status"} // why)", "one JSON object"},
        {R"({'verb':'status'})", "one JSON object"},
        {R"("status")", "one JSON object"},
        {R"([{"verb":"status"}])", "one JSON object"},
        {R"({"verb":{"verb":"status"}})", "'verb' must be a string"},
        {R"({"verb":["status"]})", "'verb' must be a string"},
        {R"({"verb":null})", "'verb' must be a string"},
        {R"({"verb":true})", "'verb' must be a string"},
        {R"({"verb":1e999999})", "one JSON object"},
        {R"({"verb":)" + std::string(1000, '9') + "}", "one JSON object"},
        {R"({"verb":-9223372036854775809})", "'verb' must be a string"},
        {R"({"verb":"allow","prefix":"192.0.2.7","reason":"a\u0000b"})", "without NUL"},
        {std::string("{\"verb\":\"sta\0tus\"}", 18), "one JSON object"},
        {"{\"verb\":\"status\xff\"}", "one JSON object"},
        {"{\"verb\":\"\xc0\xaf\"}", "one JSON object"},
        {"\xef\xbb\xbf{\"verb\":\"status\"}", "one JSON object"},
        {R"({"verb":"\ud800"})", "one JSON object"},
    };
    for (const auto& [line, message] : wrong) {
        const auto request = parse_request(line);
        ASSERT_FALSE(request) << line;
        EXPECT_THAT(request.error().message, HasSubstr(message)) << line;
    }
}

TEST(AVerb, ThatChangesSomethingNeedsTheRightTo)
{
    const std::set<Verb> reading{Verb::status,  Verb::bans, Verb::show,
                                 Verb::allowed, Verb::door, Verb::follow};
    for (int number = 0; number <= static_cast<int>(Verb::follow); ++number) {
        const auto verb = static_cast<Verb>(number);
        EXPECT_EQ(right_needed(verb), reading.contains(verb) ? Right::read : Right::change)
            << to_string(verb);
    }
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
}  // namespace mailban::protocol_test
