#include "io/allow/containers.h"

#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/if_link.h>
#include <linux/rtnetlink.h>

#include <array>

namespace mailban::io::containers_test {
namespace {

// A link as the kernel tells it.
class ALink : public ::testing::Test {
protected:
    ALink()
    {
        message_ = mnl_nlmsg_put_header(buffer_.data());
        message_->nlmsg_type = RTM_NEWLINK;
        auto* info =
            static_cast<ifinfomsg*>(mnl_nlmsg_put_extra_header(message_, sizeof(ifinfomsg)));
        info->ifi_index = 7;
        mnl_attr_put_strz(message_, IFLA_IFNAME, "veth1");
    }
    NetworkLink read() const
    {
        std::vector<NetworkLink> links;
        add_link(*message_, links);
        return links.empty() ? NetworkLink() : links.front();
    }

    alignas(nlmsghdr) std::array<char, 4096> buffer_{};
    nlmsghdr* message_ = nullptr;
};

TEST_F(ALink, HasAKindAndABridge)
{
    auto* const nested = mnl_attr_nest_start(message_, IFLA_LINKINFO);
    mnl_attr_put_strz(message_, IFLA_INFO_KIND, "veth");
    mnl_attr_nest_end(message_, nested);
    mnl_attr_put_u32(message_, IFLA_MASTER, 3);
    const auto link = read();
    EXPECT_EQ(link.index, 7);
    EXPECT_EQ(link.name, "veth1");
    EXPECT_EQ(link.kind, "veth");
    EXPECT_EQ(link.bridge, 3);
}

TEST_F(ALink, OfHardwareHasNone)
{
    const auto link = read();
    EXPECT_EQ(link.kind, "");
    EXPECT_FALSE(link.bridge);
}

TEST_F(ALink, IsNoOtherMessage)
{
    message_->nlmsg_type = RTM_NEWADDR;
    EXPECT_EQ(read().index, 0);
}

}  // namespace
}  // namespace mailban::io::containers_test
