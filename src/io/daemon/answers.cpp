// What the daemon says over its control socket.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"
#include "mailban/engine/change_report.h"
#include "mailban/engine/standing.h"
#include "mailban/plural.h"
#include "mailban/words.h"

#include <unistd.h>

namespace mailban::io {

namespace {

constexpr std::size_t kEvidence = 50;
constexpr std::size_t kHistory = 20;
constexpr std::size_t kLogins = 50;
constexpr std::size_t kMostWarnings = 200;

}  // namespace

std::string Daemon::answer(const Request& request, Right right)
{
    if (right_needed(request.verb) == Right::change && right != Right::change) {
        const auto& admins = config_.control.admins;
        return reply_failed("'" + std::string(to_string(request.verb)) + "' is for root" +
                            (admins.empty() ? std::string("; to let others do it, name a group in "
                                                          "control.admins")
                                            : " and members of the group " + admins));
    }
    // Whoever was answered finds in the database what the answer tells of.
    if (request.verb == Verb::status || request.verb == Verb::show) commit();
    switch (request.verb) {
    case Verb::status: return answer_status(request.page);
    case Verb::show: return reply_with(show_report(request.prefix.base()));
    case Verb::bans: {
        const auto page = page_of(engine_->ledger(), request.page);
        return page ? reply_with(*page, is_dry_run()) : reply_failed(page.error().message);
    }
    case Verb::allowed: return answer_allowed(request.page);
    case Verb::ban:
    case Verb::unban:
    case Verb::allow:
    case Verb::disallow:
    case Verb::unban_all:
    case Verb::reload:
    case Verb::firewall_remove: break;
    }
    if (request.verb == Verb::reload) return answer_reload();
    if (request.verb == Verb::firewall_remove) return answer_firewall_remove();
    if (request.verb == Verb::unban_all) return answer_unban_all(request);
    if (request.verb == Verb::unban) return answer_unban(request);
    if (request.verb == Verb::allow || request.verb == Verb::disallow) return answer_allow(request);
    return answer_ban(request);
}

std::string Daemon::answer_firewall_remove()
{
    if (!withdrawal_ || withdrawal_->is_done) asio::co_spawn(context_, withdraw_firewall(), kOrEnd);
    return reply_done("all bans are being removed from the firewall", {});
}

bool Daemon::is_dry_run() const
{
    return config_.firewall.backend == Backend::dry_run;
}

std::string Daemon::answer_ban(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const auto effects = engine_->ban(prefix_meant(request, *engine_), request.length,
                                      request.reason, now, request.asker);
    if (!effects) return reply_failed(effects.error().message);
    perform(*effects);
    commit();
    auto report = ban_report(request, *effects, *engine_, now);
    if (is_dry_run()) report.message += "; DRY RUN: bans are not enforced";
    return reply_with(report);
}

std::string Daemon::answer_unban(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const auto record = request.keeps_record ? OwnRecord::kept : OwnRecord::cleared;
    const auto done =
        engine_->unban(prefix_meant(request, *engine_), now, record, request.asker, kMostEnds);
    // What a further page was to lift may have ended meanwhile.
    if (!done && !request.page.after.empty()) return reply_with(ChangeReport{});
    if (!done) return reply_failed(done.error().message);
    perform(done->effects);
    commit();
    return reply_with(unban_report(request, *done, *engine_));
}

// A page of the bans at a time, as they are listed.
std::string Daemon::answer_unban_all(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const auto page = page_of(engine_->ledger(), request.page);
    if (!page) return reply_failed(page.error().message);
    const auto record = request.keeps_record ? OwnRecord::kept : OwnRecord::cleared;
    const Effects effects = engine_->unban_each(page->rows, now, record, request.asker);
    perform(effects);
    commit();
    return reply_with(unban_all_report(effects, page->next));
}

std::string Daemon::answer_reload()
{
    const auto done = reload();
    if (!done) return reply_failed(done.error().message);
    return reply_done(*done, {});
}

FirewallReport Daemon::firewall_report() const
{
    const EnforcerStatus status = enforcer_->status();
    FirewallReport report;
    // Until one is found, what is looked for.
    report.backend = status.backend.empty() ? to_string(config_.firewall.backend) : status.backend;
    report.state = status.degraded ? "degraded" : "ok";
    report.reason = status.reason;
    report.since = status.since;
    report.held = status.held;
    report.pending = status.pending;
    report.applied = status.applied;
    report.failed = status.failed;
    report.cut = status.cut;
    report.not_enforceable = status.not_enforceable;
    report.why_not = status.why_not;
    report.is_dry_run = is_dry_run();
    if (!is_started_ && !status.degraded) {
        report.state = "starting";
        report.reason = "restoring bans";
        report.since = started_;
    }
    if (!withdrawal_) return report;
    report.state = withdrawal_->is_done ? "removed" : "removing";
    report.reason =
        "removed by `mailban firewall remove`; bans are not enforced until `mailban reload`";
    if (!withdrawal_->problem.empty()) {
        report.state = "degraded";
        report.reason = "cannot be removed: " + withdrawal_->problem + "; bans are not enforced";
    }
    report.since = withdrawal_->since;
    report.held = 0;
    report.pending = 0;
    return report;
}

std::vector<std::string> Daemon::warnings(const std::vector<SourceReport>& sources) const
{
    std::vector<std::string> warnings = engine_->warnings();
    warnings.insert(warnings.end(), config_.warnings.begin(), config_.warnings.end());
    for (const auto& source : sources) {
        // What is merely not there is judged with everything else: see health.
        if (source.is_unreadable) warnings.push_back(source.file + ": " + source.problem);
        if (!source.note.empty()) warnings.push_back(source.file + ": " + source.note);
        if (source.oversized > 0) {
            warnings.push_back(source.file + ": " + plural(source.oversized, "line", "lines") +
                               " over 64 KiB " + (source.oversized == 1 ? "was" : "were") +
                               " skipped");
        }
        for (const auto& concern : source.concerns)
            warnings.push_back(source.file + ": " + to_string(concern));
    }
    // Where other logs were found, none may be missing; `check` says it then.
    if (sources.empty())
        warnings.insert(warnings.end(), found_.remarks.begin(), found_.remarks.end());
    if (auto problem = sources_->watching_problem(); !problem.empty())
        warnings.push_back(std::move(problem));
    for (auto& warning : allow_warnings())
        warnings.push_back(std::move(warning));
    for (auto& silence : sources_->silent(system_now()))
        warnings.push_back(std::move(silence));
    for (const auto& problem : control_.problems())
        warnings.push_back(problem);
    for (auto& problem : hooks_.problems())
        warnings.push_back(std::move(problem));
    if (!store_problem_.empty()) warnings.push_back(store_problem_);
    if (!damage_.empty()) warnings.push_back(damage_);
    if (const auto forward = forward_problem(); !forward.empty()) warnings.push_back(forward);
    if (const auto status = enforcer_->status(); status.not_enforceable > 0)
        warnings.push_back(plural(status.not_enforceable, "IPv6 ban", "IPv6 bans") +
                           " cannot be enforced: " + status.why_not);
    if (auto small = state_warning(); !small.empty()) warnings.push_back(std::move(small));
    if (recorder_->dropped() > 0) {
        warnings.push_back(plural(recorder_->dropped(), "event", "events") +
                           " could not be stored");
    }
    if (warnings.size() > kMostWarnings) {
        const auto left_out = warnings.size() - kMostWarnings;
        warnings.resize(kMostWarnings);
        warnings.push_back("and " + plural(left_out, "more warning", "more warnings"));
    }
    return warnings;
}

// Logs in pages: the others of its members are in each.
std::string Daemon::answer_status(const PageOf& wanted) const
{
    StatusReport report = status_report();
    const auto range = page_of(report.sources.size(), wanted);
    if (!range) return reply_failed(range.error().message);
    report.next = range->next;
    const auto first = report.sources.begin();
    report.sources.erase(first + static_cast<std::ptrdiff_t>(range->end), report.sources.end());
    report.sources.erase(first, first + static_cast<std::ptrdiff_t>(range->begin));
    return reply_with(report);
}

StatusReport Daemon::status_report() const
{
    const auto& counters = engine_->counters();
    StatusReport report;
    report.version = options_.version;
    report.pid = static_cast<std::uint32_t>(::getpid());
    report.started = started_;
    report.config = options_.config_path;
    report.sources = sources_->reports();
    report.firewall = firewall_report();
    report.control = control_.report();
    report.state = state_report();
    report.active_bans = engine_->ledger().bans().size();
    report.bans_made = counters.bans;
    report.tracked = engine_->detector().tracked();
    report.evicted = engine_->detector().evicted();
    if (const Trust* trust = engine_->judge().trust()) report.forgotten_logins = trust->forgotten();
    report.displaced = counters.displaced;
    report.merged = counters.merged;
    report.repeated = counters.repeated;
    report.trusted = counters.trusted;
    report.untimely = counters.untimely;
    report.held_back = counters.held_back;
    report.spared = counters.spared;
    report.stale_passwords = counters.stale_passwords;
    report.hijacked_accounts = counters.hijacked_accounts;
    for (std::size_t kind = 0; kind < kEventKinds; ++kind) {
        const auto name = to_string(static_cast<EventKind>(kind));
        report.events.emplace_back(std::string(name), counters.events[kind]);
    }
    const Timestamp now = system_now();
    report_breaches(report, now);
    report.troubles = trouble_report(report.sources, now);
    report.health = judge_health(report);
    report.warnings = warnings(report.sources);
    return report;
}

ShowReport Daemon::show_report(const IpAddress& ip)
{
    ShowReport report = standing_of(*engine_, ip, system_now());
    report.is_dry_run = is_dry_run();
    if (report.ban) {
        const Breach* const breach = engine_->breaches().find(report.ban->prefix);
        if (breach != nullptr && breach->attempts > 0)
            report.breach = report_of(*breach, system_now());
    }
    if (!store_) return report;
    if (auto events = store_->events_of(ip, kEvidence)) {
        for (auto& stored : *events)
            report.evidence.push_back(
                {std::move(stored.event), stored.counted, std::move(stored.source)});
    }
    if (auto past = store_->bans_of(ip, kHistory)) {
        for (auto& [ban, ended, why] : *past) {
            report.history.push_back({std::move(ban), ended, std::move(why)});
        }
    }
    if (!config_.judgement.trust) return report;
    const auto client = engine_->offender_prefix(ip).base();
    if (auto logins = store_->logins_of(client, kLogins)) report.logins = std::move(*logins);
    return report;
}

}  // namespace mailban::io
