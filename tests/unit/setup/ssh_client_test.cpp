#include "mailban/setup/ssh_client.h"

#include <gtest/gtest.h>

namespace mailban::ssh_client_test {
namespace {

TEST(TheSshClient, IsTheFirstAddressOfTheConnection)
{
    EXPECT_EQ(ssh_client("192.0.2.7 51234 198.51.100.1 22"), Prefix::parse("192.0.2.7/32"));
    EXPECT_EQ(ssh_client("2001:db8:1:2:3:4:5:6 51234 2001:db8::1 22"),
              Prefix::parse("2001:db8:1:2::/64"));
    EXPECT_EQ(ssh_client("192.0.2.7"), Prefix::parse("192.0.2.7/32"));
}

TEST(TheSshClient, IsNobodyWhomNoBanReaches)
{
    for (const auto* text : {"", "127.0.0.1 1 127.0.0.1 22", "::1 1 ::1 22", "fe80::1 1 fe80::2 22",
                             "fe80::1%eth0 1 fe80::2 22", "UNKNOWN 65535 UNKNOWN 65535", ":: 1"})
        EXPECT_EQ(ssh_client(text), std::nullopt) << text;
}

TEST(TheSshClient, IsAllowedByAPrefixAroundIt)
{
    AllowConfig allow;
    allow.prefixes = {*Prefix::parse("192.0.2.0/24")};
    EXPECT_TRUE(is_allowed(allow, *Prefix::parse("192.0.2.7")));
    EXPECT_FALSE(is_allowed(allow, *Prefix::parse("198.51.100.7")));
    EXPECT_FALSE(is_allowed(allow, *Prefix::parse("192.0.0.0/16")));
}

}  // namespace
}  // namespace mailban::ssh_client_test
