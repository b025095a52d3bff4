// Clients that come in crowds, say half of something, never read, or ask in a loop.
#include "io/control/peer.h"
#include "io/control/server.h"
#include "io/support/run_until.h"
#include "io/support/temp_directory.h"
#include "mailban/control/report.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <list>
#include <optional>
#include <string>
#include <thread>
#include <vector>

namespace mailban::io::crowd_test {
namespace {

using namespace std::chrono_literals;
using asio::local::stream_protocol;
using ::testing::HasSubstr;
using ::testing::IsSupersetOf;

constexpr std::uint32_t kNobody = 65534;
constexpr const char* kAdmins = "daemon";  // a group that every system has

class ACrowdedServer : public ::testing::Test {
protected:
    void SetUp() override
    {
        limits_.clients = 8;
        limits_.readers = 6;
        limits_.of_user = 4;
        limits_.patience = 50ms;
        limits_.pause = 1ms;
        limits_.waiting = 4096;
        limits_.rate = {{20ms, 1}, {10s, 500}};
    }

    void listen(std::size_t reply_size = 10)
    {
        server_.emplace(
            context_,
            [reply_size](const Request&, Right right) -> asio::awaitable<Answer> {
                co_return Changed{std::string(reply_size, right == Right::change ? '+' : '-')};
            },
            limits_);
        ControlConfig config;
        config.socket = directory_ / "socket";
        config.admins = kAdmins;
        ASSERT_TRUE(server_->listen(config));
    }

    stream_protocol::socket& connect()
    {
        auto& client = clients_.emplace_back(context_);
        client.connect(stream_protocol::endpoint(directory_ / "socket"));
        return client;
    }

    // As somebody who may only ask. The kernel has credentials for each thread, and this changes
    // one thread's behind the C library's back.
    stream_protocol::socket& connect_as_nobody(const std::vector<gid_t>& groups = {})
    {
        ::chmod((directory_ / "socket").c_str(), 0666);
        ::chmod(directory_.path().c_str(), 0755);
        std::thread([&] {
            EXPECT_EQ(::syscall(SYS_setgroups, groups.size(), groups.data()), 0);
            EXPECT_EQ(::syscall(SYS_setresuid, kNobody, kNobody, kNobody), 0);
            connect();
        }).join();
        return clients_.back();
    }

    void send(stream_protocol::socket& client, const std::string& text)
    {
        asio::write(client, asio::buffer(text));
    }

    std::string line_from(stream_protocol::socket& client)
    {
        std::string line;
        bool is_there = false;
        asio::async_read_until(
            client, asio::dynamic_buffer(line), '\n',
            [&](const boost::system::error_code&, std::size_t) { is_there = true; });
        EXPECT_TRUE(run_until(context_, [&] { return is_there; }));
        return line;
    }

    bool settles_at(std::size_t clients)
    {
        return run_until(context_, [&] { return server_->report().clients == clients; });
    }

