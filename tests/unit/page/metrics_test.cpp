// The daemon's state as Prometheus reads it:
// https://prometheus.io/docs/instrumenting/exposition_formats/
#include "mailban/page/metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>
#include <sstream>

namespace mailban::metrics_test {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

StatusReport status_for_metrics()
{
    StatusReport report;
    report.version = "1.0";
    report.started = Timestamp(std::chrono::seconds(1'800'000'000));
    report.bans_by_origin = {{"rule", "", 3}, {"manual", "", 0}};
    report.bans_by_rule = {{"rule", "spraying", 4}};
    report.events_by_server = {{"auth_failure", "dovecot", 7}, {"auth_success", "exim", 2}};
    SourceReport log;
    log.file = "/var/log/\"odd\"\\\nname";
    log.lines = 12;
    log.lag = std::chrono::milliseconds(1500);
    report.sources = {log, SourceReport{}};
    report.firewall.backend = "nftables";
    report.firewall.state = FirewallState::ok;
    report.firewall.dropped = FirewallDrops{17, 1020};
    report.health.grade = HealthGrade::warning;
    PolicyServerReport dovecot;
    dovecot.server = "dovecot";
    dovecot.denied = 5;
    dovecot.late = 3;
    dovecot.latencies.note(std::chrono::nanoseconds(1500));
    dovecot.latencies.note(std::chrono::microseconds(80));
    dovecot.latencies.note(std::chrono::seconds(2));
    report.policy.servers = {dovecot};
    return report;
}

TEST(Metrics, SayWhatTheReportSays)
{
    const std::string text = metrics_text(status_for_metrics());
    for (const char* const line :
         {"mailban_info{version=\"1.0\"} 1\n", "mailban_health 1\n",
          "mailban_active_bans{origin=\"rule\"} 3\n", "mailban_active_bans{origin=\"manual\"} 0\n",
          "mailban_bans_total{origin=\"rule\",rule=\"spraying\"} 4\n",
          "mailban_events_total{kind=\"auth_failure\",server=\"dovecot\"} 7\n",
          "mailban_start_time_seconds 1800000000.000000\n",
          "mailban_firewall_ok{backend=\"nftables\"} 1\n",
          "mailban_firewall_dropped_packets_total 17\n",
          "mailban_firewall_dropped_bytes_total 1020\n",
          "mailban_policy_late_total{server=\"dovecot\"} 3\n",
          "mailban_policy_answers_total{server=\"dovecot\",verdict=\"deny\"} 5\n",
          "mailban_log_lag_seconds{log=\"/var/log/\\\"odd\\\"\\\\\\nname\"} 1.500000\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, SayNothingOfDropsWhereTheFirewallDoesNotCount)
{
    StatusReport report = status_for_metrics();
    report.firewall.dropped.reset();
    EXPECT_THAT(metrics_text(report), Not(HasSubstr("\nmailban_firewall_dropped")));
}

TEST(Metrics, CountLatenciesInBucketsThatHoldTheSmallerOnes)
{
    const std::string text = metrics_text(status_for_metrics());
    const std::string name = "mailban_policy_answer_seconds";
    for (const std::string& line :
         {name + "_bucket{server=\"dovecot\",le=\"0.000005\"} 1\n",
          name + "_bucket{server=\"dovecot\",le=\"0.000050\"} 1\n",
          name + "_bucket{server=\"dovecot\",le=\"0.000100\"} 2\n",
          name + "_bucket{server=\"dovecot\",le=\"0.050000\"} 2\n",
          name + "_bucket{server=\"dovecot\",le=\"+Inf\"} 3\n",
          name + "_sum{server=\"dovecot\"} 2.000081\n", name + "_count{server=\"dovecot\"} 3\n"})
        EXPECT_THAT(text, HasSubstr(line));
}

TEST(Metrics, DescribeEachMetricOnceBeforeItsSamples)
{
    std::istringstream lines(metrics_text(status_for_metrics()));
    std::set<std::string> described;
    std::string current;
    for (std::string line; std::getline(lines, line);) {
        ASSERT_FALSE(line.empty());
        std::istringstream words(line);
        std::string first;
        std::string second;
        std::string name;
        words >> first;
        if (first == "#") {
            words >> second >> name;
            if (second == "HELP") {
                EXPECT_TRUE(described.insert(name).second) << name;
            }
            if (second == "TYPE") {
                EXPECT_EQ(name, current);
            }
            current = name;
            continue;
        }
        name = first.substr(0, first.find('{'));
        for (const std::string part : {"_bucket", "_sum", "_count"})
            if (name == current + part) name = current;
        EXPECT_EQ(name, current) << line;
        EXPECT_EQ(name.rfind("mailban_", 0), 0U);
    }
    EXPECT_GT(described.size(), 20U);
}

}  // namespace
}  // namespace mailban::metrics_test
