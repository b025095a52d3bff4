#include "mailban/engine/engine.h"

#include "mailban/detect/account.h"
#include "mailban/detect/attempts.h"
#include "mailban/plural.h"
#include "mailban/time/local_text.h"

#include <algorithm>
#include <utility>
#include <vector>

namespace mailban {

namespace {

// A ban that was taken up again, not made by one of the rules.
constexpr const char* kRecovered = "recovered";
constexpr Duration kUsualBan = std::chrono::hours(1);
// Of one event: it is recorded, and so may be a login that came before.
constexpr std::size_t kUsualEffects = 2;
// Logins that are recorded at once because their hour is over.
constexpr std::size_t kMostSettled = 500;

// Bans that were only observed, at once. They defend nothing, so they need less room.
constexpr std::size_t kMostObserved = 20'000;

// Clocks of a server and its log writer differ by less than this.
constexpr Duration kClockSkew = std::chrono::minutes(1);

JudgeSettings judge_settings(const Config& config)
{
    JudgeSettings settings = config.judgement;
    if (settings.trust) settings.trust->capacity = config.limits.known;
    return settings;
}

Duration longest_ban(const Config& config)
{
    Duration longest = kUsualBan;
    for (const Rule& rule : config.rules)
        if (rule.ban) longest = std::max(longest, *rule.ban);
    return longest;
}

// Tens of thousands of events are remembered, and a line may have 64 KiB.
void cut_long(std::optional<std::string>& text)
{
    if (text && text->size() > kLongestAccount) text = text->substr(0, kLongestAccount);
}

bool is_over(const Ban& ban, Timestamp now)
{
    return ban.until && *ban.until <= now;
}

}  // namespace

Engine::Engine(const Config& config, const PrefixSet& allow, std::uint64_t hash_seed)
    : hash_seed_(hash_seed),
      lengths_(config.prefix),
      groups_(config.firewall.ports, ports_of_rules(config.rules)),
      longest_window_(longest_window(config)),
      longest_ban_(longest_ban(config)),
      deduplicator_(Seed{hash_seed}),
      logins_(hash_seed),
      judge_(config.rules, judge_settings(config), config.limits.tracked, config.prefix, hash_seed),
      policy_(config.policy),
      tried_(longest_window_, std::min(config.limits.tracked, SharedDoors::kMostPairs),
             config.prefix, hash_seed),
      ledger_(config.escalation, config.limits.bans, Seed{hash_seed}),
      observed_(config.escalation, std::min(config.limits.bans, kMostObserved), Seed{hash_seed}),
      has_firewall_(config.firewall.backend != Backend::door)
{
    if (config.policy.mode != PolicyMode::off) watch_strangers(config);
    deduplicator_.expect_reports(config.policy.mode != PolicyMode::off);
    allowlist_.set(AllowOrigin::configuration, allow);
    allowlist_.set(AllowOrigin::proxy, PrefixSet(config.proxies.prefixes));
}

void Engine::restore(const RecordEvent& record)
{
    const auto& [event, source, counted] = record;
    latest_ = std::max(latest_, event.time);
    recall_released(event.time);
    const auto admission = deduplicator_.weigh(event, source);
    const std::uint32_t paired = admission.paired;
    if (admission.withdrawn) withdraw(*admission.withdrawn);
    if (is_excused(event)) return;
    if (is_refusal(event)) note_refused(event, event.time);
    if (paired > 0) judge_.learn_password(event, paired, event.time);
    if (counted == 0) return;
    each_part(event, counted,
              [this](const Event& part, std::uint32_t count) { recall(part, count); });
}

void Engine::restore(const std::vector<Ban>& bans, const std::vector<Offender>& offenders)
{
    for (const Ban& ban : bans) {
        if (ban.origin == BanOrigin::observed) {
            observed_.impose(ban);
            observed_.restore({ban.prefix, ban.level, ban.since});
        } else if (ledger_.impose(ban)) {
            ++counters_.displaced;
        }
    }
    for (const Offender& offender : offenders)
        ledger_.restore(offender);
}

Effects Engine::recover(const std::vector<Held>& held, KeepsTime keeps_time, Timestamp now)
{
    Effects effects;
    std::size_t count = 0;
    for (const auto& [prefix, until, group] : held) {
        if (ledger_.find(prefix) != nullptr || trusted_as(prefix)) continue;
        Ban ban;
        ban.prefix = prefix;
        ban.since = now;
        ban.until = until;
        if (!until && keeps_time == KeepsTime::no) ban.until = now + longest_ban_;
        ban.rule = kRecovered;
        ban.reason = "found in the firewall";
        ban.ports = ports_of(group);
        if (!enter(ban, now, effects)) continue;
        effects.push_back(Enforce{{Change::Kind::add, ban.prefix, ban.until, group}});
        effects.push_back(RecordBan{std::move(ban)});
        ++count;
    }
    effects.push_back(Notice{Notice::Severity::warning, plural(count, "ban was", "bans were") +
                                                            " recovered from the firewall"});
    return effects;
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

// Seen from a clock that was set back, failures of before would lie in the future, and those that
// follow would be too old against them to count.
void Engine::follow_clock(Timestamp now, Effects& effects)
{
    if (latest_ <= now + kClockSkew) return;
    latest_ = now;
    judge_.set_back(now);
    if (stranger_watch_) stranger_watch_->set_back(now);
    tried_.set_back(now);
    effects.push_back(RecordSetBack{now});
    effects.push_back(Notice{
        Notice::Severity::warning,
        "the clock was set back; events from later times count as of " + local_text(now, zone_)});
}

// A user whom the first of several password databases does not know has not failed yet. Of anybody
// else it counts at once, and is withdrawn when the login follows.
NewAttempts Engine::weigh(const Event& event, std::uint32_t source)
{
    const auto is_known = [&] { return judge_.is_known(event, event.time); };
    if (deduplicator_.is_passed_on(event, source) && is_known()) return {};
    // Of a user it is one more sign of a stale password.
    if (tried_.is_repeated(event, event.time) && !is_known())
        return deduplicator_.weigh_no_guess(event);
    return deduplicator_.weigh(event, source);
}

Effects Engine::observe(Event event, std::uint32_t source, Arrival arrival, Timestamp now)
{
    Effects effects;
    effects.reserve(kUsualEffects);
    cut_long(event.account);
    cut_long(event.session);
    ++counters_.events[static_cast<std::size_t>(event.kind)];
    ++counters_
          .by_server[static_cast<std::size_t>(event.kind)][static_cast<std::size_t>(event.server)];
    const bool is_refused = is_refusal(event);
    if (!judge_.concerns(event.kind) && !is_refused) return effects;
    if (arrival == Arrival::live) follow_clock(now, effects);
    const auto at = time_of(event, arrival, now);
    if (!at) {
        ++counters_.implausible_timestamps;
        return effects;
    }
    const Timestamp stamp = std::exchange(event.time, *at);
    latest_ = std::max(latest_, *at);
    judge_.advance(*at);
    release_due(*at, now, kReleasedByEvent, effects);
    const auto [counted, paired, withdrawn] = weigh(event, source);
    if (withdrawn) {
        withdraw(*withdrawn);
        effects.push_back(RecordWithdrawal{withdrawn->ip, withdrawn->time, withdrawn->account});
    }
    counters_.repeated += event.attempts - counted;
    record(event, source, counted, effects);
    if (paired > 0 && !is_excused(event)) judge_.learn_password(event, paired, *at);
    const Timestamp from = arrival == Arrival::live ? now : *at;
    // A client that the door refused has come past the firewall all the same.
    if (arrival == Arrival::live)
        note_breach(event, stamp, source, is_refused ? event.attempts : counted, now, effects);
    close_mail_exchange_port(event, source, from, now, effects);
    if (is_refused) note_refused(event, *at);
    if (counted == 0) return effects;
    // What is trusted is never banned itself; a wide ban may still not reach over it (impose).
    if (is_excused(event)) {
        ++counters_.trusted;
        note_hidden(event, counted, effects);
        return effects;
    }
    each_part(event, counted, [&](const Event& part, std::uint32_t count) {
        judge(part, count, source, from, now, effects);
    });
    return effects;
}

void Engine::judge(const Event& event, std::uint32_t attempts, std::uint32_t source, Timestamp from,
                   Timestamp now, Effects& effects)
{
    note_siege(event, attempts, event.time);
    const Verdict verdict = judge_.observe(event, attempts, event.time);
    if (verdict.is_guess) deduplicator_.expect(event);
    pass_on(verdict, event.time, effects);
    punish_strangers(from, now, effects);
    sentence(event, verdict, source, from, now, effects);
}

void Engine::sentence(const Event& event, const Verdict& verdict, std::uint32_t source,
                      Timestamp from, Timestamp now, Effects& effects)
{
    if (event.kind == EventKind::auth_success) pardon(event);
    const bool is_guilty = verdict.is_inexcusable || !verdict.offences.empty();
    if (!is_guilty || is_trusted(Prefix::host(event.ip))) return;
    if (verdict.is_inexcusable) release(event, source, from, now, effects);
    for (const Offence& offence : verdict.offences) {
        if (is_held_back(*offence.rule) && !verdict.is_inexcusable) {
            hold_back(offence, event, from, effects);
        } else {
            punish(offence, event, source, from, now, effects);
        }
    }
}

// Each event but logins that say what another one has said (LoginTally); a rule that counts logins,
// and an outage, which ends by them, need each, and so does who waits for its end.
void Engine::record(const Event& event, std::uint32_t source, std::uint32_t counted,
                    Effects& effects)
{
    const IpAddress client = offender_prefix(event.ip).base();
    const bool is_login = event.kind == EventKind::auth_success && event.account;
    const bool each_counts = judge_.detector().concerns(EventKind::auth_success) ||
                             judge_.outage() != nullptr || !waiting_.empty();
    RecordEvent recorded{event, source, counted};
    // A report's mark of a password is in memory alone.
    if (event.reporter == Reporter::report) recorded.event.password.reset();
    if (!is_login || each_counts) {
        record(logins_.settle(client, event.account), effects);
        effects.push_back(std::move(recorded));
        return;
    }
    record(logins_.note(client, {std::move(recorded.event), source, counted}), effects);
}

void Engine::record(std::vector<TalliedLogin>&& logins, Effects& effects)
{
    for (auto& [event, source, counted] : logins)
        effects.push_back(RecordEvent{std::move(event), source, counted});
}

Effects Engine::settle()
{
    Effects effects;
    record(logins_.settle_all(), effects);
    return effects;
}

// Failures of what is trusted say nothing. Its logins, and that our own back end is down, do.
bool Engine::is_excused(const Event& event) const
{
    const bool may_offend =
        event.kind != EventKind::auth_success && event.kind != EventKind::auth_unavailable;
    return may_offend && is_trusted(Prefix::host(event.ip));
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
            if (!is_trusted(block) && !judged().has_user_in(block, at)) return block;
        }
        return std::nullopt;  // here each client stands for itself
    }
    return scope_of(ip);
}