    TempDirectory directory_;
    asio::io_context context_;
    ControlLimits limits_;
    std::list<stream_protocol::socket> clients_;
    std::optional<ControlServer> server_;
};

TEST_F(ACrowdedServer, HasPlaceForSoManyAndTellsTheOthers)
{
    limits_.patience = 10s;
    listen();
    for (std::size_t count = 0; count < 1000; ++count) {
        connect();
        run_ready(context_);
        ASSERT_LE(server_->report().clients, limits_.clients);
    }
    EXPECT_EQ(server_->report().rejected_connections, 1000 - limits_.clients);
    EXPECT_THAT(line_from(clients_.back()), HasSubstr("too many connections"));
    clients_.pop_front();
    ASSERT_TRUE(settles_at(limits_.clients - 1));
    send(connect(), "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(clients_.back()), HasSubstr("\"ok\":true"));
}

TEST_F(ACrowdedServer, CutsOffWhoeverSaysHalfOfSomething)
{
    listen();
    send(connect(), "{\"verb\":");
    ASSERT_TRUE(settles_at(1));
    EXPECT_TRUE(settles_at(0));
    EXPECT_EQ(line_from(clients_.back()), "");
}

TEST_F(ACrowdedServer, CutsOffWhoeverNeverReads)
{
    listen(4U << 20U);
    send(connect(), "{\"verb\":\"bans\"}\n{\"verb\":\"bans\"}\n");
    ASSERT_TRUE(run_until(context_, [&] { return server_->report().requests == 1; }));
    EXPECT_TRUE(settles_at(0));
    EXPECT_EQ(server_->report().requests, 1U);
}

TEST_F(ACrowdedServer, NeverHoldsBackWhoeverMayChangeThings)
{
    listen();
    auto& client = connect();
    for (int count = 0; count < 2000; ++count) {
        send(client, "{\"verb\":\"unban\",\"prefix\":\"192.0.2.7\"}\n");
        ASSERT_THAT(line_from(client), HasSubstr("+"));
    }
    EXPECT_EQ(server_->report().limited, 0U);
}

// Only root can be somebody else.
TEST_F(ACrowdedServer, GivesOneUserWhoMayReadOnlySomeOfThePlaces)
{
    if (::geteuid() != 0) return;
    limits_.patience = 10s;
    listen();
    for (std::size_t count = 0; count < limits_.clients; ++count)
        connect_as_nobody();
    ASSERT_TRUE(settles_at(limits_.of_user));
    run_ready(context_);
    EXPECT_EQ(server_->report().rejected_connections, limits_.clients - limits_.of_user);
    auto& root = connect();
    send(root, "{\"verb\":\"unban_all\"}\n");
    EXPECT_THAT(line_from(root), HasSubstr("+"));
}

TEST_F(ACrowdedServer, KnowsAnAdministratorByTheGroupsThatTheKernelNames)
{
    const auto* const admins = ::getgrnam(kAdmins);
    if (::geteuid() != 0 || admins == nullptr) return;
    const gid_t their_group = admins->gr_gid;
    listen();
    // More groups than are asked for at first.
    std::vector<gid_t> groups;
    for (gid_t group = 100'000; group < 100'200; ++group)
        groups.push_back(group);
    auto& stranger = connect_as_nobody(groups);
    send(stranger, "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(stranger), HasSubstr("-"));
    groups.push_back(their_group);
    auto& admin = connect_as_nobody(groups);
    send(admin, "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(admin), HasSubstr("+"));
}

TEST_F(ACrowdedServer, HoldsBackWhoeverReadsInALoopAndSaysForHowLong)
{
    if (::geteuid() != 0) return;
    listen();
    auto& client = connect_as_nobody();
    std::string line;
    for (int count = 0; count < 1000 && server_->report().limited == 0; ++count) {
        send(client, "{\"verb\":\"bans\"}\n");
        line = line_from(client);
    }
    EXPECT_EQ(server_->report().limited, 1U);
    // The bucket has 20 ms, and each answer costs one at least.
    EXPECT_LE(server_->report().requests, 60U);
    EXPECT_THAT(line, HasSubstr("too many requests; ask again in "));
    EXPECT_THAT(line, HasSubstr("\"again_in_seconds\":"));
    auto& root = connect();
    send(root, "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(root), HasSubstr("+"));
}

TEST_F(ACrowdedServer, KeepsNoMoreThanSoManyRepliesThatNobodyReads)
{
    if (::geteuid() != 0) return;
    limits_.patience = 10s;
    limits_.rate = {{1h, 1}, {1h, 1}};  // however long a busy machine takes for the first reply
    listen(4U << 20U);
    send(connect_as_nobody(), "{\"verb\":\"bans\"}\n");
    ASSERT_TRUE(run_until(context_, [&] { return server_->report().requests == 1; }));
    auto& second = connect_as_nobody();
    send(second, "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(second), HasSubstr("wait to be read"));
    EXPECT_EQ(server_->report().limited, 1U);
    auto& root = connect();
    send(root, "{\"verb\":\"bans\"}\n");
    EXPECT_THAT(line_from(root), HasSubstr("+"));
}

TEST(ThePeerOfASocket, IsWhomTheKernelNames)
{
    std::array<int, 2> ends{};
    ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
    const auto peer = peer_of(ends[0]);
    ASSERT_TRUE(peer);
    EXPECT_EQ(peer->user, ::geteuid());
    std::vector<gid_t> groups(static_cast<std::size_t>(::getgroups(0, nullptr)));
    ASSERT_GE(::getgroups(static_cast<int>(groups.size()), groups.data()), 0);
    groups.push_back(::getegid());
    EXPECT_THAT(peer->groups, IsSupersetOf(groups));
    ::close(ends[0]);
    ::close(ends[1]);
    EXPECT_FALSE(peer_of(ends[0]));
}

}  // namespace
}  // namespace mailban::io::crowd_test
