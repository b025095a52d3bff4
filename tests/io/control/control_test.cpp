#include "io/control/client.h"
#include "io/control/server.h"
#include "io/support/temp_directory.h"
#include "mailban/control/answer.h"

#include <gmock/gmock.h>
#include <grp.h>
#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <thread>

namespace mailban::io::control_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using stream_protocol_socket = asio::local::stream_protocol::socket;

ControlConfig on_socket(const std::string& path, const std::string& group = "no-such-group")
{
    ControlConfig config;
    config.socket = path;
    config.group = group;
    return config;
}

std::string own_group()
{
    const auto* const entry = ::getgrgid(::getegid());
    return entry != nullptr ? entry->gr_name : "";
}

// Fails, waits for ever, or says its verb's name.
asio::awaitable<Answer> answer_by_name(const Request& request, Right right)
{
    if (request.verb == Verb::show) throw std::runtime_error("basic_string: null");
    if (request.verb == Verb::unban) {
        asio::steady_timer never(co_await asio::this_coro::executor);
        never.expires_at(std::chrono::steady_clock::time_point::max());
        co_await never.async_wait(kNoThrow);
    }
    co_return Changed{std::string(to_string(request.verb)) + (right == Right::change ? "+" : "-")};
}

// A server on a socket of its own, answering nearly every verb with its name.
class AControlServer : public ::testing::Test {
protected:
    void SetUp() override
    {
        std::string pattern = (std::filesystem::temp_directory_path() / "mailban-XXXXXX").string();
        ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
        directory_ = pattern;
        socket_ = directory_ + "/control.sock";
        const auto listening = server_.listen(on_socket(socket_));
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

    // Sends raw bytes and reads until the server closes or so many lines have come.
    std::string send_raw(const std::string& bytes, std::ptrdiff_t lines = 1) const
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
        while (std::count(answer.begin(), answer.end(), '\n') < lines &&
               (got = ::read(fd, buffer, sizeof buffer)) > 0) {
            answer.append(buffer, static_cast<std::size_t>(got));
        }
        ::close(fd);
        return answer;
    }

    std::string directory_;
    std::string socket_;
    asio::io_context client_context_;
    asio::io_context context_;
    ControlServer server_{context_, answer_by_name};
    std::thread thread_;
};

TEST_F(AControlServer, AnswersItsOwnUserWhoMayChange)
{
    const auto reply = ask_daemon(socket_, Request{Verb::reload});
    EXPECT_THAT(reply.line, HasSubstr("\"reload+\""));
}

TEST_F(AControlServer, OutlivesAHandlerThatThrows)
{
    const auto reply = ask_daemon(socket_, Request{Verb::show});
    EXPECT_THAT(reply.line, HasSubstr("\"ok\":false"));
    EXPECT_THAT(reply.line, HasSubstr("could not answer 'show': basic_string: null"));
    EXPECT_THAT(ask_daemon(socket_, Request{Verb::bans}).line, HasSubstr("bans"));
}

TEST_F(AControlServer, ServesOthersWhileARequestWaitsForTheFirewall)
{
    const Request slow{Verb::unban};
    stream_protocol_socket waiting(client_context_);
    waiting.connect(asio::local::stream_protocol::endpoint(socket_));
    asio::write(waiting, asio::buffer(to_line(slow)));
    for (int i = 0; i < 10; ++i)
        EXPECT_THAT(ask_daemon(socket_, Request{Verb::bans}).line, HasSubstr("bans"));
    EXPECT_EQ(waiting.available(), 0U);
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

TEST_F(AControlServer, AnswersRequestsThatCameInOnePiece)
{
    const std::string answers = send_raw("{\"verb\":\"bans\"}\n{\"verb\":\"status\"}\n", 2);
    EXPECT_THAT(answers, HasSubstr("bans+"));
    EXPECT_THAT(answers, HasSubstr("status+"));
}

unsigned mode_of(const std::string& path)
{
    struct stat st = {};
    EXPECT_EQ(::stat(path.c_str(), &st), 0);
    return st.st_mode & 07777U;
}

TEST_F(AControlServer, IsItsOwnersAloneWithoutItsGroupAndSaysSo)
{
    EXPECT_EQ(mode_of(socket_), 0600U);
    EXPECT_THAT(server_.problems(), ElementsAre(HasSubstr("no group 'no-such-group'")));
}

TEST(AControlSocket, TakesTheNameOfAnOlderSocketAndOfNothingElse)
{
    const TempDirectory directory;
    asio::io_context context;
    const auto nothing = answer_by_name;
    const std::string file = directory / "allow.list";
    std::ofstream(file) << "192.0.2.0/24\n";
    std::filesystem::create_symlink("allow.list", directory / "link");
    for (const auto* name : {"allow.list", "link"}) {
        ControlServer server(context, nothing);
        const auto refused = server.listen(on_socket(directory / name));
        ASSERT_FALSE(refused.ok());
        EXPECT_THAT(refused.error().message, HasSubstr("is not a socket"));
    }
    EXPECT_EQ(std::filesystem::file_size(file), 13U);
    EXPECT_TRUE(std::filesystem::is_symlink(directory / "link"));
    // What a daemon leaves that was killed.
    const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, (directory / "old").c_str(), sizeof address.sun_path - 1);
    ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    ::close(fd);
    ControlServer server(context, nothing);
    EXPECT_TRUE(server.listen(on_socket(directory / "old")).ok());
}

TEST(AControlSocket, IsOpenToItsGroupAndNobodyElse)
{
    const TempDirectory directory;
    asio::io_context context;
    ControlServer server(context, answer_by_name);
    ASSERT_TRUE(server.listen(on_socket(directory / "socket", own_group())));
    EXPECT_EQ(mode_of(directory / "socket"), 0660U);
    EXPECT_THAT(server.problems(), IsEmpty());
}

TEST(AControlSocket, IsClosedToTheGroupIfTheConfigurationSaysSo)
{
    const TempDirectory directory;
    asio::io_context context;
    ControlServer server(context, answer_by_name);
    auto config = on_socket(directory / "socket", own_group());
    config.mode = 0600;
    config.admins = "no-such-admins";
    ASSERT_TRUE(server.listen(config));
    EXPECT_EQ(mode_of(directory / "socket"), 0600U);
    EXPECT_THAT(server.problems(), ElementsAre(HasSubstr("'no-such-admins'")));
}

TEST_F(AControlServer, RefusesToTakeTheSocketOfAnotherDaemon)
{
    asio::io_context other_context;
    ControlServer second(other_context, answer_by_name);
    const auto listening = second.listen(on_socket(socket_));
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
    ControlServer server(context, answer_by_name);
    EXPECT_TRUE(server.listen(on_socket(path)).ok());  // a stale socket is replaced
    std::filesystem::remove_all(pattern);
}

}  // namespace
}  // namespace mailban::io::control_test
