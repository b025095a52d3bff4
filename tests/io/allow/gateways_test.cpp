#include "io/allow/gateways.h"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <libmnl/libmnl.h>
#include <linux/rtnetlink.h>

#include <array>

namespace mailban::io::gateways_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// A route as the kernel tells it.
class ARoute : public ::testing::Test {
protected:
    ARoute() { begin(AF_INET, 0); }

    void begin(unsigned char family, unsigned char length, unsigned char type = RTN_UNICAST)
    {
        message_ = mnl_nlmsg_put_header(buffer_.data());
        message_->nlmsg_type = RTM_NEWROUTE;
        auto* route = static_cast<rtmsg*>(mnl_nlmsg_put_extra_header(message_, sizeof(rtmsg)));
        route->rtm_family = family;
        route->rtm_dst_len = length;
        route->rtm_type = type;
    }
    void put(std::uint16_t type, int family, const char* address, std::string before = {}) const
    {
        std::array<char, 16> bytes{};
        ASSERT_EQ(::inet_pton(family, address, bytes.data()), 1);
        before.append(bytes.data(), family == AF_INET ? 4 : 16);
        mnl_attr_put(message_, type, before.size(), before.data());
    }
    // One hop of several, within RTA_MULTIPATH.
    void put_hop(const char* gateway) const
    {
        const auto start = message_->nlmsg_len;
        auto* hop =
            static_cast<rtnexthop*>(mnl_nlmsg_put_extra_header(message_, sizeof(rtnexthop)));
        put(RTA_GATEWAY, AF_INET, gateway);
        hop->rtnh_len = static_cast<unsigned short>(message_->nlmsg_len - start);
    }
    std::vector<std::string> gateways() const
    {
        PrefixSet found;
        add_gateways(*message_, found);
        std::vector<std::string> all;
        for (const Prefix& prefix : found.prefixes())
            all.push_back(prefix.to_string());
        return all;
    }

    alignas(nlmsghdr) std::array<char, 4096> buffer_{};
    nlmsghdr* message_ = nullptr;
};

TEST_F(ARoute, ToEverywhereNamesItsGateway)
{
    put(RTA_GATEWAY, AF_INET, "192.0.2.1");
    EXPECT_THAT(gateways(), ElementsAre("192.0.2.1/32"));
    begin(AF_INET6, 0);
    put(RTA_GATEWAY, AF_INET6, "fe80::1");
    EXPECT_THAT(gateways(), ElementsAre("fe80::1/128"));
}

TEST_F(ARoute, ToSomewhereOrNowhereNamesNone)
{
    begin(AF_INET, 24);
    put(RTA_GATEWAY, AF_INET, "192.0.2.1");
    EXPECT_THAT(gateways(), IsEmpty());
    begin(AF_INET, 0, RTN_UNREACHABLE);
    put(RTA_GATEWAY, AF_INET, "192.0.2.1");
    EXPECT_THAT(gateways(), IsEmpty());
    begin(AF_INET, 0);
    EXPECT_THAT(gateways(), IsEmpty());
}

TEST_F(ARoute, WithSeveralHopsNamesEachOfThem)
{
    auto* nest = mnl_attr_nest_start(message_, RTA_MULTIPATH);
    put_hop("192.0.2.1");
    put_hop("192.0.2.2");
    mnl_attr_nest_end(message_, nest);
    EXPECT_THAT(gateways(), ElementsAre("192.0.2.1/32", "192.0.2.2/32"));
}

TEST_F(ARoute, ViaTheOtherFamilyNamesTheHopThere)
{
    const std::uint16_t family = AF_INET6;
    put(RTA_VIA, AF_INET6, "fe80::1",
        std::string(reinterpret_cast<const char*>(&family), sizeof family));
    EXPECT_THAT(gateways(), ElementsAre("fe80::1/128"));
}

TEST_F(ARoute, ThatIsCutShortNamesNobodyElse)
{
    auto* nest = mnl_attr_nest_start(message_, RTA_MULTIPATH);
    put_hop("192.0.2.1");
    mnl_attr_nest_end(message_, nest);
    const auto whole = message_->nlmsg_len;
    for (auto size = whole - 4; size >= sizeof(nlmsghdr); size -= 4) {
        message_->nlmsg_len = size;
        EXPECT_THAT(gateways(), IsEmpty()) << size;
    }
}

}  // namespace
}  // namespace mailban::io::gateways_test
