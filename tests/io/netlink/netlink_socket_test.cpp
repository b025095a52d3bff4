// Questions to this machine's kernel, which every process may ask.
#include "io/netlink/netlink_socket.h"

#include "io/netlink/route_dump.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>
#include <net/if.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <set>

namespace mailban::io::netlink_socket_test {
namespace {

class AQuestion : public ::testing::Test {
protected:
    AQuestion()
    {
        message_ = mnl_nlmsg_put_header(buffer_.data());
        message_->nlmsg_type = RTM_GETLINK;
        message_->nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP;
        message_->nlmsg_seq = 7;
        mnl_nlmsg_put_extra_header(message_, sizeof(ifinfomsg));
        auto socket = open_netlink(NETLINK_ROUTE, 0, "routes");
        if (socket) socket_ = std::move(*socket);
    }
    int ask(std::size_t most = 1 << 20)
    {
        const auto take = [this](const nlmsghdr& message) {
            ifinfomsg link = {};
            std::memcpy(&link, mnl_nlmsg_get_payload(&message), sizeof link);
            links_.insert(link.ifi_index);
        };
        return ask_kernel(*socket_, *message_, take, most);
    }

    alignas(nlmsghdr) std::array<char, 256> buffer_{};
    nlmsghdr* message_ = nullptr;
    NetlinkSocket socket_{};
    std::set<int> links_{};
};

TEST_F(AQuestion, IsAnsweredInWhole)
{
    ASSERT_TRUE(socket_);
    EXPECT_EQ(ask(), 0);
    EXPECT_TRUE(links_.contains(static_cast<int>(::if_nametoindex("lo"))));
    // The socket is at the end of the answer: it can be asked again.
    links_.clear();
    EXPECT_EQ(ask(), 0);
    EXPECT_FALSE(links_.empty());
}

TEST_F(AQuestion, ThatIsRefusedSaysWhy)
{
    ASSERT_TRUE(socket_);
    message_->nlmsg_type = RTM_DELLINK;
    message_->nlmsg_flags = NLM_F_REQUEST | NLM_F_ACK;
    EXPECT_NE(ask(), 0);
    EXPECT_TRUE(links_.empty());
}

TEST_F(AQuestion, IsGivenUpWhereItsAnswerIsTooLong)
{
    ASSERT_TRUE(socket_);
    EXPECT_EQ(ask(1), EFBIG);
}

TEST(ANetlinkSocket, ThatCannotBeOpenedSaysWhichAndWhy)
{
    const auto socket = open_netlink(999, 0, "nothing");
    ASSERT_FALSE(socket);
    EXPECT_EQ(socket.error().message, "cannot open nothing: Protocol not supported");
}

TEST(ARouteTable, IsHandedOver)
{
    std::size_t links = 0;
    dump_route_table(RTM_GETLINK, sizeof(ifinfomsg), AF_UNSPEC, [&links](const nlmsghdr& message) {
        links += message.nlmsg_type == RTM_NEWLINK;
    });
    EXPECT_GT(links, 0U);
}

}  // namespace
}  // namespace mailban::io::netlink_socket_test
