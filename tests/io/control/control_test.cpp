#include "io/control/client.h"
#include "io/control/server.h"
#include "mailban/control/report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <filesystem>
#include <thread>

namespace mailban::io {
namespace {

using testing::HasSubstr;

// A server on a socket of its own, answering every verb with its name.
class AControlServer : public testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "mailban-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        socket_ = directory_ + "/control.sock";
        const auto listening = server_.listen(socket_, "no-such-group");
        ASSERT_TRUE(listening.ok()) << listening.error().message;
        thread_ = std::thread([this] { context_.run(); });
    }
    void TearDown() override
    {
        context_.stop();
        if (thread_.joinable()) thread_.join();
        server_.close();
        std::filesystem::remove_all(directory_);
    }

    // Sends raw bytes and reads until the server closes or one line has come.
    std::string send_raw(const std::string& bytes) const
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        sockaddr_un address = {};
        address.sun_family = AF_UNIX;
        std::strncpy(address.sun_path, socket_.c_str(), sizeof address.sun_path - 1);
        EXPECT_EQ(::connect(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        EXPECT_EQ(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL),
                  static_cast<ssize_t>(bytes.size()));
        std::string answer;
        char buffer[512];
        ssize_t got = 0;
        while (answer.find('\n') == std::string::npos &&
               (got = ::read(fd, buffer, sizeof buffer)) > 0) {
            answer.append(buffer, static_cast<std::size_t>(got));
        }
        ::close(fd);
        return answer;
    }

    std::string directory_;
    std::string socket_;
    asio::io_context context_;
    ControlServer server_{context_, [](const Request& request, PeerRights rights) {
                              return reply_done(std::string(to_string(request.verb)) +
                                                    (rights == PeerRights::change ? "+" : "-"),
                                                {});
                          }};
    std::thread thread_;
};

TEST_F(AControlServer, AnswersItsOwnUserWhoMayChange)
{
    const auto reply = ask_daemon(socket_, Request{Verb::reload});
    EXPECT_THAT(reply.line, HasSubstr("\"reload+\""));
}

TEST_F(AControlServer, AnswersSeveralRequestsOfOneConnection)
{
    for (int i = 0; i < 100; ++i)
        EXPECT_THAT(ask_daemon(socket_, Request{Verb::bans}).line, HasSubstr("bans"));
}

TEST_F(AControlServer, RefusesNonsenseWithASentence)
{
    EXPECT_THAT(send_raw("hello\n"), HasSubstr("one JSON object"));
    EXPECT_THAT(send_raw(std::string("\0\xff\n", 3)), HasSubstr("one JSON object"));
}

TEST_F(AControlServer, HangsUpOnALineWithoutEnd)
{
    EXPECT_EQ(send_raw(std::string(kMaxRequestLength + 100, 'x')), "");
}

TEST_F(AControlServer, IsClosedToOthersThanOwnerAndGroup)
{
    struct stat st = {};
    ASSERT_EQ(::stat(socket_.c_str(), &st), 0);
    EXPECT_EQ(st.st_mode & 07777, 0660U);
}

TEST_F(AControlServer, RefusesToTakeTheSocketOfAnotherDaemon)
{
    asio::io_context other_context;
    ControlServer second(other_context, [](const Request&, PeerRights) { return std::string(); });
    const auto listening = second.listen(socket_, "");
    ASSERT_FALSE(listening.ok());
    EXPECT_THAT(listening.error().message, HasSubstr("another mailban"));
    EXPECT_THAT(ask_daemon(socket_, Request{Verb::bans}).line, HasSubstr("bans"));
}

TEST(AControlClient, SaysThatTheDaemonIsNotRunning)
{
    const auto reply = ask_daemon("/nonexistent/control.sock", Request{Verb::status});
    EXPECT_TRUE(reply.line.empty());
    EXPECT_EQ(reply.why, NoReply::not_running);
    EXPECT_THAT(reply.error, HasSubstr("not running"));
}

TEST(AControlClient, SaysThatAStaleSocketMeansNoDaemon)
{
    std::string pattern = (std::filesystem::temp_directory_path() / "mailban-XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    const std::string path = pattern + "/control.sock";
    {
        asio::io_context context;
        asio::local::stream_protocol::acceptor abandoned(
            context, asio::local::stream_protocol::endpoint(path));
    }
    EXPECT_EQ(ask_daemon(path, Request{Verb::status}).why, NoReply::not_running);
    asio::io_context context;
    ControlServer server(context, [](const Request&, PeerRights) { return std::string(); });
    EXPECT_TRUE(server.listen(path, "").ok());  // a stale socket is replaced
    std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace mailban::io
