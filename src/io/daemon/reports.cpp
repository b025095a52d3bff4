#include "io/daemon/reports.h"

#include "mailban/control/health.h"
#include "mailban/engine/client_status.h"
#include "mailban/plural.h"

#include <unistd.h>

#include <algorithm>
#include <iterator>
#include <utility>

namespace mailban::io {

namespace {

constexpr std::size_t kEvidence = 50;
constexpr std::size_t kHistory = 20;
constexpr std::size_t kLogins = 50;
constexpr std::size_t kMostWarnings = 200;
constexpr std::size_t kMostBreaches = 5;
constexpr std::size_t kDayLength = 10;  // of "2026-12-06"

}  // namespace

StatusReport Reports::status(Timestamp now) const
{
    StatusReport report;
    report.version = rooms_.version;
    report.pid = static_cast<std::uint32_t>(::getpid());
    report.started = rooms_.started;
    report.config = rooms_.config_file.path();
    report.configuration = rooms_.config_file.report();
    report.sources = rooms_.logs.sources().reports();
    report.firewall = firewall();
    report.control = rooms_.control.report();
    report.policy = rooms_.door.report();
    report.state = rooms_.state.report();
    add_counters(report);
    add_judgement(report, now);
    add_breaches(report, now);
    report.troubles = troubles(report.sources, now);
    report.health = judge_health(report, rooms_.intake.engine().zone());
    report.warnings = warnings(report.sources, now);
    return report;
}

void Reports::add_counters(StatusReport& report) const
{
    const Engine& engine = rooms_.intake.engine();
    const auto& counters = engine.counters();
    report.active_bans = engine.ledger().bans().size();
    report.bans_made = counters.bans;
    report.observed_bans = counters.observed_bans;
    report.tracked = engine.detector().tracked();
    report.evicted = engine.detector().evicted();
    if (const Trust* trust = engine.judge().trust()) report.forgotten_logins = trust->forgotten();
    report.displaced = counters.displaced;
    report.merged = counters.merged;
    report.repeated = counters.repeated;
    report.trusted = counters.trusted;
    report.implausible_timestamps = counters.implausible_timestamps;
    report.deferred_bans = counters.deferred_bans;
    report.skipped_subnet_bans = counters.skipped_subnet_bans;
    report.stale_passwords = counters.stale_passwords;
    report.hijacked_accounts = counters.hijacked_accounts;
    report.shared_addresses = counters.shared_addresses;
    report.storms = counters.storms;
    for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
        const auto name = to_string(static_cast<EventKind>(kind));
        report.events.emplace_back(std::string(name), counters.events[kind]);
        for (std::size_t server = 0; server < kMailServers; ++server) {
            const auto count = counters.by_server[kind][server];
            if (count > 0)
                report.events_by_server.push_back(
                    {std::string(name), std::string(to_string(static_cast<MailServer>(server))),
                     count});
        }
    }
    for (const auto& [name, count] : counters.bans_by_rule)
        report.bans_by_rule.push_back(
            {std::string(kBanOriginNames.of(name.first)), name.second, count});
    for (std::size_t origin = 0; origin < kBanOrigins; ++origin) {
        const auto each = static_cast<BanOrigin>(origin);
        report.bans_by_origin.push_back(
            {std::string(kBanOriginNames.of(each)), {}, engine.ledger().count(each)});
    }
}

void Reports::add_judgement(StatusReport& report, Timestamp now) const
{
    const Judge& judge = rooms_.intake.engine().judge();
    const Learning& learning = judge.learning();
    if (!learning.is_over(now))
        report.learning = LearningReport{learning.seen(), learning.needed()};
    if (const Storm* storm = judge.storm())
        report.storm = StormReport{*storm->since(), storm->text()};
}

FirewallReport Reports::firewall() const
{
    FirewallReport report = rooms_.firewall.report();
    if (rooms_.is_started || report.state != FirewallState::ok) return report;
    report.state = FirewallState::starting;
    const bool is_restoring = rooms_.firewall.phase() == FirewallSwitch::Phase::starting;
    report.reason = is_restoring ? "restoring bans" : "bans stand; stored events are being read";
    report.since = rooms_.started;
    return report;
}

BreachReport Reports::report_of(const Breach& breach, Timestamp now) const
{
    BreachReport report;
    report.prefix = breach.prefix.to_string();
    report.address = breach.ip.to_string();
    report.since = breach.since;
    report.attempts = breach.attempts;
    report.first = breach.first;
    report.last = breach.last;
    report.log = rooms_.source_names.name_of(breach.source);
    report.server = to_string(breach.server);
    report.service = to_string(breach.service);
    report.port = breach.port;
    report.cause = to_string(breach.cause);
    report.text = to_string(breach, now);
    return report;
}

void Reports::add_breaches(StatusReport& report, Timestamp now) const
{
    const Breaches& breaches = rooms_.intake.engine().breaches();
    report.breached_bans = breaches.size();
    report.breach_attempts = breaches.attempts();
    for (const Breach& breach : breaches.worst(kMostBreaches))
        report.breaches.push_back(report_of(breach, now));
}

