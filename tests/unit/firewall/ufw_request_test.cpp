#include "mailban/firewall/ufw_request.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <random>

namespace mailban::ufw_request_test {
namespace {

using ::testing::HasSubstr;
using Verb = UfwRequest::Verb;

Prefix prefix(std::string_view text)
{
    return *Prefix::parse(text);
}

std::string_view without_newline(std::string_view line)
{
    EXPECT_TRUE(line.ends_with('\n'));
    return line.substr(0, line.size() - 1);
}

TEST(AUfwRequest, IsReadAsItIsWritten)
{
    for (const UfwRequest& request :
         {UfwRequest{}, UfwRequest{Verb::ban, prefix("192.0.2.7")},
          UfwRequest{Verb::unban, prefix("2001:db8::/64")}, UfwRequest{Verb::ban, prefix("::/0")},
          UfwRequest{Verb::ban, prefix("2001:db8::/48"), 1},
          UfwRequest{Verb::unban, prefix("192.0.2.7"), 15}}) {
        const auto line = to_line(request);
        const auto read = parse_ufw_request(without_newline(line));
        ASSERT_TRUE(read.ok()) << line;
        EXPECT_EQ(*read, request);
    }
}

TEST(AUfwRequest, OfTheLongestPrefixIsNoLongerThanIsRead)
{
    const UfwRequest longest{Verb::unban, prefix("ffff:eeee:dddd:cccc:bbbb:aaaa:9999:8888/128"),
                             255};
    EXPECT_LE(to_line(longest).size(), kMaxUfwRequest);
}

TEST(AUfwRequest, IsNothingElse)
{
    using namespace std::string_view_literals;
    for (const auto line : {""sv,
                            "list "sv,
                            " list"sv,
                            "LIST"sv,
                            "lists"sv,
                            "list\r"sv,
                            "list\0"sv,
                            "ban"sv,
                            "ban "sv,
                            "ban 192.0.2.7"sv,
                            "ban 192.0.2.7/33"sv,
                            "ban 192.0.2.7/24"sv,
                            "ban 192.0.2.07/32"sv,
                            "ban 192.0.2.7/032"sv,
                            "ban  192.0.2.7/32"sv,
                            "ban 192.0.2.7/32 "sv,
                            "ban 192.0.2.7/32 22"sv,
                            "ban 192.0.2.7/32 1"sv,
                            "ban 192.0.2.7/32,"sv,
                            "ban 192.0.2.7/32,0"sv,
                            "ban 192.0.2.7/32,01"sv,
                            "ban 192.0.2.7/32,+1"sv,
                            "ban 192.0.2.7/32,-1"sv,
                            "ban 192.0.2.7/32,256"sv,
                            "ban 192.0.2.7/32,1,2"sv,
                            "ban 192.0.2.7/32,1 "sv,
                            "ban 192.0.2.7/32\0"sv,
                            "ban 192.0.2.7/32;id"sv,
                            "ban $(id)"sv,
                            "ban any"sv,
                            "ban --force"sv,
                            "ban ::ffff:192.0.2.7/128"sv,
                            "ban 2001:DB8::/64"sv,
                            "ban 2001:db8:0::/64"sv,
                            "prepend deny from 192.0.2.7"sv,
                            "disable"sv,
                            "{\"verb\":\"list\"}"sv})
        EXPECT_FALSE(parse_ufw_request(line).ok()) << line;
}

TEST(AUfwReply, IsReadAsItIsWritten)
{
    std::mt19937 random(20261125);
    for (std::size_t count : {0U, 1U, 2U, 1000U}) {
        std::vector<Held> bans;
        for (std::size_t i = 0; i < count; ++i)
            bans.push_back({Prefix::of(IpAddress::v4(static_cast<std::uint8_t>(random()),
                                                     static_cast<std::uint8_t>(random()),
                                                     static_cast<std::uint8_t>(random()), 1),
                                       static_cast<unsigned>(random() % 33)),
                            {},
                            static_cast<PortGroup>(random() % 3)});
        const auto line = ufw_reply(bans);
        const auto read = parse_ufw_reply(without_newline(line));
        ASSERT_TRUE(read.ok()) << read.error().message;
        EXPECT_EQ(*read, bans);
    }
}

TEST(AUfwReply, TellsAnErrorInOneBoundedLine)
{
    const auto line = ufw_reply(Error{"ufw: ERROR:\n\x1b[31mno " + std::string(100'000, 'x')});
    EXPECT_LT(line.size(), 1000U);
    const auto read = parse_ufw_reply(without_newline(line));
    ASSERT_FALSE(read.ok());
    EXPECT_THAT(read.error().message, HasSubstr("ufw: ERROR:  [31mno xxx"));
}

TEST(AUfwReply, IsNothingElse)
{
    for (const auto* const line : {"", "OK", "okay", "ok ", "ok  192.0.2.7/32", "ok 192.0.2.7",
                                   "ok 192.0.2.7/32 x", "192.0.2.7/32", "error"}) {
        const auto read = parse_ufw_reply(line);
        ASSERT_FALSE(read.ok()) << line;
        EXPECT_THAT(read.error().message, HasSubstr("unexpected reply")) << line;
    }
}

}  // namespace
}  // namespace mailban::ufw_request_test
