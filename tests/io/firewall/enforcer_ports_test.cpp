// Bans that close other ports, through an enforcer.
#include "io/firewall/an_enforcer.h"

#include <gmock/gmock.h>

namespace mailban::io::enforcer_ports_test {
namespace {

using namespace std::chrono_literals;
using test::operator""_p;
using ::testing::ElementsAre;
using ::testing::SizeIs;

TEST_F(AnEnforcer, ClosesMorePortsWithoutOpeningAny)
{
    ports_ = PortGroups(PortSet{false, {25, 465}}, {});
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {now_ + 1h, 1});
    start();
    EXPECT_EQ(fake_.held.at("192.0.2.7"_p), WantedBan(now_ + 1h, 1));
    enforcer_->set("192.0.2.7"_p, {now_ + 1h, 0});
    ASSERT_TRUE(settle());
    ASSERT_THAT(fake_.plans, SizeIs(3));
    EXPECT_EQ(fake_.plans[1], (Plan{{Change::Kind::add, "192.0.2.7"_p, now_ + 1h, 0}}));
    EXPECT_EQ(fake_.plans[2], (Plan{{Change::Kind::remove, "192.0.2.7"_p, {}, 1}}));
    EXPECT_THAT(cut_, ElementsAre("192.0.2.7"_p, "192.0.2.7"_p));
}

TEST_F(AnEnforcer, KeepsAllInOneGroupWhereTheFirewallKnowsNoMore)
{
    ports_ = PortGroups(PortSet{false, {25, 465}}, {});
    fake_.tells_ports_apart = false;
    make(kQuick);
    enforcer_->set("192.0.2.7"_p, {now_ + 1h, 1});
    start();
    EXPECT_EQ(fake_.held.at("192.0.2.7"_p), WantedBan(now_ + 1h, 0));
}

}  // namespace

}  // namespace mailban::io::enforcer_ports_test