TroubleReport Reports::troubles(const std::vector<SourceReport>& sources, Timestamp now) const
{
    TroubleReport troubles;
    troubles.forward = rooms_.forwarding.problem();
    if (const Outage* outage = rooms_.intake.engine().judge().outage())
        troubles.outage = "outage of the password service: " + outage->cause();
    troubles.silent = rooms_.logs.sources().silent(now);
    troubles.hooks = rooms_.hooks.problems();
    troubles.policy = rooms_.door.problems();
    if (!rooms_.state.problem().empty()) troubles.state.push_back(rooms_.state.problem());
    if (!rooms_.state.damage().empty()) troubles.state.push_back(rooms_.state.damage());
    if (auto small = rooms_.state.size_warning(); !small.empty())
        troubles.state.push_back(std::move(small));
    if (judge_sight(sources) == Sight::blind) troubles.advice = blind_advice_;
    return troubles;
}

namespace {

void add_warnings_of(const SourceReport& source, std::vector<std::string>& warnings)
{
    // What is merely not there is judged with everything else: see health.
    if (source.is_unreadable) warnings.push_back(source.file + ": " + source.problem);
    if (!source.note.empty()) warnings.push_back(source.file + ": " + source.note);
    if (source.oversized > 0) {
        warnings.push_back(source.file + ": " + plural(source.oversized, "line", "lines") +
                           " over 64 KiB " + (source.oversized == 1 ? "was" : "were") + " skipped");
    }
    for (const auto& concern : source.concerns)
        warnings.push_back(source.file + ": " + to_string(concern));
}

// What there is nothing to say of is empty.
void add(std::string text, std::vector<std::string>& warnings)
{
    if (!text.empty()) warnings.push_back(std::move(text));
}

void add_all(std::vector<std::string> texts, std::vector<std::string>& warnings)
{
    std::move(texts.begin(), texts.end(), std::back_inserter(warnings));
}

}  // namespace

std::vector<std::string> Reports::warnings(const std::vector<SourceReport>& sources,
                                           Timestamp now) const
{
    std::vector<std::string> warnings = rooms_.intake.engine().warnings();
    add_all(rooms_.config.warnings, warnings);
    const auto& wanted = rooms_.config.firewall;
    if (wanted.backend == Backend::dry_run && wanted.watch_until && *wanted.watch_until <= now)
        warnings.push_back("the days of watching ended on " +
                           format_timestamp(*wanted.watch_until).substr(0, kDayLength) +
                           ", and bans are still only logged; look at `mailban report` and "
                           "`mailban tune`, then `mailban setup --enforce` switches them on");
    for (const auto& source : sources)
        add_warnings_of(source, warnings);
    // Where other logs were found, none may be missing; `check` says it then.
    if (sources.empty()) add_all(rooms_.logs.found().remarks, warnings);
    add(rooms_.logs.sources().watching_problem(), warnings);
    add_all(rooms_.trusted.warnings(), warnings);
    add_all(rooms_.logs.sources().silent(now), warnings);
    add_all(rooms_.control.problems(), warnings);
    add_all(rooms_.hooks.problems(), warnings);
    add(rooms_.state.problem(), warnings);
    add(rooms_.state.damage(), warnings);
    add(rooms_.forwarding.problem(), warnings);
    if (const auto firewall = rooms_.firewall.report(); firewall.not_enforceable > 0)
        warnings.push_back(plural(firewall.not_enforceable, "IPv6 ban", "IPv6 bans") +
                           " cannot be enforced: " + firewall.why_not);
    add(rooms_.state.size_warning(), warnings);
    if (rooms_.state.recorder().dropped() > 0) {
        warnings.push_back(plural(rooms_.state.recorder().dropped(), "event", "events") +
                           " could not be stored");
    }
    if (warnings.size() > kMostWarnings) {
        const auto left_out = warnings.size() - kMostWarnings;
        warnings.resize(kMostWarnings);
        warnings.push_back("and " + plural(left_out, "more warning", "more warnings"));
    }
    return warnings;
}

ShowReport Reports::show(const IpAddress& ip, Timestamp now) const
{
    ShowReport report = client_status(rooms_.intake.engine(), ip, now);
    report.is_dry_run = rooms_.config.firewall.backend == Backend::dry_run;
    if (report.ban) {
        const Breach* const breach = rooms_.intake.engine().breaches().find(report.ban->prefix);
        if (breach != nullptr && breach->attempts > 0) report.breach = report_of(*breach, now);
    }
    // Where the disk takes its time, nobody waits for what is being written.
    const bool is_well = rooms_.state.problem().empty();
    Store* const store = is_well ? rooms_.state.store() : rooms_.state.store_at_rest();
    if (store != nullptr) add_stored(report, ip, *store);
    return report;
}

void Reports::add_stored(ShowReport& report, const IpAddress& ip, Store& store) const
{
    if (auto events = store.events_of(ip, kEvidence)) {
        for (auto& stored : *events)
            report.evidence.push_back(
                {std::move(stored.event), stored.counted, std::move(stored.source)});
    }
    if (auto past = store.bans_of(ip, kHistory)) {
        for (auto& [ban, ended, why] : *past)
            report.history.push_back({std::move(ban), ended, why});
    }
    if (!rooms_.config.judgement.trust) return;
    const auto client = rooms_.intake.engine().offender_prefix(ip).base();
    if (auto logins = store.logins_of(client, kLogins)) report.logins = std::move(*logins);
}

}  // namespace mailban::io
