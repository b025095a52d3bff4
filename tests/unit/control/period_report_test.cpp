#include "mailban/control/period_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace mailban::period_report_test {
namespace {

using namespace std::chrono_literals;
using nlohmann::json;

const Timestamp kSince = std::chrono::sys_days(std::chrono::year(2026) / 11 / 1);
const Timestamp kUntil = kSince + 24h;

Event event(EventKind kind, const char* ip, const char* account, MailServer server)
{
    Event event;
    event.time = kSince + 90min;
    event.kind = kind;
    event.ip = *IpAddress::parse(ip);
    event.account = account;
    event.server = server;
    return event;
}

Ban ban(const char* rule, Timestamp since, BanOrigin origin = BanOrigin::rule)
{
    Ban ban;
    ban.prefix = *Prefix::parse("192.0.2.7");
    ban.since = since;
    ban.origin = origin;
    ban.rule = rule;
    return ban;
}

class AReportOfAPeriod : public ::testing::Test {
protected:
    PeriodSurvey survey_{kSince, kUntil, 0x5eed};
};

TEST_F(AReportOfAPeriod, CountsAttemptsAsTheDaemonDidAndLinesAsTheyStand)
{
    const auto front = event(EventKind::auth_failure, "192.0.2.7", "bob", MailServer::exim);
    const auto back = event(EventKind::auth_failure, "192.0.2.7", "bob", MailServer::dovecot);
    survey_.add(front, "/log/exim", 1);
    survey_.add(back, "/log/dovecot", 0);
    survey_.add(back, "/log/dovecot", 3);
    const auto report = survey_.report(10);
    ASSERT_EQ(report.findings.accounts.size(), 1U);
    EXPECT_EQ(report.findings.accounts[0].second.attempts, 4U);
    EXPECT_EQ(report.findings.accounts[0].second.failures, 3U);
    ASSERT_EQ(report.servers.size(), 2U);
    EXPECT_EQ(report.servers[0].name, "dovecot");
    EXPECT_EQ(report.servers[0].events, 2U);
    EXPECT_EQ(report.servers[0].attempts, 3U);
    EXPECT_EQ(report.logs[1].name, "/log/exim");
    EXPECT_EQ(report.logs[1].attempts, 1U);
    ASSERT_EQ(report.findings.hours.size(), 1U);
    EXPECT_EQ(report.findings.hours[0].time, kSince + 1h);
}

TEST_F(AReportOfAPeriod, TellsBansThatWereMadeInItFromThoseThatStand)
{
    survey_.add(ban("guessing", kSince - 1h), true);
    survey_.add(ban("guessing", kSince), false);
    survey_.add(ban("guessing", kSince + 2h), true);
    survey_.add(ban("slow", kSince + 2h), false);
    survey_.add(ban("any", kSince + 3h, BanOrigin::manual), true);
    const auto report = survey_.report(10);
    EXPECT_EQ(report.bans, 4U);
    EXPECT_EQ(report.active, 3U);
    ASSERT_EQ(report.rules.size(), 3U);
    EXPECT_EQ(report.rules[0].rule, "guessing");
    EXPECT_EQ(report.rules[0].bans, 2U);
    EXPECT_EQ(report.rules[0].active, 2U);
    EXPECT_EQ(report.rules[1].rule, "");
    ASSERT_EQ(report.ban_hours.size(), 3U);
    EXPECT_EQ(report.ban_hours[1].attempts, 2U);
}

TEST_F(AReportOfAPeriod, CountsBansThatWereOnlyObservedApart)
{
    survey_.add(ban("strict", kSince + 1h, BanOrigin::observed), true);
    survey_.add(ban("strict", kSince + 2h), false);
    const auto report = survey_.report(10);
    EXPECT_EQ(report.bans, 1U);
    EXPECT_EQ(report.active, 0U);
    EXPECT_EQ(report.observed, 1U);
    EXPECT_EQ(report.ban_hours.size(), 1U);
    ASSERT_EQ(report.rules.size(), 2U);
    EXPECT_TRUE(report.rules[0].is_observed) << "it stands";
    EXPECT_FALSE(report.rules[1].is_observed);
}

TEST_F(AReportOfAPeriod, IsOneLineOfJsonWhateverAnAccountIsCalled)
{
    survey_.add(event(EventKind::auth_failure, "192.0.2.7", "a\n\xff\"", MailServer::exim), "/log",
                1);
    survey_.add(ban("any", kSince, BanOrigin::manual), true);
    const auto text = to_json(survey_.report(10));
    EXPECT_EQ(text.find('\n'), std::string::npos);
    const auto read = json::parse(text);
    EXPECT_EQ(read["since"], "2026-11-01T00:00:00Z");
    EXPECT_EQ(read["accounts"][0]["account"], "a\n\xef\xbf\xbd\"");
    EXPECT_EQ(read["rules"][0]["rule"], nullptr);
    EXPECT_EQ(read["logs"][0]["log"], "/log");
    EXPECT_EQ(read["kinds"]["auth_failure"]["attempts"], 1);
}

TEST_F(AReportOfAPeriod, HasSoManyRowsOfEachListAndNoMore)
{
    for (int number = 0; number < 50; ++number) {
        survey_.add(event(EventKind::auth_failure, "192.0.2.7", "bob", MailServer::exim),
                    "/log" + std::to_string(number), 1);
        survey_.add(ban(("rule" + std::to_string(number)).c_str(), kSince), false);
    }
    const auto report = survey_.report(10);
    EXPECT_EQ(report.logs.size(), 10U);
    EXPECT_EQ(report.rules.size(), 10U);
    EXPECT_EQ(report.bans, 50U);
}

}  // namespace
}  // namespace mailban::period_report_test
