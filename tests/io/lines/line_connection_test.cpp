// Lines over real sockets, of each family.
#include "io/lines/line_connection.h"

#include "io/lines/stream.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <array>
#include <future>
#include <optional>
#include <string>
#include <vector>

namespace mailban::io::line_connection_test {
namespace {

using namespace std::chrono_literals;
using ::testing::ElementsAre;

enum class Family { unix_socket, ipv4 };

// The two ends of a connection.
class ALine : public ::testing::TestWithParam<Family> {
protected:
    void SetUp() override
    {
        if (GetParam() == Family::unix_socket) {
            std::array<int, 2> ends{};
            ASSERT_EQ(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends.data()), 0);
            near_.assign(StreamProtocol(AF_UNIX, 0), ends[0]);
            far_.assign(StreamProtocol(AF_UNIX, 0), ends[1]);
            return;
        }
        asio::ip::tcp::acceptor acceptor(context_, {asio::ip::address_v4::loopback(), 0});
        asio::ip::tcp::socket client(context_);
        client.connect(acceptor.local_endpoint());
        near_ = StreamSocket(acceptor.accept());
        far_ = StreamSocket(std::move(client));
    }
    void send(const std::string& text) { asio::write(far_, asio::buffer(text)); }
    // What `work` returns, once the loop has run it to its end.
    template <class T>
    T done(asio::awaitable<T> work)
    {
        auto result = asio::co_spawn(context_, std::move(work), asio::use_future);
        context_.restart();
        context_.run();
        return result.get();
    }

    asio::io_context context_{};
    StreamSocket near_{context_};
    StreamSocket far_{context_};
};

INSTANTIATE_TEST_SUITE_P(OfEachFamily, ALine, ::testing::Values(Family::unix_socket, Family::ipv4));

TEST_P(ALine, IsReadOneAfterTheOther)
{
    LineConnection lines(near_, {.longest = 64, .line = 10s, .silence = {}});
    send("one\ntwo\n\nthr");
    EXPECT_EQ(lines.take_buffered(), std::nullopt);
    EXPECT_EQ(done(lines.read()), "one");
    EXPECT_TRUE(lines.has_more());
    EXPECT_EQ(lines.take_buffered(), "two");
    EXPECT_EQ(done(lines.read()), "");
    EXPECT_EQ(lines.take_buffered(), std::nullopt);
    send("ee\n");
    EXPECT_EQ(done(lines.read()), "three");
    EXPECT_FALSE(lines.has_more());
}

TEST_P(ALine, HasAGreatestLength)
{
    LineConnection lines(near_, {.longest = 8, .line = 10s, .silence = {}});
    send("1234567\n12345678\n");
    EXPECT_EQ(done(lines.read()), "1234567");
    EXPECT_EQ(done(lines.read()), std::nullopt);
    EXPECT_TRUE(lines.is_too_long());
}

TEST_P(ALine, HasToBeThereInTime)
{
    LineConnection lines(near_, {.longest = 64, .line = 50ms, .silence = {}});
    send("begun");
    EXPECT_EQ(done(lines.read()), std::nullopt);
    EXPECT_FALSE(lines.is_too_long());
}

TEST_P(ALine, MayFollowASilenceThatIsShortEnough)
{
    LineConnection lines(near_, {.longest = 64, .line = 10s, .silence = 50ms});
    send("one\n");
    EXPECT_EQ(done(lines.read()), "one");
    EXPECT_EQ(done(lines.read()), std::nullopt);
}

TEST_P(ALine, EndsWithItsClient)
{
    LineConnection lines(near_, {.longest = 64, .line = 10s, .silence = {}});
    send("one\nhalf");
    far_.close();
    EXPECT_EQ(done(lines.read()), "one");
    EXPECT_EQ(done(lines.read()), std::nullopt);
}

TEST_P(ALine, IsAnsweredAsFarAsTheClientReads)
{
    LineConnection lines(near_, {.longest = 64, .line = 50ms, .silence = {}});
    EXPECT_TRUE(done(lines.write("answer\n")));
    std::string heard(7, '\0');
    asio::read(far_, asio::buffer(heard));
    EXPECT_EQ(heard, "answer\n");
    // More than the sockets hold, and nobody reads.
    EXPECT_FALSE(done(lines.write(std::string(64U << 20U, 'x'))));
}

TEST_P(ALine, IsAnsweredWholeToAClientThatReadsSlowly)
{
    LineConnection lines(near_, {.longest = 64, .line = 10s, .silence = {}});
    const std::string text(8U << 20U, 'y');
    auto heard = std::async(std::launch::async, [&] {
        std::string all(text.size(), '\0');
        asio::read(far_, asio::buffer(all));
        return all;
    });
    EXPECT_TRUE(done(lines.write(text)));
    EXPECT_EQ(heard.get(), text);
}

TEST_P(ALine, OfAClientThatHasGoneIsNotAnswered)
{
    LineConnection lines(near_, {.longest = 64, .line = 1s, .silence = {}});
    far_.close();
    // The kernel may take the first, before it knows.
    static_cast<void>(done(lines.write("answer\n")));
    EXPECT_FALSE(done(lines.write("answer\n")));
}

}  // namespace
}  // namespace mailban::io::line_connection_test
