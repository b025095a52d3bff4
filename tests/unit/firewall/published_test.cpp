// Which ports a machine hands on, as nft and Docker's proxies show it.
#include "mailban/firewall/published.h"

#include <gtest/gtest.h>

namespace mailban::published_test {
namespace {

// As nft 1.0.6 shows rules of iptables-nft 1.8.9 and its own.
constexpr const char* kRules = R"(table ip nat {
	chain DOCKER {
		iifname != "docker0" tcp dport 25 counter dnat to 172.17.0.2:2525
		meta l4proto tcp tcp dport { 143, 993 } counter dnat to 172.17.0.2
		meta l4proto tcp ct state new tcp dport 465-587 counter dnat to 172.17.0.2
	}
	chain PREROUTING {
		type nat hook prerouting priority dstnat; policy accept;
		fib daddr type local counter jump DOCKER
	}
}
table inet nv {
	map m {
		type inet_service : ipv4_addr
	}
	chain pre {
		tcp dport { 995, 4190 } dnat ip to 10.0.0.3
		ip daddr 10.0.0.9 dnat ip to tcp dport map { 26 : 10.0.0.2, 27 : 10.0.0.4 }
		dnat ip to tcp dport map @m
		udp dport 99 dnat ip to 10.0.0.5:53
		tcp dport 470 counter dnat ip6 to [fd00::2]:465
		tcp dport 110 counter xt target "DNAT"
		tcp dport 111 counter accept comment "dnat"
	}
}
)";

std::string text_of(const std::vector<Published>& all)
{
    std::string text;
    for (const auto& one : all)
        text += to_string({one}) + '\n';
    return text;
}

TEST(PublishedPorts, AreReadFromTheRules)
{
    EXPECT_EQ(text_of(published_by_rules(kRules)),
              "25 (to 172.17.0.2:2525)\n143 (to 172.17.0.2)\n993 (to 172.17.0.2)\n"
              "465-587 (to 172.17.0.2)\n995 (to 10.0.0.3)\n4190 (to 10.0.0.3)\n26\n27\n"
              "470 (to [fd00::2]:465)\n110\n");
}

TEST(PublishedPorts, KnowTheAddressTheyLeadTo)
{
    const auto all = published_by_rules(kRules);
    EXPECT_EQ(all.front().host, IpAddress::v4(172, 17, 0, 2));
    EXPECT_EQ(all[8].host, IpAddress::parse("fd00::2"));
    EXPECT_FALSE(all[6].host);
}

TEST(PublishedPorts, AreReadFromDockersProxies)
{
    const auto one = published_by_process({"/usr/bin/docker-proxy", "-proto", "tcp", "-host-ip",
                                           "0.0.0.0", "-host-port", "993", "-container-ip",
                                           "172.18.0.5", "-container-port", "993"});
    ASSERT_TRUE(one);
    EXPECT_EQ(to_string({*one}), "993 (to 172.18.0.5:993)");
    EXPECT_FALSE(
        published_by_process({"/usr/bin/docker-proxy", "-proto", "udp", "-host-port", "1"}));
    EXPECT_FALSE(published_by_process({"docker-proxy", "-proto", "tcp", "-host-port"}));
    EXPECT_FALSE(published_by_process({"/bin/sh", "-proto", "tcp", "-host-port", "25"}));
    EXPECT_FALSE(published_by_process({}));
}

TEST(PublishedPorts, OfMailAreThoseThatBansClose)
{
    const auto all = published_by_rules(kRules);
    EXPECT_EQ(to_string(published_mail(all, {false, {25, 500}})),
              "25 (to 172.17.0.2:2525), 465-587 (to 172.17.0.2)");
    EXPECT_EQ(published_mail(all, {true, {}}).size(), all.size());
    EXPECT_TRUE(published_mail(all, {false, {22}}).empty());
}

TEST(PublishedPorts, AreReadFromAnyText)
{
    for (const auto* text : {"dnat", "dnat to", "dport dnat to", "tcp dport dnat to 1.2.3.4",
                             "tcp dport { dnat to 1.2.3.4", "tcp dport map dnat to x",
                             "tcp dport 0 dnat to 1.2.3.4", "tcp dport 70000 dnat to 1.2.3.4",
                             "tcp dport 9-3 dnat to 1.2.3.4", "tcp dport {,,} dnat to [1"})
        EXPECT_TRUE(published_by_rules(text).empty()) << text;
}

}  // namespace
}  // namespace mailban::published_test
