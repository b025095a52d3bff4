#include "mailban/control/report_filter.h"

#include <gtest/gtest.h>

#include <optional>
#include <string>
#include <utility>

namespace mailban::report_filter_test {
namespace {

Event event_of(const char* ip, std::optional<std::string> account)
{
    Event event;
    event.ip = *IpAddress::parse(ip);
    event.account = std::move(account);
    return event;
}

Ban ban_of(const char* prefix, const char* rule)
{
    Ban ban;
    ban.prefix = *Prefix::parse(prefix);
    ban.rule = rule;
    return ban;
}

TEST(AReportFilter, WantsAllWhereNothingIsAsked)
{
    const ReportFilter filter("", "");
    EXPECT_FALSE(filter.is_set());
    EXPECT_TRUE(filter.wants(event_of("192.0.2.1", std::nullopt)));
    EXPECT_TRUE(filter.wants(ban_of("192.0.2.1/32", "slow")));
}

TEST(AReportFilter, WantsTheEventsOfAnAccountAndTheBansOfWhoTriedIt)
{
    ReportFilter filter("Bob@Example.com", "");
    EXPECT_TRUE(filter.is_set());
    filter.note(event_of("192.0.2.1", "bob@example.COM"));
    filter.note(event_of("192.0.2.9", "anna@example.com"));
    filter.note(event_of("2001:db8:1:2::5", "bob@example.com"));
    EXPECT_TRUE(filter.wants(event_of("203.0.113.1", "bob@example.com")));
    EXPECT_FALSE(filter.wants(event_of("192.0.2.1", "bob")));
    EXPECT_FALSE(filter.wants(event_of("192.0.2.1", std::nullopt)));
    EXPECT_TRUE(filter.wants(ban_of("192.0.2.1/32", "slow")));
    EXPECT_TRUE(filter.wants(ban_of("192.0.2.0/24", "hopping")));
    EXPECT_TRUE(filter.wants(ban_of("2001:db8:1:2::/64", "slow")));
    EXPECT_FALSE(filter.wants(ban_of("192.0.2.9/32", "slow")));
    EXPECT_FALSE(filter.wants(ban_of("192.0.2.0/32", "slow")));
    EXPECT_FALSE(filter.wants(ban_of("2001:db8:1:3::/64", "slow")));
}

TEST(AReportFilter, WantsTheBansOfARuleAndTheEventsOfWhomItBanned)
{
    ReportFilter filter("", "hopping");
    filter.note(ban_of("192.0.2.0/24", "hopping"));
    filter.note(ban_of("198.51.100.1/32", "slow"));
    EXPECT_TRUE(filter.wants(event_of("192.0.2.77", std::nullopt)));
    EXPECT_FALSE(filter.wants(event_of("198.51.100.1", "bob")));
    EXPECT_TRUE(filter.wants(ban_of("203.0.113.0/24", "hopping")));
    EXPECT_FALSE(filter.wants(ban_of("192.0.2.0/24", "slow")));
}

TEST(AReportFilter, WantsOfBothOnlyWhatBelongsToBoth)
{
    ReportFilter filter("bob", "slow");
    filter.note(ban_of("192.0.2.1/32", "slow"));
    filter.note(ban_of("192.0.2.2/32", "slow"));
    filter.note(event_of("192.0.2.1", "bob"));
    filter.note(event_of("192.0.2.2", "anna"));
    filter.note(event_of("192.0.2.3", "bob"));
    EXPECT_TRUE(filter.wants(event_of("192.0.2.1", "bob")));
    EXPECT_FALSE(filter.wants(event_of("192.0.2.3", "bob")));
    EXPECT_TRUE(filter.wants(ban_of("192.0.2.1/32", "slow")));
    EXPECT_FALSE(filter.wants(ban_of("192.0.2.2/32", "slow")));
    EXPECT_FALSE(filter.wants(ban_of("192.0.2.1/32", "fast")));
}

}  // namespace
}  // namespace mailban::report_filter_test
