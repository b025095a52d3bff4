// Whether mailban guards a machine, by its own report.
#include "mailban/control/health.h"

#include "mailban/control/report.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace mailban::health_test {
namespace {

SourceReport followed(const std::string& file, std::uint64_t known = 1)
{
    SourceReport source;
    source.file = file;
    source.present = true;
    source.caught_up = true;
    source.known = known;
    return source;
}

SourceReport absent(const std::string& file)
{
    SourceReport source;
    source.file = file;
    source.caught_up = true;
    return source;
}

SourceReport unreadable(const std::string& file)
{
    SourceReport source = absent(file);
    source.is_unreadable = true;
    source.problem = "cannot open " + file + ": Permission denied";
    return source;
}

StatusReport well()
{
    StatusReport report;
    report.firewall.backend = "nftables";
    report.firewall.state = FirewallState::ok;
    report.sources = {followed("/var/log/mail.log")};
    return report;
}

std::vector<std::string> names_of(const Health& health)
{
    std::vector<std::string> names;
    for (const auto& finding : health.findings)
        names.push_back(std::string(to_string(finding.grade)) + ' ' + finding.name);
    return names;
}

struct Case {
    const char* name = "";
    void (*spoil)(StatusReport& report) = nullptr;
    HealthGrade grade = HealthGrade::ok;
    std::vector<std::string> findings{};
};

class TheHealth : public ::testing::TestWithParam<Case> {};

TEST_P(TheHealth, IsJudgedByTheWorstOfWhatIsFound)
{
    StatusReport report = well();
    GetParam().spoil(report);
    const Health health = judge_health(report);
    EXPECT_EQ(health.grade, GetParam().grade);
    EXPECT_EQ(names_of(health), GetParam().findings);
}

const std::vector<Case> kCases{
    {"well", [](StatusReport&) {}, HealthGrade::ok, {}},
    {"degraded",
     [](StatusReport& report) { report.firewall.state = FirewallState::degraded; },
     HealthGrade::critical,
     {"CRITICAL firewall"}},
    {"removed",
     [](StatusReport& report) { report.firewall.state = FirewallState::removed; },
     HealthGrade::critical,
     {"CRITICAL firewall"}},
    {"dry_run",
     [](StatusReport& report) { report.firewall.backend = "dry-run"; },
     HealthGrade::warning,
     {"WARNING dry_run"}},
    {"no_source",
     [](StatusReport& report) { report.sources.clear(); },
     HealthGrade::critical,
     {"CRITICAL blind"}},
    {"no_log_exists",
     [](StatusReport& report) {
         report.sources = {absent("/var/log/mail.log"), absent("/var/log/maillog")};
         report.sources[0].found = report.sources[1].found = true;
     },
     HealthGrade::critical,
     {"CRITICAL blind"}},
    {"no_own_log_exists",
     [](StatusReport& report) {
         report.sources = {absent("/a"), absent("/b")};
     },
     HealthGrade::critical,
     {"CRITICAL blind"}},
    {"other_lines_alone",
     [](StatusReport& report) {
         report.sources = {followed("/var/log/syslog", 0)};
         report.sources[0].lines = 500;
     },
     HealthGrade::critical,
     {"CRITICAL blind"}},
    {"new_and_empty",
     [](StatusReport& report) {
         report.sources = {followed("/var/log/mail.log", 0)};
         report.sources[0].is_new = true;
     },
     HealthGrade::ok,
     {}},
    {"quiet_since_the_start",
     [](StatusReport& report) {
         report.sources = {followed("/var/log/mail.log", 0)};
         report.sources[0].had_known = true;
     },
     HealthGrade::ok,
     {}},
    {"still_opening",
     [](StatusReport& report) {
         report.sources = {absent("/var/log/mail.log")};
         report.sources[0].caught_up = false;
     },
     HealthGrade::ok,
     {}},
    {"still_starting",
     [](StatusReport& report) {
         report.sources.clear();
         report.firewall.state = FirewallState::starting;
     },
     HealthGrade::ok,
     {}},
    {"own_one_is_missing",
     [](StatusReport& report) { report.sources.push_back(absent("/var/log/exim/main.log")); },
     HealthGrade::warning,
     {"WARNING missing"}},
    {"pattern_without_log",
     [](StatusReport& report) {
         report.sources.push_back(absent("/srv/*/mail.log"));
         report.sources.back().is_pattern = true;
     },
     HealthGrade::warning,
     {"WARNING missing"}},
    {"one_that_auto_looks_for_is_missing",
     [](StatusReport& report) {
         report.sources.push_back(absent("/var/log/exim/main.log"));
         report.sources.back().found = true;
     },
     HealthGrade::ok,
     {}},
    {"own_one_is_unreadable",
     [](StatusReport& report) { report.sources.push_back(unreadable("/srv/mail.log")); },
     HealthGrade::critical,
     {"CRITICAL unreadable"}},
    {"found_one_is_unreadable",
     [](StatusReport& report) {
         report.sources.push_back(unreadable("/var/log/maillog"));
         report.sources.back().found = true;
     },
     HealthGrade::warning,
     {"WARNING unreadable"}},
    {"silent",
     [](StatusReport& report) { report.troubles.silent = {"mail.log: no line"}; },
     HealthGrade::warning,
     {"WARNING silent"}},
    {"hook",
     [](StatusReport& report) { report.troubles.hooks = {"notify: ended with 1"}; },
     HealthGrade::warning,
     {"WARNING hook"}},
    {"state",
     [](StatusReport& report) { report.troubles.state = {"disk is full"}; },
     HealthGrade::warning,
     {"WARNING state"}},
    {"outage",
     [](StatusReport& report) { report.troubles.outage = "outage"; },
     HealthGrade::warning,
     {"WARNING outage"}},
    {"forward",
     [](StatusReport& report) { report.troubles.forward = "ports are handed on"; },
     HealthGrade::warning,
     {"WARNING forward"}},
    {"configuration",
     [](StatusReport& report) { report.configuration.problem = "mailban.yaml:3"; },
     HealthGrade::warning,
     {"WARNING configuration"}},
    {"ineffective",
     [](StatusReport& report) {
         report.breached_bans = 2;
         report.breaches = {BreachReport{}};
     },
     HealthGrade::warning,
     {"WARNING ineffective"}},
    {"all_clients_are_trusted",
     [](StatusReport& report) {
         report.trusted = 40;
         report.events = {{"auth_failure", 41}};
     },
     HealthGrade::warning,
     {"WARNING hidden_clients"}},
    {"some_clients_are_trusted",
     [](StatusReport& report) {
         report.trusted = 40;
         report.events = {{"auth_failure", 400}};
     },
     HealthGrade::ok,
     {}},
    {"the_worst_first",
     [](StatusReport& report) {
         report.troubles.hooks = {"notify: ended with 1"};
         report.sources.clear();
     },
     HealthGrade::critical,
     {"CRITICAL blind", "WARNING hook"}},
};

INSTANTIATE_TEST_SUITE_P(Table, TheHealth, ::testing::ValuesIn(kCases),
                         [](const auto& one) { return one.param.name; });

TEST(WhyBlind, SaysWhichLogsAreThereAndWhichAreNot)
{
    EXPECT_EQ(why_blind({}), "there is no log to follow");
    EXPECT_EQ(why_blind({absent("/a")}), "the only log, /a, does not exist");
    EXPECT_EQ(why_blind({absent("/a"), absent("/b")}), "none of the 2 logs exists");
    EXPECT_EQ(why_blind({unreadable("/a"), followed("/b", 0), absent("/c")}),
              "/a cannot be read; no line of a mail server that mailban knows is in /b; "
              "1 log does not exist");
}

TEST(ALag, IsTheLongestOfAllLogs)
{
    StatusReport report = well();
    report.sources.push_back(followed("/b"));
    report.sources[0].lag = std::chrono::seconds(2);
    report.sources[1].lag = std::chrono::seconds(5);
    EXPECT_EQ(judge_health(report).lag, Duration(std::chrono::seconds(5)));
}

TEST(TheSummary, IsBounded)
{
    Health health;
    for (int count = 0; count < 10; ++count)
        health.findings.push_back({HealthGrade::warning, "hook", std::string(50, 'x')});
    const auto text = summary_of(health, 120);
    EXPECT_TRUE(text.ends_with("; and 8 more")) << text;
}

}  // namespace
}  // namespace mailban::health_test
