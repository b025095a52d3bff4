#include "mailban/control/health.h"

#include "mailban/control/report.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>
#include <chrono>
#include <utility>

namespace mailban {

namespace {

using Grade = HealthGrade;

// `auto` looks for logs that a machine may have; the administrator's own ones ought to be there.
bool is_missing(const SourceReport& source)
{
    return !source.found && !source.present && source.caught_up && !source.is_unreadable;
}

bool has_mail(const SourceReport& source)
{
    return source.known > 0 || source.had_known;
}

void add_sight(const StatusReport& report, Health& health)
{
    // Until the logs are open nobody knows.
    if (report.firewall.state == FirewallState::starting) return;
    if (judge_sight(report.sources) != Sight::blind) return;
    std::string text = "blind: " + why_blind(report.sources) + "; mailban can ban nobody";
    if (!report.troubles.advice.empty()) text += "; " + report.troubles.advice;
    health.findings.push_back({Grade::critical, "blind", std::move(text)});
}

void add_sources(const StatusReport& report, Health& health)
{
    // Where nothing is seen, that says of what is missing, too.
    const bool is_blind = judge_sight(report.sources) == Sight::blind;
    for (const auto& source : report.sources) {
        if (source.is_unreadable) {
            const Grade grade = source.found ? Grade::warning : Grade::critical;
            health.findings.push_back({grade, "unreadable", source.file + ": " + source.problem});
        } else if (is_missing(source) && !is_blind) {
            const std::string why =
                source.is_pattern ? "no log matches this pattern" : "does not exist";
            health.findings.push_back({Grade::warning, "missing", source.file + ": " + why});
        }
    }
    for (const auto& silent : report.troubles.silent)
        health.findings.push_back({Grade::warning, "silent", silent});
}

void add_firewall(const FirewallReport& firewall, Health& health)
{
    const bool is_whole =
        firewall.state == FirewallState::ok || firewall.state == FirewallState::starting;
    if (!is_whole)
        health.findings.push_back({Grade::critical, "firewall",
                                   "firewall " + firewall.backend + " " +
                                       to_string(firewall.state) + ": " + firewall.reason});
    if (firewall.backend == "dry-run")
        health.findings.push_back(
            {Grade::warning, "dry_run", "dry run: bans are not enforced (firewall.backend)"});
}

void add_breaches(const StatusReport& report, Health& health)
{
    if (report.breaches.empty()) return;
    const BreachReport& worst = report.breaches.front();
    std::string text = plural(report.breached_bans, "ban is", "bans are") +
                       " ineffective, most of all: " + worst.text + " (log " + worst.log + ")";
    health.findings.push_back({Grade::warning, "ineffective", std::move(text)});
}

// Clients that all come as the gateway of a container's network, or as a proxy that is allowed.
void add_hidden_clients(const StatusReport& report, Health& health)
{
    constexpr std::uint64_t kEnough = 20;
    std::uint64_t failures = 0;
    for (const auto& [kind, count] : report.events)
        if (kind == to_string(EventKind::auth_failure)) failures = count;
    if (report.trusted < kEnough || report.trusted * 10 < failures * 9) return;
    health.findings.push_back(
        {Grade::warning, "hidden_clients",
         std::to_string(report.trusted) +
             " events came from addresses that are never banned (own "
             "addresses, gateways, the allowlist), compared with " +
             std::to_string(failures) +
             " wrong passwords in total; a proxy or a container network may hide the clients"});
}

// The first mistake, and how many more there are.
void add_configuration(const ConfigReport& configuration, const Zone& zone, Health& health)
{
    const std::string& problem = configuration.problem;
    if (problem.empty()) return;
    std::string text = "the configuration file has an error, so the next start would fail: " +
                       problem.substr(0, problem.find('\n'));
    const auto more = static_cast<std::size_t>(std::count(problem.begin(), problem.end(), '\n'));
    if (more > 0) text += " (and " + plural(more, "more error)", "more errors)");
    if (configuration.since) text += "; since " + local_text(*configuration.since, zone);
    health.findings.push_back({Grade::warning, "configuration", std::move(text)});
}

void add_troubles(const TroubleReport& troubles, Health& health)
{
    const auto add = [&health](const char* name, const std::string& text) {
        if (!text.empty()) health.findings.push_back({Grade::warning, name, text});
    };
    add("forward", troubles.forward);
    add("outage", troubles.outage);
    for (const auto& hook : troubles.hooks)
        add("hook", hook);
    for (const auto& policy : troubles.policy)
        add("policy", policy);
    for (const auto& state : troubles.state)
        add("state", state);
}

std::vector<std::string> names_of(const std::vector<SourceReport>& sources, std::size_t most)
{
    std::vector<std::string> names;
    for (const auto& source : sources)
        if (names.size() < most) names.push_back(source.file);
    if (sources.size() > most)
        names.push_back("and " + std::to_string(sources.size() - most) + " more");
    return names;
}

std::vector<SourceReport> those(const std::vector<SourceReport>& sources,
                                bool (*is_one)(const SourceReport&))
{
    std::vector<SourceReport> chosen;
    std::copy_if(sources.begin(), sources.end(), std::back_inserter(chosen), is_one);
    return chosen;
}

}  // namespace

Sight judge_sight(const std::vector<SourceReport>& sources)
{
    if (std::any_of(sources.begin(), sources.end(), has_mail)) return Sight::sees;
    const auto is_new = [](const SourceReport& source) { return source.is_new; };
    const auto is_opening = [](const SourceReport& source) {
        return !source.caught_up && source.problem.empty();
    };
    const bool waits = std::any_of(sources.begin(), sources.end(), is_new) ||
                       std::any_of(sources.begin(), sources.end(), is_opening);
    return waits ? Sight::waits : Sight::blind;
}

std::string why_blind(const std::vector<SourceReport>& sources)
{
    constexpr std::size_t kMost = 5;
    if (sources.empty()) return "there is no log to follow";
    const auto unreadable =
        those(sources, [](const SourceReport& source) { return source.is_unreadable; });
    const auto silent = those(sources, [](const SourceReport& source) { return source.present; });
    std::vector<std::string> parts;
    if (!unreadable.empty())
        parts.push_back(joined(names_of(unreadable, kMost)) + " cannot be read");
    if (!silent.empty())
        parts.push_back("no line of a mail server that mailban knows is in " +
                        joined(names_of(silent, kMost)));
    if (unreadable.empty() && silent.empty()) {
        if (sources.size() == 1)
            return "the only log, " + sources.front().file + ", does not exist";
        return "none of the " + std::to_string(sources.size()) + " logs exists";
    }
    const std::size_t missing = sources.size() - unreadable.size() - silent.size();
    if (missing > 0) parts.push_back(plural(missing, "log does", "logs do") + " not exist");
    std::string text;
    for (const auto& part : parts)
        text += (text.empty() ? "" : "; ") + part;
    return text;
}

Health judge_health(const StatusReport& report, const Zone& zone)
{
    Health health;
    add_firewall(report.firewall, health);
    add_sight(report, health);
    add_sources(report, health);
    add_breaches(report, health);
    add_hidden_clients(report, health);
    add_configuration(report.configuration, zone, health);
    add_troubles(report.troubles, health);
    const auto is_worse = [](const HealthFinding& one, const HealthFinding& other) {
        return one.grade > other.grade;
    };
    std::stable_sort(health.findings.begin(), health.findings.end(), is_worse);
    if (!health.findings.empty()) health.grade = health.findings.front().grade;
    for (const auto& source : report.sources)
        if (source.lag) health.lag = std::max(health.lag.value_or(Duration::min()), *source.lag);
    return health;
}

bool is_for_the_log(const HealthFinding& finding) noexcept
{
    constexpr std::array<std::string_view, 6> kNames{"blind",  "unreadable",    "missing",
                                                     "silent", "configuration", "forward"};
    return is_one_of(finding.name, kNames);
}

std::string_view to_string(HealthGrade grade) noexcept
{
    static constexpr std::array<std::string_view, kHealthGrades> kNames{"OK", "WARNING", "CRITICAL",
                                                                        "UNKNOWN"};
    return kNames[static_cast<std::size_t>(grade)];
}

std::string summary_of(const Health& health, std::size_t longest)
{
    std::string text;
    for (std::size_t at = 0; at < health.findings.size(); ++at) {
        const std::string& next = health.findings[at].text;
        if (at > 0 && text.size() + next.size() > longest)
            return text + "; and " + std::to_string(health.findings.size() - at) + " more";
        text += (text.empty() ? "" : "; ") + next;
    }
    return text;
}

}  // namespace mailban