Prefix Engine::scope_of(const IpAddress& ip) const
{
    const Prefix client = offender_prefix(ip);
    return is_trusted(client) ? Prefix::host(ip) : client;
}

void Engine::punish(const Offence& offence, const Event& event, std::optional<std::uint32_t> source,
                    Timestamp from, Timestamp now, Effects& effects)
{
    const Rule& rule = *offence.rule;
    const auto scope = ban_scope(rule, event.ip, from);
    if (!scope) {
        ++counters_.skipped_subnet_bans;
        return;
    }
    const Prefix prefix = *scope;
    if (rule.mode == RuleMode::observe) {
        Ban would_be;
        would_be.prefix = prefix;
        would_be.since = from;
        would_be.ports = ports_of(group_for(rule, event));
        return note_would_ban(offence, std::move(would_be), {{}, event.account, source}, now,
                              effects);
    }
    // A narrow ban that is over by the time of a backlog must not hide a wide one that stands. One
    // of another origin stands for itself.
    constexpr auto kRule = BanOrigin::rule;
    const Ban* active = ledger_.covering(event.ip, kRule);
    for (; active != nullptr && is_over(*active, from); active = ledger_.covering(event.ip, kRule))
        end(*ledger_.lift(active->key()), now, BanEndReason::expired, effects);
    Ban ban;
    ban.prefix = prefix;
    ban.since = from;
    ban.rule = rule.name;
    ban.reason = to_string(offence);
    ban.count = offence.limit;
    ban.ports = ports_of(group_for(rule, event));
    ban.where = rule.where;
    // A ban that stands is not a new offence: another rule may only make it last longer, or close
    // more ports.
    ban.level = active != nullptr ? active->level : ledger_.next_level(prefix, from);
    if (rule.ban) ban.until = from + ledger_.duration(*rule.ban, ban.level);
    if (active != nullptr) {
        const bool longer = active->rule != rule.name && ends_later(ban.until, active->until);
        const bool is_wider = !groups_.covers(group_of(*active), group_of(ban)) ||
                              united(active->where, ban.where) != active->where;
        if (!longer && !is_wider) return;
        ban.since = active->since;
        keep_what_stands(ban);
    } else {
        effects.push_back(RecordOffender{ledger_.remember(prefix, ban.level, from)});
    }
    impose(std::move(ban), {{}, event.account, source}, now, effects);
}

Effects Engine::advance(Timestamp now, std::size_t most)
{
    Effects effects;
    judge_.advance(now);
    tell_of_outage(now, effects);
    release_due(now, now, most, effects);
    for (const Ban& ban : ledger_.expire(now, most))
        end(ban, now, BanEndReason::expired, effects);
    for (const Ban& ban : observed_.expire(now, most))
        end_observed(ban, now, BanEndReason::expired, effects);
    for (const Allowed& entry : allowlist_.expire(now))
        end_allowance(entry, "no longer allowed", effects);
    lift_trusted(now, most, effects);
    record(logins_.settle_due(now, kMostSettled), effects);
    return effects;
}

bool Engine::is_behind(Timestamp now) const
{
    const auto due = next_due();
    return is_trust_new_ || (due && *due <= now) || release_at().value_or(Timestamp::max()) <= now;
}

}  // namespace mailban
