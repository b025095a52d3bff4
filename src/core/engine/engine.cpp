#include "mailban/engine/engine.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailban {

namespace {

// A ban that was taken up again, not made by one of the rules.
constexpr const char* kRecovered = "recovered";
constexpr Duration kUsualBan = std::chrono::hours(1);

// Clocks of a server and its log writer differ by less than this.
constexpr Duration kClockSkew = std::chrono::minutes(1);
constexpr std::size_t kMostHeldBack = 100;

std::string tripped_text(const Rule& rule)
{
    std::string text = std::to_string(rule.limit);
    if (rule.distinct == Distinct::account) text += " accounts";
    if (rule.distinct == Distinct::address) text += " addresses";
    return text + " within " + format_duration(rule.within);
}

std::string ban_text(const Ban& ban)
{
    std::string text = "banned " + ban.prefix.to_string();
    text += ban.until ? " until " + format_timestamp(*ban.until) : std::string(" for ever");
    if (ban.origin == BanOrigin::manual) return text + " by hand";
    text += ": rule " + ban.rule + ", " + ban.reason;
    if (ban.level > 1) text += ", ban number " + std::to_string(ban.level);
    return text;
}

bool ends_later(const Until& one, const Until& other)
{
    if (!other) return false;
    return !one || *one > *other;
}

JudgeSettings judge_settings(const Config& config)
{
    JudgeSettings settings = config.judgement;
    if (settings.trust) settings.trust->capacity = config.limits.known;
    return settings;
}

// What our own outage may feign.
bool is_about_passwords(const Rule& rule)
{
    return rule.on.contains(EventKind::auth_failure);
}

Duration longest_ban(const Config& config)
{
    Duration longest = kUsualBan;
    for (const Rule& rule : config.rules)
        if (rule.ban) longest = std::max(longest, *rule.ban);
    return longest;
}

bool is_over(const Ban& ban, Timestamp now)
{
    return ban.until && *ban.until <= now;
}

}  // namespace

Engine::Engine(const Config& config, PrefixSet allow, std::uint64_t hash_seed)
    : lengths_(config.prefix),
      longest_window_(longest_window(config)),
      longest_ban_(longest_ban(config)),
      allow_(std::move(allow)),
      coalescer_(hash_seed),
      judge_(config.rules, judge_settings(config), config.limits.tracked, config.prefix, hash_seed),
      ledger_(config.escalation, config.limits.bans)
{
}

void Engine::restore(const RecordEvent& record)
{
    const auto& [event, source, counted] = record;
    coalescer_.admit(event, source);
    if (counted > 0 && !is_excused(event)) judge_.observe(event, counted, event.time);
}

void Engine::restore(const std::vector<Ban>& bans, const std::vector<Offender>& offenders)
{
    for (const Ban& ban : bans)
        ledger_.impose(ban);
    for (const Offender& offender : offenders)
        ledger_.restore(offender);
}

Effects Engine::recover(const std::vector<Held>& held, KeepsTime keeps_time, Timestamp now)
{
    Effects effects;
    std::size_t count = 0;
    for (const auto& [prefix, until] : held) {
        if (ledger_.find(prefix) != nullptr || trusted_as(prefix)) continue;
        Ban ban;
        ban.prefix = prefix;
        ban.since = now;
        ban.until = until;
        if (!until && keeps_time == KeepsTime::no) ban.until = now + longest_ban_;
        ban.rule = kRecovered;
        ban.reason = "found in the firewall";
        if (const auto displaced = ledger_.impose(ban)) end(*displaced, now, "displaced", effects);
        effects.push_back(Enforce{{Change::Kind::add, ban.prefix, ban.until}});
        effects.push_back(RecordBan{std::move(ban)});
        ++count;
    }
    effects.push_back(Tell{Tell::Severity::warning,
                           std::to_string(count) + " bans were recovered from the firewall"});
    return effects;
}

void Engine::set_own_addresses(PrefixSet own)
{
    if (own.prefixes() == own_.prefixes()) return;
    own_ = std::move(own);
    is_trust_new_ = true;
}

std::optional<std::string> Engine::trusted_as(const Prefix& prefix) const
{
    static const PrefixSet loopback(
        {Prefix::of(IpAddress::v4(127, 0, 0, 0), 8), Prefix::host(*IpAddress::parse("::1")),
         Prefix::host(IpAddress::v4(0, 0, 0, 0)), Prefix::host(IpAddress{})});
    if (loopback.overlaps(prefix)) return "loopback";
    if (own_.overlaps(prefix)) return "own address";
    if (allow_.overlaps(prefix)) return "allowlist";
    return std::nullopt;
}

Prefix Engine::offender_prefix(const IpAddress& ip) const
{
    return lengths_.block_of(ip);
}

