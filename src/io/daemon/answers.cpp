// What the daemon says over its control socket.
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"
#include "mailban/engine/standing.h"

#include <unistd.h>

namespace mailban::io {

namespace {

constexpr std::size_t kEvidence = 50;
constexpr std::size_t kHistory = 20;
constexpr std::size_t kLogins = 50;
constexpr std::size_t kMostWarnings = 200;

std::vector<std::string> changed_prefixes(const Effects& effects)
{
    std::vector<std::string> changed;
    for (const auto& effect : effects) {
        const auto* enforce = std::get_if<Enforce>(&effect);
        if (enforce != nullptr) changed.push_back(enforce->change.prefix.to_string());
    }
    return changed;
}

std::string joined(const std::vector<std::string>& words)
{
    std::string text;
    for (const auto& word : words)
        text += (text.empty() ? "" : ", ") + word;
    return text;
}

std::string whom(const std::vector<std::string>& changed)
{
    if (changed.size() > 10) return std::to_string(changed.size()) + " prefixes";
    return changed.empty() ? std::string("nobody") : joined(changed);
}

}  // namespace

std::string Daemon::answer(const Request& request, Right right)
{
    if (right_needed(request.verb) == Right::change && right != Right::change) {
        const auto& admins = config_.control.admins;
        return reply_failed("'" + std::string(to_string(request.verb)) + "' is for root" +
                            (admins.empty() ? std::string(" (and members of control.admins, were "
                                                          "a group named there)")
                                            : " and members of the group " + admins));
    }
    switch (request.verb) {
    case Verb::status: return answer_status(request.page);
    case Verb::show: return reply_with(show_report(request.prefix.base()));
    case Verb::bans: {
        const auto page = page_of(engine_->ledger(), request.page);
        return page ? reply_with(*page) : reply_failed(page.error().message);
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
    if (request.verb == Verb::unban_all) return answer_unban_all(request.page);
    if (request.verb == Verb::allow || request.verb == Verb::disallow) return answer_allow(request);
    return answer_change(request);
}

std::string Daemon::answer_firewall_remove()
{
    if (!withdrawal_ || withdrawal_->is_done) asio::co_spawn(context_, withdraw_firewall(), kOrEnd);
    return reply_done("the firewall is being emptied", {});
}

std::string Daemon::answer_change(const Request& request)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const auto effects = request.verb == Verb::ban
                             ? engine_->ban(request.prefix, request.length, request.reason, now)
                             : engine_->unban(request.prefix, now);
    if (!effects) return reply_failed(effects.error().message);
    perform(*effects);
    commit();
    const auto changed = changed_prefixes(*effects);
    return reply_done((request.verb == Verb::ban ? "banned " : "unbanned ") + whom(changed),
                      changed);
}

// A page of the bans at a time, as they are listed.
std::string Daemon::answer_unban_all(const PageOf& wanted)
{
    const Timestamp now = system_now();
    perform(engine_->advance(now, kMostEnds));
    const auto page = page_of(engine_->ledger(), wanted);
    if (!page) return reply_failed(page.error().message);
    const Effects effects = engine_->unban_each(page->rows, now);
    perform(effects);
    commit();
    const auto changed = changed_prefixes(effects);
    return reply_done("unbanned " + whom(changed), changed, page->next);
}

std::string Daemon::answer_reload()
{
    const auto done = reload();
    // systemd and whoever asks next shall hear of it at once.
    judged_ = Timestamp();
    if (const auto* note = std::get_if<std::string>(&done)) return reply_done(*note, {});
    const auto& [why, is_mistaken] = std::get<NotReloaded>(done);
    return is_mistaken ? reply_mistaken(why) : reply_failed(why);
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
    if (!is_started_ && !status.degraded) {
        report.state = "starting";
        report.reason = "the bans of before are put in force";
        report.since = started_;
    }
    if (!withdrawal_) return report;
    report.state = withdrawal_->is_done ? "removed" : "removing";
    report.reason = "taken away by `mailban firewall remove`; nobody is shut out until a reload";
    if (!withdrawal_->problem.empty()) {
        report.state = "degraded";
        report.reason = "cannot be taken away: " + withdrawal_->problem + "; nothing is enforced";
    }
    report.since = withdrawal_->since;
    report.held = 0;
    report.pending = 0;
    return report;
}

std::vector<std::string> Daemon::warnings(const std::vector<SourceReport>& sources) const
{
    std::vector<std::string> warnings = engine_->warnings();
    for (const auto& source : sources) {
        // What is merely not there is judged with everything else: see health.
        if (source.is_unreadable) warnings.push_back(source.file + ": " + source.problem);
        if (!source.note.empty()) warnings.push_back(source.file + ": " + source.note);
        if (source.oversized > 0) {
            warnings.push_back(source.file + ": " + std::to_string(source.oversized) +
                               " lines were too long and skipped");
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
    if (auto small = state_warning(); !small.empty()) warnings.push_back(std::move(small));
    if (recorder_->dropped() > 0) {
        warnings.push_back(std::to_string(recorder_->dropped()) + " events could not be stored");
    }
    if (warnings.size() > kMostWarnings) {
        const auto left_out = warnings.size() - kMostWarnings;
        warnings.resize(kMostWarnings);
        warnings.push_back("and " + std::to_string(left_out) + " more warnings");
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
    report.configuration = config_file_.report();
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
    if (report.ban) {
        const Breach* const breach = engine_->breaches().find(report.ban->prefix);
        if (breach != nullptr && breach->attempts > 0)
            report.breach = report_of(*breach, system_now());
    }
    commit();
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
