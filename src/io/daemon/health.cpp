// Whether the daemon guards this machine: what it looks at for that, and to whom it says so.
#include "io/daemon/blind.h"
#include "io/daemon/daemon.h"
#include "io/daemon/system.h"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <set>
#include <utility>

namespace mailban::io {

namespace {

constexpr auto kJudgeEvery = std::chrono::seconds(5);
constexpr auto kLookBackEvery = std::chrono::minutes(1);
// A finding that comes and goes is not said again before.
constexpr auto kTellAgain = std::chrono::hours(1);
// Changes that wait for longer than this are not in force.
constexpr auto kPendingTooLong = std::chrono::seconds(10);
constexpr std::size_t kMostBreaches = 5;
constexpr std::size_t kSummary = 600;

// The same finding says later how long it has lasted.
std::string key_of(const HealthFinding& finding)
{
    if (finding.name == "blind") return finding.name;
    return finding.name + ' ' + finding.text.substr(0, finding.text.find(": "));
}

bool hands_on(const std::string& backend)
{
    return backend == "nftables";
}

bool is_unknown(const std::string& backend)
{
    return backend == "command" || backend == "dry-run";
}

}  // namespace

BreachReport Daemon::report_of(const Breach& breach, Timestamp now) const
{
    BreachReport report;
    report.prefix = breach.prefix.to_string();
    report.address = breach.ip.to_string();
    report.since = breach.since;
    report.attempts = breach.attempts;
    report.first = breach.first;
    report.last = breach.last;
    report.log = sources_->name_of(breach.source);
    report.server = to_string(breach.server);
    report.service = to_string(breach.service);
    report.port = breach.port;
    report.cause = to_string(breach.cause);
    report.text = to_string(breach, now);
    return report;
}

void Daemon::report_breaches(StatusReport& report, Timestamp now) const
{
    const Breaches& breaches = engine_->breaches();
    report.breached_bans = breaches.size();
    report.breach_attempts = breaches.attempts();
    for (const Breach& breach : breaches.worst(kMostBreaches))
        report.breaches.push_back(report_of(breach, now));
}

TroubleReport Daemon::trouble_report(const std::vector<SourceReport>& sources, Timestamp now) const
{
    TroubleReport troubles;
    troubles.forward = forward_problem();
    if (const Outage* outage = engine_->judge().outage())
        troubles.outage = "outage of the password service: " + outage->cause();
    troubles.silent = sources_->silent(now);
    troubles.hooks = hooks_.problems();
    if (!store_problem_.empty()) troubles.state.push_back(store_problem_);
    if (!damage_.empty()) troubles.state.push_back(damage_);
    if (auto small = state_warning(); !small.empty()) troubles.state.push_back(std::move(small));
    if (judge_sight(sources) == Sight::blind) troubles.advice = blind_advice_;
    return troubles;
}

// Empty where bans reach all that is handed on, or where only the administrator's own programs
// know.
std::string Daemon::forward_problem() const
{
    const auto published = published_mail(published_, config_.firewall.ports);
    const std::string backend = firewall_report().backend;
    const bool is_covered = forward_ == Forward::yes && hands_on(backend);
    if (published.empty() || is_covered || is_unknown(backend)) return {};
    std::string text =
        "mail ports are handed on to containers or other machines, and bans do not "
        "reach them: " +
        to_string(published);
    if (forward_ == Forward::yes)
        return text + "; " + backend + " cannot do it, firewall.backend: nftables can, beside it";
    return text + "; set firewall.forward: auto";
}

FirewallConfig Daemon::firewall_config() const
{
    FirewallConfig config = config_.firewall;
    config.forward = forward_;
    return config;
}

// Once on, `auto` stays on: containers come and go, and the chain does no harm.
void Daemon::decide_on_forward()
{
    const bool stays = config_.firewall.forward == Forward::automatic && forward_ == Forward::yes;
    if (!stays) forward_ = decide_forward(config_.firewall, published_);
}

asio::awaitable<void> Daemon::look_at_published()
{
    if (std::exchange(is_looking_, true)) co_return;
    auto published = co_await find_published_meanwhile();
    is_looking_ = false;
    published_ = std::move(published);
    const Forward before = forward_;
    const FirewallConfig old = firewall_config();
    if (stopping_) co_return;
    decide_on_forward();
    if (forward_ == before || withdrawal_ || !has_choice_of_forward()) co_return;
    spdlog::info(
        "this machine hands on mail ports: {}; bans close them, too (firewall.forward: auto)",
        to_string(published_mail(published_, config_.firewall.ports)));
    auto replacing = replace_firewall(old);
    co_await std::move(replacing);
}

bool Daemon::has_choice_of_forward() const
{
    const Backend backend = config_.firewall.backend;
    return backend == Backend::automatic || backend == Backend::nftables;
}

// Changes that wait for a moment are made; a backend that lags behind is none that enforces.
void Daemon::follow_enforcement(const FirewallReport& firewall, Timestamp now)
{
    if (firewall.pending == 0) pending_since_.reset();
    if (firewall.pending > 0 && !pending_since_) pending_since_ = now;
    const bool lags = pending_since_ && now - *pending_since_ > kPendingTooLong;
    const bool is_real = firewall.backend != "dry-run";
    engine_->set_enforced(firewall.state == "ok" && is_real && !lags, now);
    engine_->set_passed_by(!forward_problem().empty());
}

void Daemon::judge_health_now(Timestamp now)
{
    const bool is_due = now - judged_ >= kJudgeEvery || now < judged_;
    if (!is_due) return;
    judged_ = now;
    if (now - looked_back_ >= kLookBackEvery || now < looked_back_) {
        looked_back_ = now;
        sources_->look_back();
        const bool is_blind = judge_sight(sources_->reports()) == Sight::blind;
        blind_advice_ = is_blind ? advise_blind(config_) : std::string();
    }
    health_ = status_report().health;
    tell_health(now);
}

// What is new goes to the log once, and not again while it comes and goes.
void Daemon::tell_health(Timestamp now)
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
        spdlog::warn("{}", finding.text);
        if (is_blind) note_blind(finding.text, now);
    }
    const bool was_blind = std::exchange(is_blind_, present.contains("blind"));
    if (was_blind && !is_blind_) {
        spdlog::info("a line of a mail server was read: no longer blind");
        told_.erase("blind");
    }
}

void Daemon::note_blind(const std::string& why, Timestamp now)
{
    Happening blind;
    blind.kind = Happening::Kind::blind;
    blind.at = now;
    blind.why = why;
    hooks_.note(blind);
}

// What systemd shows of it; the firewall's state stands there anyway.
std::string Daemon::health_summary() const
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