std::optional<Timestamp> Engine::time_of(const Event& event, Arrival arrival, Timestamp now) const
{
    const bool ahead = event.time > now + kClockSkew;
    const bool too_old = event.time < now - longest_window_;
    if (arrival == Arrival::live) return ahead || too_old ? now : event.time;
    if (ahead || too_old) return std::nullopt;
    return event.time;
}

Effects Engine::observe(Event event, std::uint32_t source, Arrival arrival, Timestamp now)
{
    Effects effects;
    ++counters_.events[static_cast<std::size_t>(event.kind)];
    if (!judge_.concerns(event.kind)) return effects;
    const auto at = time_of(event, arrival, now);
    if (!at) {
        ++counters_.untimely;
        return effects;
    }
    event.time = *at;
    const std::uint32_t counted = coalescer_.admit(event, source);
    counters_.repeated += event.attempts - counted;
    effects.push_back(RecordEvent{event, source, counted});
    if (counted == 0) return effects;
    // What is trusted is never banned itself; a wide ban may still not reach over it (impose).
    if (is_excused(event)) {
        ++counters_.trusted;
        return effects;
    }
    const Timestamp from = arrival == Arrival::live ? now : *at;
    const Verdict verdict = judge_.observe(event, counted, *at);
    pass_on(verdict, effects);
    if (trusted_as(Prefix::host(event.ip))) return effects;
    for (const Rule* rule : verdict.offences)
        punish(*rule, event, from, now, effects);
    return effects;
}

// Failures of what is trusted say nothing. Its logins, and that our own back end is down, do.
bool Engine::is_excused(const Event& event) const
{
    const bool may_offend =
        event.kind != EventKind::auth_success && event.kind != EventKind::auth_unavailable;
    return may_offend && trusted_as(Prefix::host(event.ip));
}

void Engine::pass_on(const Verdict& verdict, Effects& effects)
{
    if (verdict.learned) effects.push_back(RecordLogin{*verdict.learned});
    if (verdict.incident) {
        const bool stale = verdict.incident->kind == Incident::Kind::stale_password;
        ++(stale ? counters_.stale_passwords : counters_.hijacked_accounts);
        effects.push_back(Tell{Tell::Severity::warning, to_string(*verdict.incident)});
    }
    tell_of_outage(effects);
}

void Engine::tell_of_outage(Effects& effects)
{
    const Outage* outage = judge_.outage();
    if ((outage != nullptr) == outage_told_) return;
    outage_told_ = outage != nullptr;
    if (outage == nullptr) {
        effects.push_back(Tell{Tell::Severity::info, "the outage is over; bans are made again"});
        return;
    }
    held_back_.clear();
    effects.push_back(Tell{Tell::Severity::warning,
                           "outage: " + outage->cause() +
                               "; nobody is banned for wrong passwords until logins succeed"});
}

void Engine::hold_back(const Rule& rule, const Prefix& prefix, Timestamp from, Effects& effects)
{
    ++counters_.held_back;
    Ban ban;
    ban.prefix = prefix;
    ban.since = from;
    ban.rule = rule.name;
    ban.reason = tripped_text(rule);
    ban.count = rule.limit;
    effects.push_back(
        Tell{Tell::Severity::warning, "held back by an outage: " + prefix.to_string() + ", rule " +
                                          rule.name + ", " + ban.reason});
    if (held_back_.size() >= kMostHeldBack) held_back_.pop_front();
    held_back_.push_back(std::move(ban));
}

std::vector<std::string> Engine::warnings() const
{
    std::vector<std::string> warnings;
    if (const Outage* outage = judge_.outage()) {
        warnings.push_back("OUTAGE since " + format_timestamp(*outage->since()) + ": " +
                           outage->cause() + "; nobody is banned for wrong passwords, " +
                           std::to_string(held_back_.size()) + " bans held back");
        for (const Ban& ban : held_back_)
            warnings.push_back("held back: " + ban.prefix.to_string() + ", rule " + ban.rule);
    }
    for (const Incident& incident : judge_.incidents())
        warnings.push_back(to_string(incident));
    return warnings;
}

// The widest block of the offender's, no wider than the rule says, that holds nobody trusted and
// no user of ours.
std::optional<Prefix> Engine::ban_scope(const Rule& rule, const IpAddress& ip, Timestamp at) const
{
    const Prefix client = offender_prefix(ip);
    if (rule.by == CountBy::subnet && rule.subnet.block_of(ip).length() < client.length()) {
        for (unsigned length = rule.subnet.block_of(ip).length(); length < client.length();
             ++length) {
            const Prefix block = Prefix::of(ip, length);
            if (!trusted_as(block) && !judge_.has_user_in(block, at)) return block;
        }
        return std::nullopt;  // here each client stands for itself
    }
    return trusted_as(client) ? Prefix::host(ip) : client;
}

