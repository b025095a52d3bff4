// Clients that follow: they get what happens, slow ones are told what they missed, and nobody waits
// for them.
#include "io/control/followers.h"

#include "io/control/server.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <list>
#include <optional>
#include <string>

#include <nlohmann/json.hpp>

namespace mailban::io::followers_test {
namespace {

using FollowingClient = asio::local::stream_protocol::socket;
using ::testing::HasSubstr;

Ban followed_ban(std::uint32_t number)
{
    Ban ban;
    ban.prefix = Prefix::host(IpAddress::v4(10, 0, static_cast<std::uint8_t>(number >> 8U),
                                            static_cast<std::uint8_t>(number)));
    ban.rule = "guessing";
    return ban;
}

class AFollowedServer : public ::testing::Test {
protected:
    void SetUp() override
    {
        server_.emplace(context_, [](const Request&, Right) -> asio::awaitable<Answer> {
            co_return Following{7};
        });
        ControlConfig config;
        config.socket = directory_ / "socket";
        ASSERT_TRUE(server_->listen(config));
    }

    FollowingClient& follow(const ActivityFilter& filter = {})
    {
        auto& client = clients_.emplace_back(context_);
        client.connect(asio::local::stream_protocol::endpoint(directory_ / "socket"));
        Request request{Verb::follow};
        request.filter = filter;
        asio::write(client, asio::buffer(to_line(request)));
        EXPECT_EQ(line_from(client), R"({"ok":true,"result":{"last_event":7}})");
        return client;
    }

    std::string line_from(FollowingClient& client)
    {
        bool is_there = false;
        asio::async_read_until(
            client, asio::dynamic_buffer(received_), '\n',
            [&](const boost::system::error_code&, std::size_t) { is_there = true; });
        EXPECT_TRUE(run_until(context_, [&] { return is_there; }));
        const auto end = received_.find('\n');
        const std::string line = received_.substr(0, end);
        received_.erase(0, end == std::string::npos ? end : end + 1);
        return line;
    }

    Followers& followers() { return server_->followers(); }

    TempDirectory directory_;
    asio::io_context context_;
    std::string received_;
    std::list<FollowingClient> clients_;
    std::optional<ControlServer> server_;
};

TEST_F(AFollowedServer, SendsWhatHappensAndIsWanted)
{
    EXPECT_FALSE(followers().is_any());
    ActivityFilter filter;
    filter.address = *Prefix::parse("10.0.0.0/31");
    auto& client = follow(filter);
    EXPECT_TRUE(followers().is_any());
    for (std::uint32_t number = 0; number < 4; ++number)
        followers().note(followed_ban(number));
    EXPECT_THAT(line_from(client), HasSubstr("10.0.0.0/32"));
    EXPECT_THAT(line_from(client), HasSubstr("10.0.0.1/32"));
    run_ready(context_);
    EXPECT_EQ(client.available(), 0U);
    // And again after a pause.
    followers().note(followed_ban(1));
    EXPECT_THAT(line_from(client), HasSubstr("10.0.0.1/32"));
}

TEST_F(AFollowedServer, ForgetsWhoeverLeavesOrSpeaks)
{
    auto& leaving = follow();
    auto& speaking = follow();
    follow();
    EXPECT_EQ(followers().size(), 3U);
    leaving.close();
    asio::write(speaking, asio::buffer("x", 1));
    EXPECT_TRUE(run_until(context_, [&] { return followers().size() == 1; }));
    followers().note(followed_ban(1));
    EXPECT_THAT(line_from(clients_.back()), HasSubstr("10.0.0.1/32"));
}

TEST_F(AFollowedServer, WaitsForNoSlowReaderAndTellsItWhatItMissed)
{
    auto& slow = follow();
    std::uint64_t noted = 0;
    const auto note_many = [&](std::uint32_t count) {
        for (std::uint32_t i = 0; i < count; ++i, ++noted)
            followers().note(followed_ban(static_cast<std::uint32_t>(noted)));
    };
    // Far more than the queue and the socket hold.
    note_many(100);
    run_ready(context_);
    note_many(30'000);
    run_ready(context_);
    const auto before = noted;
    std::uint64_t got = 0;
    std::uint64_t lost = 0;
    std::uint64_t next = 0;
    while (got + lost < before) {
        const auto line = nlohmann::json::parse(line_from(slow));
        if (line.at("kind") == "lost") {
            lost += line.at("lines").get<std::uint64_t>();
            next += line.at("lines").get<std::uint64_t>();
            continue;
        }
        // In order, and the gap is exactly where it is said to be.
        ASSERT_EQ(line.at("prefix"),
                  followed_ban(static_cast<std::uint32_t>(next)).prefix.to_string());
        ++got;
        ++next;
    }
    EXPECT_GT(lost, 0U);
    EXPECT_EQ(got + lost, before);
    followers().note(followed_ban(1));
    EXPECT_THAT(line_from(slow), HasSubstr("10.0.0.1/32"));
}

TEST_F(AFollowedServer, RefusesAFilterThatCannotBe)
{
    auto& client = clients_.emplace_back(context_);
    client.connect(asio::local::stream_protocol::endpoint(directory_ / "socket"));
    asio::write(client, asio::buffer(std::string(R"({"verb":"follow","kind":"bann"})") + "\n"));
    EXPECT_THAT(line_from(client), HasSubstr("did you mean 'ban'?"));
    EXPECT_FALSE(followers().is_any());
}

}  // namespace
}  // namespace mailban::io::followers_test
