#include "mailban/control/period_report.h"

#include "mailban/ascii_json.h"
#include "mailban/or_null.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include <nlohmann/json.hpp>

namespace mailban {

namespace {

using json = nlohmann::ordered_json;

json list_of(const char* what, const std::vector<EventsTotal>& totals)
{
    json list = json::array();
    for (const auto& [name, events, attempts] : totals)
        list.push_back({{what, name}, {"events", events}, {"attempts", attempts}});
    return list;
}

json list_of(const std::vector<RuleTotal>& rules)
{
    json list = json::array();
    for (const auto& [rule, bans, active, is_observed] : rules) {
        list.push_back({{"rule", rule.empty() ? json() : json(rule)},
                        {"bans", bans},
                        {"active_bans", active},
                        {"observed", is_observed}});
    }
    return list;
}

}  // namespace

PeriodSurvey::PeriodSurvey(Timestamp since, Timestamp until, std::uint64_t hash_seed)
    : survey_(hash_seed)
{
    report_.since = since;
    report_.until = until;
}

void PeriodSurvey::only(const std::string& account, const std::string& rule)
{
    report_.account = account;
    report_.rule = rule;
}

void PeriodSurvey::add(const Event& event, const std::string& log, std::uint32_t counted)
{
    survey_.add_counted(event, counted);
    const bool is_failure = event.kind == EventKind::auth_failure;
    const auto count = [&](Total& total) {
        ++total.events;
        if (is_failure) total.attempts += counted;
    };
    count(servers_[std::string(to_string(event.server))]);
    count(logs_[log]);
}

void PeriodSurvey::add(const Ban& ban, bool is_standing)
{
    const bool is_new = ban.since >= report_.since;
    const bool is_observed = ban.origin == BanOrigin::observed;
    auto& rule = rules_[{ban.origin == BanOrigin::manual ? std::string() : ban.rule, is_observed}];
    if (is_standing) ++rule.active;
    if (is_new) ++rule.bans;
    if (is_observed) {
        report_.observed += is_new ? 1 : 0;
        return;
    }
    if (is_standing) ++report_.active;
    if (!is_new) return;
    ++report_.bans;
    const auto hour = std::chrono::floor<std::chrono::hours>(ban.since).time_since_epoch().count();
    if (ban_hours_.contains(hour) || ban_hours_.size() < Survey::kMostHours) ++ban_hours_[hour];
}

std::vector<EventsTotal> PeriodSurvey::sorted(const Totals& totals, std::size_t top)
{
    std::vector<EventsTotal> list;
    for (const auto& [name, total] : totals)
        list.push_back({name, total.events, total.attempts});
    std::stable_sort(list.begin(), list.end(), [](const auto& a, const auto& b) {
        return std::tie(b.attempts, b.events) < std::tie(a.attempts, a.events);
    });
    if (list.size() > top) list.resize(top);
    return list;
}

PeriodReport PeriodSurvey::report(std::size_t top) const
{
    PeriodReport report = report_;
    report.findings = survey_.findings(top);
    report.servers = sorted(servers_, top);
    report.logs = sorted(logs_, top);
    for (const auto& [name, rule] : rules_)
        report.rules.push_back({name.first, rule.bans, rule.active, name.second});
    std::stable_sort(report.rules.begin(), report.rules.end(), [](const auto& a, const auto& b) {
        return std::tie(b.bans, b.active) < std::tie(a.bans, a.active);
    });
    if (report.rules.size() > top) report.rules.resize(top);
    for (const auto& [hour, bans] : ban_hours_)
        report.ban_hours.push_back({Timestamp(std::chrono::hours(hour)), bans});
    return report;
}

std::string subject_of(const PeriodReport& report)
{
    std::string text;
    if (!report.account.empty()) text = "account " + report.account;
    if (!report.rule.empty()) text += (text.empty() ? "rule " : ", rule ") + report.rule;
    return text;
}

std::string to_json(const PeriodReport& report)
{
    json result{{"since", format_timestamp(report.since)},
                {"until", format_timestamp(report.until)},
                {"account", or_null(report.account)},
                {"rule", or_null(report.rule)},
                {"bans", report.bans},
                {"active_bans", report.active},
                {"observed_bans", report.observed},
                {"rules", list_of(report.rules)},
                {"servers", list_of("server", report.servers)}};
    json ban_hours = json::array();
    for (const auto& [time, bans] : report.ban_hours)
        ban_hours.push_back({{"time", format_timestamp(time)}, {"bans", bans}});
    result["ban_hours"] = std::move(ban_hours);
    // What a report of the records has in common with one of old logs.
    json found = json::parse(to_json(report.findings));
    found.erase("before_since");
    found["logs"] = list_of("log", report.logs);
    result.update(found);
    return ascii_json(result);
}

}  // namespace mailban