void Engine::punish(const Rule& rule, const Event& event, Timestamp from, Timestamp now,
                    Effects& effects)
{
    const auto scope = ban_scope(rule, event.ip, from);
    if (!scope) {
        ++counters_.spared;
        return;
    }
    const Prefix prefix = *scope;
    if (judge_.outage() != nullptr && is_about_passwords(rule))
        return hold_back(rule, prefix, from, effects);
    const Ban* standing = ledger_.covering(event.ip);
    if (standing != nullptr && is_over(*standing, from)) standing = nullptr;
    Ban ban;
    ban.prefix = prefix;
    ban.since = from;
    ban.rule = rule.name;
    ban.reason = tripped_text(rule);
    ban.count = rule.limit;
    // A ban that stands is not a new offence: a stricter rule may only make it last longer.
    ban.level = standing != nullptr ? standing->level : ledger_.next_level(prefix, from);
    if (rule.ban) ban.until = from + ledger_.duration(*rule.ban, ban.level);
    if (standing != nullptr) {
        const bool longer = ends_later(ban.until, standing->until);
        if (standing->rule == rule.name || !longer) return;
        ban.since = standing->since;
    } else {
        effects.push_back(RecordOffender{ledger_.remember(prefix, ban.level, from)});
    }
    impose(std::move(ban), now, effects);
}

void Engine::impose(Ban ban, Timestamp now, Effects& effects)
{
    const bool held = ledger_.find(ban.prefix) != nullptr;
    if (const auto displaced = ledger_.impose(ban)) {
        ++counters_.displaced;
        end(*displaced, now, "displaced", effects);
    }
    if (!held) ++counters_.bans;
    const auto kind = held ? Change::Kind::extend : Change::Kind::add;
    // First the firewall: the ban shall bite before anything is written.
    if (!is_over(ban, now)) effects.push_back(Enforce{{kind, ban.prefix, ban.until}});
    effects.push_back(Tell{Tell::Severity::info, ban_text(ban)});
    effects.push_back(RecordBan{std::move(ban)});
}

void Engine::end(const Ban& ban, Timestamp now, const char* why, Effects& effects)
{
    effects.push_back(Enforce{{Change::Kind::remove, ban.prefix, ban.until}});
    const Timestamp when = ban.until ? std::min(now, *ban.until) : now;
    effects.push_back(RecordEnd{ban.prefix, when, why});
    effects.push_back(Tell{Tell::Severity::info, std::string(why) + " " + ban.prefix.to_string()});
}

Effects Engine::advance(Timestamp now)
{
    Effects effects;
    judge_.advance(now);
    tell_of_outage(effects);
    for (const Ban& ban : ledger_.expire(now))
        end(ban, now, "expired", effects);
    if (std::exchange(is_trust_new_, false)) lift_trusted(now, effects);
    return effects;
}

void Engine::lift_trusted(Timestamp now, Effects& effects)
{
    std::vector<Prefix> trusted;
    for (const auto& [prefix, ban] : ledger_.bans())
        if (trusted_as(prefix)) trusted.push_back(prefix);
    for (const Prefix& prefix : trusted)
        end(*ledger_.lift(prefix), now, "unbanned as trusted", effects);
}

Result<Effects> Engine::ban(const Prefix& prefix, std::optional<Duration> length,
                            const std::string& reason, Timestamp now)
{
    if (const auto trusted = trusted_as(prefix)) {
        return Error{prefix.to_string() + " is never banned: " + *trusted};
    }
    Ban ban;
    ban.prefix = prefix;
    ban.since = now;
    if (length) ban.until = now + *length;
    ban.origin = BanOrigin::manual;
    ban.reason = reason;
    ban.level = std::max(ledger_.next_level(prefix, now), 1U);
    Effects effects;
    impose(std::move(ban), now, effects);
    return effects;
}

Result<Effects> Engine::unban(const Prefix& prefix, Timestamp now)
{
    const Ban* standing = ledger_.find(prefix);
    if (standing == nullptr && prefix.is_host()) standing = ledger_.covering(prefix.base());
    if (standing == nullptr) return Error{prefix.to_string() + " is not banned"};
    const Prefix banned = standing->prefix;
    Effects effects;
    end(*ledger_.lift(banned), now, "unbanned", effects);
    return effects;
}

Wanted Engine::wanted() const
{
    Wanted wanted;
    for (const auto& [prefix, ban] : ledger_.bans())
        wanted.emplace(prefix, ban.until);
    return wanted;
}

Effects Engine::unban_all(Timestamp now)
{
    Effects effects;
    while (!ledger_.bans().empty()) {
        const Prefix prefix = ledger_.bans().begin()->first;
        end(*ledger_.lift(prefix), now, "unbanned", effects);
    }
    return effects;
}

}  // namespace mailban
