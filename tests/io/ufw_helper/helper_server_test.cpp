#include "io/ufw_helper/helper_server.h"

#include "io/firewall/ufw_by_helper.h"
#include "io/run.h"
#include "io/support/temp_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/un.h>
#include <unistd.h>

#include <cstring>
#include <future>
#include <memory>
#include <set>
#include <thread>
#include <utility>

namespace mailban::io::helper_server_test {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

sockaddr_un address_of(const std::string& path)
{
    sockaddr_un address = {};
    address.sun_family = AF_UNIX;
    std::strncpy(address.sun_path, path.c_str(), sizeof address.sun_path - 1);
    return address;
}

// One end of a connection, as blunt as an attacker's.
class RawClient {
public:
    explicit RawClient(const std::string& path) : fd_(::socket(AF_UNIX, SOCK_STREAM, 0))
    {
        const auto address = address_of(path);
        EXPECT_EQ(::connect(fd_, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
    }
    ~RawClient() { ::close(fd_); }
    RawClient(const RawClient&) = delete;
    RawClient& operator=(const RawClient&) = delete;

    void send(const std::string& bytes) const
    {
        static_cast<void>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
    }
    // One line, or what came before the other side hung up.
    std::string answer() const
    {
        std::string line;
        char letter = 0;
        pollfd ready{fd_, POLLIN, 0};
        while (!line.ends_with('\n') && ::poll(&ready, 1, 10'000) == 1 &&
               ::read(fd_, &letter, 1) == 1)
            line += letter;
        return line;
    }

private:
    int fd_;
};

// A server that keeps what it is told, in a thread of its own.
class AHelperServer : public ::testing::Test {
protected:
    void start(uid_t user = ::geteuid())
    {
        const int fd = ::socket(AF_UNIX, SOCK_STREAM, 0);
        const auto address = address_of(path_);
        ASSERT_EQ(::bind(fd, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
        ASSERT_EQ(::listen(fd, 16), 0);
        server_ = std::make_unique<HelperServer>(
            context_, fd, user, [this](UfwRequest request) { return answer(request); }, limits_);
        asio::co_spawn(context_, server_->run(),
                       [this](const std::exception_ptr&) { context_.stop(); });
        thread_ = std::thread([this] { context_.run(); });
    }
    void TearDown() override
    {
        context_.stop();
        if (thread_.joinable()) thread_.join();
    }

    asio::awaitable<Result<std::vector<Held>>> answer(UfwRequest request)
    {
        EXPECT_FALSE(is_answering_) << "two requests at once";
        is_answering_ = true;
        if (!std::exchange(has_begun_, true)) begun_.set_value();
        asio::steady_timer pause(context_, takes_);
        co_await pause.async_wait(kNoThrow);
        is_answering_ = false;
        if (request.prefix == *Prefix::parse("192.0.2.66")) co_return Error{"ufw says no"};
        if (request.verb == UfwRequest::Verb::ban) held_.insert(request.prefix);
        if (request.verb == UfwRequest::Verb::unban) held_.erase(request.prefix);
        std::vector<Held> listed;
        if (request.verb == UfwRequest::Verb::list)
            for (const auto& prefix : held_)
                listed.push_back({prefix});
        co_return listed;
    }

    std::string ask(const std::string& bytes) const
    {
        const RawClient client(path_);
        client.send(bytes);
        return client.answer();
    }

    TempDirectory directory_;
    std::string path_ = directory_ / "helper.sock";
    HelperLimits limits_{4, 200ms, 1s, 60s};
    asio::io_context context_;
    std::set<Prefix> held_;
    std::chrono::milliseconds takes_ = 5ms;
    std::promise<void> begun_;
    bool has_begun_ = false;
    bool is_answering_ = false;
    std::unique_ptr<HelperServer> server_;
    std::thread thread_;
};

TEST_F(AHelperServer, AnswersSeveralRequestsOfOneConnection)
{
    start();
    const RawClient client(path_);
    for (int i = 0; i < 20; ++i) {
        client.send("ban 192.0.2.7/32\n");
        EXPECT_EQ(client.answer(), "ok\n");
        client.send("list\n");
        EXPECT_EQ(client.answer(), "ok 192.0.2.7/32\n");
    }
}

TEST_F(AHelperServer, AnswersOneRequestAtATime)
{
    start();
    const RawClient one(path_);
    const RawClient other(path_);
    for (int i = 0; i < 20; ++i) {
        one.send("list\n");
        other.send("list\n");
        EXPECT_EQ(one.answer(), "ok\n");
        EXPECT_EQ(other.answer(), "ok\n");
    }
}

TEST_F(AHelperServer, RefusesWhatIsNoRequestAndHangsUp)
{
    start();
    for (const std::string& hostile :
         {std::string("reboot\n"), std::string("ban 192.0.2.7\n"),
          std::string("ban 192.0.2.7/32 22\n"), std::string("list\nlist\n"), std::string(64, 'x'),
          std::string(1 << 20, 'x'), std::string(30, '\0') + '\n'}) {
        const RawClient client(path_);
        client.send(hostile);
        EXPECT_THAT(client.answer(), HasSubstr("error ")) << hostile.substr(0, 40);
        client.send("ban 192.0.2.7/32\n");
        EXPECT_EQ(client.answer(), "");
    }
    EXPECT_EQ(ask("list\n"), "ok\n");
}

TEST_F(AHelperServer, HangsUpOnHalfARequest)
{
    start();
    const RawClient client(path_);
    client.send("ban 192.0.2");
    EXPECT_EQ(client.answer(), "");
    EXPECT_EQ(ask("list\n"), "ok\n");
}

TEST_F(AHelperServer, LetsASilentClientGo)
{
    start();
    const RawClient client(path_);
    EXPECT_EQ(client.answer(), "");
}

TEST_F(AHelperServer, TurnsAwayMoreClientsThanItServes)
{
    limits_.silence = 60s;
    start();
    std::vector<std::unique_ptr<RawClient>> clients;
    for (std::size_t i = 0; i < limits_.clients; ++i) {
        clients.push_back(std::make_unique<RawClient>(path_));
        clients.back()->send("list\n");
        EXPECT_EQ(clients.back()->answer(), "ok\n");
    }
    EXPECT_EQ(ask("list\n"), "");
}

TEST_F(AHelperServer, RefusesOtherUsers)
{
    // Root is served always; so it plays somebody else, in this thread alone, while it connects.
    constexpr uid_t kNobody = 65534;
    const bool is_root = ::geteuid() == 0;
    start(::geteuid() + 1);
    ASSERT_EQ(::chmod(directory_.path().c_str(), 0711), 0);
    ASSERT_EQ(::chmod(path_.c_str(), 0777), 0);
    if (is_root) {
        ASSERT_EQ(::syscall(SYS_setresuid, -1, kNobody, -1), 0);
    }
    const RawClient client(path_);
    if (is_root) {
        ASSERT_EQ(::syscall(SYS_setresuid, -1, 0, -1), 0);
    }
    client.send("ban 192.0.2.7/32\n");
    EXPECT_EQ(client.answer(), "error this user may ask nothing here\n");
    if (is_root) {
        EXPECT_EQ(ask("list\n"), "ok\n");
    }
}

TEST_F(AHelperServer, EndsWhenNobodyHasBeenThereForAWhile)
{
    limits_.idle = 50ms;
    start();
    thread_.join();
    EXPECT_TRUE(context_.stopped());
}

TEST_F(AHelperServer, EndsWhatItDoesWhenItIsToldToStopAndBeginsNothingElse)
{
    takes_ = 300ms;
    start();
    const RawClient busy(path_);
    const RawClient next(path_);
    busy.send("ban 192.0.2.7/32\n");
    begun_.get_future().wait();
    next.send("ban 192.0.2.8/32\n");
    asio::post(context_, [this] { server_->stop(); });
    EXPECT_EQ(busy.answer(), "ok\n");
    EXPECT_EQ(next.answer(), "error the ufw helper is being stopped\n");
    thread_.join();
    EXPECT_TRUE(context_.stopped());
    EXPECT_THAT(held_, ElementsAre(*Prefix::parse("192.0.2.7")));
}

TEST_F(AHelperServer, EndsAtOnceWhenItIsToldToStopAndDoesNothing)
{
    start();
    const RawClient silent(path_);
    silent.send("list\n");
    EXPECT_EQ(silent.answer(), "ok\n");
    asio::post(context_, [this] { server_->stop(); });
    thread_.join();
    EXPECT_TRUE(context_.stopped());
}

TEST_F(AHelperServer, WorksUfwForADaemon)
{
    start();
    asio::io_context context;
    UfwByHelper firewall(context.get_executor(), path_);
    EXPECT_TRUE(await_result(context, firewall.prepare()).ok());
    const Prefix one = *Prefix::parse("192.0.2.7");
    const Prefix refused = *Prefix::parse("192.0.2.66");
    const Prefix other = *Prefix::parse("2001:db8::/64");
    const Plan plan{{Change::Kind::add, one, {}},
                    {Change::Kind::add, refused, {}},
                    {Change::Kind::extend, one, {}},
                    {Change::Kind::add, other, {}}};
    EXPECT_EQ(await_result(context, firewall.apply(plan, {})).error().message, "ufw says no");
    const auto held = await_result(context, firewall.list({}));
    ASSERT_TRUE(held.ok()) << held.error().message;
    EXPECT_THAT(*held, ElementsAre(Held{one, {}}, Held{other, {}}));
    EXPECT_EQ(*await_result(context, firewall.describe()), "192.0.2.7/32\n2001:db8::/64\n");
    EXPECT_TRUE(await_result(context, firewall.remove_all()).ok());
    EXPECT_TRUE(await_result(context, firewall.list({}))->empty());
}

TEST_F(AHelperServer, IsFoundAgainByADaemonThatItHungUpOn)
{
    limits_.silence = 50ms;
    start();
    asio::io_context context;
    UfwByHelper firewall(context.get_executor(), path_);
    EXPECT_TRUE(await_result(context, firewall.list({})).ok());
    // Long enough for the server to have let it go: another such client has been.
    const RawClient silent(path_);
    EXPECT_EQ(silent.answer(), "");
    EXPECT_TRUE(await_result(context, firewall.list({})).ok());
}

TEST(AUfwByHelper, SaysWhatIsMissingWhereThereIsNoHelper)
{
    const TempDirectory directory;
    asio::io_context context;
    UfwByHelper firewall(context.get_executor(), directory / "nobody.sock");
    const auto held = await_result(context, firewall.list({}));
    EXPECT_THAT(held.error().message, HasSubstr("mailban-ufw.socket"));
}

}  // namespace
}  // namespace mailban::io::helper_server_test
