#include "io/daemon/health_watch.h"

#include "io/daemon/blind.h"
#include "io/daemon/system.h"
#include "mailban/utf8.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <set>
#include <string_view>
#include <utility>

namespace mailban::io {

namespace {

constexpr auto kJudgeEvery = std::chrono::seconds(5);
constexpr auto kLookBackEvery = std::chrono::minutes(1);
// A finding that comes and goes is not said again before.
constexpr auto kTellAgain = std::chrono::hours(1);
// Changes that wait for longer than this are not in force.
constexpr auto kPendingTooLong = std::chrono::seconds(10);
constexpr std::size_t kSummary = 600;
// Of what systemd shows: it takes 4 KiB a message, and what is escaped has four bytes for one.
constexpr std::size_t kStatus = 900;

// The same finding says later how long it has lasted.
std::string key_of(const HealthFinding& finding)
{
    if (finding.name == "blind") return finding.name;
    return finding.name + ' ' + finding.text.substr(0, finding.text.find(": "));
}

}  // namespace

// What systemd shows: STATUS= when it changes, the watchdog's ping each time.
void HealthWatch::tick(Timestamp now)
{
    const FirewallReport firewall = reports_.firewall();
    follow_enforcement(firewall, now);
    const bool is_due = now - judged_ >= kJudgeEvery || now < judged_;
    if (is_due) judge(now);
    std::string status = status_text(firewall);
    // Never together: systemd passes over a message that is too long, and with it the ping.
    notify_service_manager("WATCHDOG=1");
    if (status != announced_)
        notify_service_manager("STATUS=" + printable(std::string_view(status).substr(0, kStatus)));
    announced_ = std::move(status);
    tell_of_firewall(firewall, now);
}

std::string HealthWatch::status_text(const FirewallReport& firewall) const
{
    std::string status = summary();
    if (!status.empty()) status += "; ";
    status += std::to_string(rooms_.intake.engine().ledger().bans().size()) + " banned, firewall " +
              firewall.backend + " " + to_string(firewall.state);
    if (!firewall.reason.empty()) status += ": " + firewall.reason;
    if (!rooms_.state.problem().empty()) status += "; " + rooms_.state.problem();
    if (!rooms_.state.damage().empty()) status += "; " + rooms_.state.damage();
    return status;
}

void HealthWatch::judge_soon()
{
    judged_ = Timestamp();
}

void HealthWatch::look_again()
{
    judged_ = looked_back_ = Timestamp();
    blind_advice_.clear();
}

void HealthWatch::judge(Timestamp now)
{
    judged_ = now;
    Sources& sources = rooms_.logs.sources();
    if (now - looked_back_ >= kLookBackEvery || now < looked_back_) {
        looked_back_ = now;
        sources.look_back();
        const bool is_blind = judge_sight(sources.reports()) == Sight::blind;
        blind_advice_ = is_blind ? advise_blind(rooms_.config) : std::string();
    }
    health_ = reports_.status(now).health;
    tell_findings(now);
}

// Changes that wait for a moment are made; a backend that lags behind is none that enforces.
void HealthWatch::follow_enforcement(const FirewallReport& firewall, Timestamp now)
{
    if (firewall.pending == 0) pending_since_.reset();
    if (firewall.pending > 0 && !pending_since_) pending_since_ = now;
    const bool lags = pending_since_ && now - *pending_since_ > kPendingTooLong;
    const bool is_real = firewall.backend != "dry-run";
    Engine& engine = rooms_.intake.engine();
    engine.set_enforced(firewall.state == FirewallState::ok && is_real && !lags, now);
    engine.set_passed_by(!rooms_.forwarding.problem().empty());
}

void HealthWatch::tell_of_firewall(const FirewallReport& firewall, Timestamp now)
{
    const bool is_degraded = firewall.state == FirewallState::degraded;
    const bool is_new = is_degraded && !is_degraded_told_;
    is_degraded_told_ = is_degraded;
    if (!is_new) return;
    HookEvent degraded;
    degraded.kind = HookEvent::Kind::degraded;
    degraded.at = now;
    degraded.why = firewall.reason;
    rooms_.intake.log().note(spdlog::level::warn,
                             "firewall: bans are not enforced: " + firewall.reason, degraded, {});
    rooms_.hooks.note(degraded);
}

// What is new goes to the log once, and not again while it comes and goes.
void HealthWatch::tell_findings(Timestamp now)
{
    std::erase_if(told_, [now](const auto& one) { return now - one.second > kTellAgain; });
    std::set<std::string> present;
    for (const auto& finding : health_.findings) {
        if (!is_for_the_log(finding)) continue;
        const bool is_blind = finding.name == "blind";
        const std::string key = key_of(finding);
        present.insert(key);
        const bool was_told = !told_.emplace(key, now).second;
        told_[key] = now;
        if (was_told) continue;
        if (is_blind)
            note_blind(finding.text, now);
        else
            spdlog::warn("{}", finding.text);
    }
    const bool was_blind = std::exchange(is_blind_, present.contains("blind"));
    if (was_blind && !is_blind_) {
        spdlog::info("a line of a mail server was read: no longer blind");
        told_.erase("blind");
    }
}

void HealthWatch::note_blind(const std::string& why, Timestamp now)
{
    HookEvent blind;
    blind.kind = HookEvent::Kind::blind;
    blind.at = now;
    blind.why = why;
    rooms_.intake.log().note(spdlog::level::warn, why, blind, {});
    rooms_.hooks.note(blind);
}

// What systemd shows of it; the firewall's state stands there anyway.
std::string HealthWatch::summary() const
{
    Health shown = health_;
    std::erase_if(shown.findings, [](const auto& one) {
        return one.name == "firewall" || one.name == "dry_run" || one.name == "state";
    });
    if (shown.findings.empty()) return {};
    return std::string(to_string(shown.findings.front().grade)) + ": " +
           summary_of(shown, kSummary);
}

}  // namespace mailban::io
