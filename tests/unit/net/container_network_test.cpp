#include "mailban/net/container_network.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace mailban::container_network_test {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

Prefix prefix(const char* text)
{
    return *Prefix::parse(text);
}

std::vector<std::string> found(const std::vector<NetworkLink>& links,
                               const std::vector<LinkNetwork>& networks)
{
    std::vector<std::string> texts;
    const auto all = container_networks(links, networks);
    for (const Prefix& network : all.prefixes())
        texts.push_back(network.to_string());
    return texts;
}

const NetworkLink kLoopback{1, "lo", "", {}};
const NetworkLink kCard{2, "eth0", "", {}};
const NetworkLink kDocker{3, "docker0", "bridge", {}};

TEST(AContainerNetwork, IsThatOfABridgeWithContainersAlone)
{
    EXPECT_THAT(found({kLoopback, kCard, kDocker, {4, "veth1", "veth", 3}, {5, "vnet0", "tun", 3}},
                      {{"lo", prefix("127.0.0.0/8")},
                       {"eth0", prefix("192.168.1.0/24")},
                       {"docker0", prefix("172.17.0.0/16")},
                       {"docker0", prefix("fd00:1::/64")}}),
                ElementsAre("172.17.0.0/16", "fd00:1::/64"));
}

TEST(AContainerNetwork, MayHaveNoContainerYet)
{
    EXPECT_THAT(found({kDocker}, {{"docker0", prefix("172.17.0.0/16")}}),
                ElementsAre("172.17.0.0/16"));
}

TEST(AContainerNetwork, IsNoLocalNetworkThatABridgeLeadsTo)
{
    const std::vector<LinkNetwork> networks{{"docker0", prefix("192.168.1.0/24")}};
    EXPECT_THAT(found({kDocker, {2, "eth0", "", 3}, {4, "veth1", "veth", 3}}, networks), IsEmpty());
    EXPECT_THAT(found({kDocker, {2, "bond0", "bond", 3}}, networks), IsEmpty());
    EXPECT_THAT(found({kDocker, {2, "eth0.7", "vlan", 3}}, networks), IsEmpty());
}

TEST(AContainerNetwork, IsPrivate)
{
    EXPECT_THAT(found({kDocker}, {{"docker0", prefix("198.51.100.0/24")}}), IsEmpty());
    EXPECT_THAT(found({kDocker}, {{"docker0", prefix("2001:db8::/64")}}), IsEmpty());
}

TEST(AContainerNetwork, IsNoTunnelOrCard)
{
    EXPECT_THAT(found({{7, "wg0", "wireguard", {}}, {8, "tun0", "tun", {}}, kCard},
                      {{"wg0", prefix("10.8.0.0/24")},
                       {"tun0", prefix("10.9.0.0/24")},
                       {"eth0", prefix("10.7.0.0/24")},
                       {"gone", prefix("10.6.0.0/24")}}),
                IsEmpty());
}

}  // namespace
}  // namespace mailban::container_network_test
