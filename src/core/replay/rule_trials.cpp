#include "mailban/replay/rule_trials.h"

#include "mailban/detect/account.h"
#include "mailban/detect/attempts.h"

#include <algorithm>
#include <bit>
#include <functional>
#include <utility>

namespace mailban {

namespace {

constexpr std::size_t kPunishedAtOnce = 100;  // as Engine::punish_strangers does

}  // namespace

Config RuleTrials::with_rules(const ReplaySettings& settings, std::vector<Rule> rules)
{
    Config config = settings.config;
    config.rules = std::move(rules);
    return config;
}

RuleTrials::RuleTrials(const ReplaySettings& settings, const std::vector<Rule>& rules)
    : front_(with_rules(settings, rules), settings.allow, settings.hash_seed),
      hash_seed_(settings.hash_seed),
      doors_(0, SeededHash{settings.hash_seed}),
      unclear_(0, SeededHash{settings.hash_seed})
{
    front_.set_own_addresses(settings.own);
    if (settings.old_logs) front_.expect_old_logs(*settings.old_logs);
    for (const Rule& rule : rules) {
        all_ |= one(trials_.size());
        Trial& trial = trials_.emplace_back();
        trial.engine = std::make_unique<Engine>(with_rules(settings, {rule}), settings.allow,
                                                settings.hash_seed);
        trial.engine->set_own_addresses(settings.own);
        trial.engine->lent_judge_ = &front_.judge_;
    }
}

template <class Visitor>
void RuleTrials::each_of(Rules rules, Visitor visit)
{
    for (; rules != 0; rules &= rules - 1)
        visit(static_cast<std::size_t>(std::countr_zero(rules)));
}

bool RuleTrials::is_for_mail(const Event& event)
{
    return Engine::may_be_on_mail_exchange_port(event);
}

// The order is that of Replay::observe and of Engine::observe, of a backlog.
void RuleTrials::observe(const Event& event, std::uint32_t source)
{
    const Timestamp at = event.time;
    advance(at);
    const Rules shut = shut_out(event);
    const auto [counted, paired, withdrawn] = front_.weigh(event, source);
    if (withdrawn) front_.judge_.withdraw(*withdrawn);
    const bool is_excused = front_.is_excused(event);
    if (paired > 0 && !is_excused) front_.judge_.learn_password(event, paired, at);
    if (event.kind == EventKind::auth_failure && counted > 0 && !is_excused) {
        for (std::size_t rule = 0; rule < trials_.size(); ++rule) {
            Outcome& outcome = trials_[rule].outcome;
            ((shut & one(rule)) != 0 ? outcome.prevented : outcome.through) += counted;
        }
    }
    close_mail_exchange_port(event, source);
    if (counted == 0 || is_excused) return;
    each_part(event, counted,
              [&](const Event& part, std::uint32_t count) { judge(part, count, source); });
}

// Ends the bans that are due, and imposes those that wait for the end of an outage.
void RuleTrials::advance(Timestamp now)
{
    front_.judge_.advance(now);
    const bool is_due = next_due_ && *next_due_ <= now;
    if (has_begun_ && !is_due && waiting_ == 0) return;
    each_of(all_, [&](std::size_t rule) {
        Trial& trial = trials_[rule];
        const bool ends = trial.due && *trial.due <= now;
        if (has_begun_ && !ends && (waiting_ & one(rule)) == 0) return;
        take(rule, trial.engine->advance(now));
    });
    has_begun_ = true;
    next_due_.reset();
    for (const Trial& trial : trials_)
        if (trial.due) next_due_ = std::min(next_due_.value_or(*trial.due), *trial.due);
}

bool RuleTrials::has_odd_ban(std::size_t rule, const IpAddress& ip) const
{
    return (odd_ & one(rule)) != 0 && trials_[rule].odd.overlaps(client_of(ip));
}

// The rules whose bans would have kept the event out.
RuleTrials::Rules RuleTrials::shut_out(const Event& event)
{
    if (event.kind != EventKind::auth_failure) return 0;
    Rules shut = 0;
    const auto known = doors_.find(client_of(event.ip).base());
    if (known != doors_.end())
        shut = is_for_mail(event) ? known->second.shut_for_mail : known->second.banned;
    each_of(odd_, [&](std::size_t rule) {
        if (!has_odd_ban(rule, event.ip)) return;
        shut &= ~one(rule);
        if (trials_[rule].engine->is_shut_out(event)) shut |= one(rule);
    });
    return shut;
}

void RuleTrials::close_mail_exchange_port(const Event& event, std::uint32_t source)
{
    if (event.kind != EventKind::auth_failure || !is_for_mail(event)) return;
    const auto known = doors_.find(client_of(event.ip).base());
    Rules open = known == doors_.end() ? 0 : known->second.banned & ~known->second.shut_for_mail;
    each_of(odd_ & ~open, [&](std::size_t rule) {
        if (has_odd_ban(rule, event.ip)) open |= one(rule);
    });
    each_of(open, [&](std::size_t rule) {
        Effects effects;
        trials_[rule].engine->close_mail_exchange_port(event, source, event.time, event.time,
                                                       effects);
        take(rule, effects);
    });
}

// What the rules do not agree on, though they share it.
void RuleTrials::note_doubts(const Event& event)
{
    const Judge& judge = front_.judge_;
    if (event.kind == EventKind::auth_unavailable && !judge.has_failed_lately(event, event.time)) {
        // The judge takes the client for no witness if any rule knows of a failure.
        if (const Rules knowing = suspecting(event); knowing != 0) doubtful_ |= all_ & ~knowing;
    }
    if (event.kind != EventKind::auth_success || !event.account) return;
    const IpAddress pair =
        pair_key(client_of(event.ip).base(), account_key(*event.account, hash_seed_), hash_seed_);
    // Here the rules together have forgiven at least as much as each of them.
    if (!judge.may_forgive(event, event.time)) {
        if (unclear_.contains(pair)) doubtful_ = all_;
        return;
    }
    const auto forgivable = judge.detector().forgivable(event.ip, *event.account);
    if (forgivable.least != forgivable.most) unclear_.insert(pair);
}

RuleTrials::Strangers RuleTrials::take_guilty()
{
    Strangers found;
    if (front_.judge_.outage() != nullptr) return found;
    while (found.size() < kPunishedAtOnce) {
        auto guilty = front_.judge_.take_guilty();
        if (!guilty) break;
        found.push_back(std::move(*guilty));
    }
    return found;
}

void RuleTrials::judge(const Event& event, std::uint32_t attempts, std::uint32_t source)
{
    note_doubts(event);
    const Verdict verdict = front_.judge_.observe(event, attempts, event.time);
    if (verdict.is_guess) front_.deduplicator_.expect(event);
    const Strangers strangers = take_guilty();
    if (!strangers.empty()) {
        each_of(all_, [&](std::size_t rule) {
            Effects effects;
            for (const auto& guilty : strangers)
                trials_[rule].engine->punish_stranger(guilty, event.time, event.time, effects);
            take(rule, effects);
        });
    }
    sentence(event, verdict, source);
}

std::optional<std::size_t> RuleTrials::number_of(const Rule& rule) const
{
    const auto& rules = front_.detector().rules();
    const Rule* const first = rules.data();
    const std::less<> before;
    if (before(&rule, first) || !before(&rule, first + rules.size())) return std::nullopt;
    return static_cast<std::size_t>(&rule - first);
}

RuleTrials::Rules RuleTrials::suspecting(const Event& event) const
{
    Rules found = 0;
    for (const Rule* rule : front_.detector().suspecting(event.ip, event.time))
        found |= one(*number_of(*rule));
    return found;
}

void RuleTrials::sentence(const Event& event, const Verdict& verdict, std::uint32_t source)
{
    const bool has_mercy = event.kind == EventKind::auth_success || verdict.is_inexcusable;
    Rules concerned = has_mercy ? waiting_ : 0;
    Rules suspicious = all_;
    for (const Offence& offence : verdict.offences) {
        const auto number = number_of(*offence.rule);
        concerned |= number ? one(*number) : all_;
        // Where others fail behind the same address, too, that is no suspicion (Judge::judge_user).
        if (front_.judge_.needs_suspicion(*offence.rule) &&
            !front_.judge_.is_shared(event.ip, event.time))
            suspicious = suspecting(event);
    }
    each_of(concerned, [&](std::size_t rule) {
        sentence(rule, event, verdict_of(rule, verdict, suspicious), source);
    });
}

// As the rule alone would have had it.
Verdict RuleTrials::verdict_of(std::size_t rule, const Verdict& verdict, Rules suspicious) const
{
    Verdict own;
    own.is_inexcusable = verdict.is_inexcusable;
    for (const Offence& offence : verdict.offences) {
        const auto number = number_of(*offence.rule);
        const bool lacks_suspicion =
            front_.judge_.needs_suspicion(*offence.rule) && (suspicious & one(rule)) == 0;
        if (number.value_or(rule) == rule && !lacks_suspicion) own.offences.push_back(offence);
    }
    return own;
}

void RuleTrials::sentence(std::size_t rule, const Event& event, const Verdict& verdict,
                          std::uint32_t source)
{
    const bool is_plain = verdict.offences.size() == 1 && number_of(*verdict.offences[0].rule) &&
                          front_.judge_.outage() == nullptr && (waiting_ & one(rule)) == 0;
    if (is_plain && is_settled(rule, event)) return;
    Effects effects;
    trials_[rule].engine->sentence(event, verdict, source, event.time, event.time, effects);
    take(rule, effects);
    if (is_plain && effects.empty()) note_settled(rule, event);
}

bool RuleTrials::is_settled(std::size_t rule, const Event& event) const
{
    const auto known = doors_.find(client_of(event.ip).base());
    if (known == doors_.end()) return false;
    const Doors& doors = known->second;
    const Rules settled = is_for_mail(event) ? doors.settled_for_mail : doors.settled;
    return (settled & one(rule)) != 0 && !has_odd_ban(rule, event.ip);
}

// Until its ban changes: another rule's could be made longer at another time.
void RuleTrials::note_settled(std::size_t rule, const Event& event)
{
    const Prefix client = client_of(event.ip);
    const Ledger& ledger = trials_[rule].engine->ledger();
    const Ban* const ban = ledger.covering(event.ip, BanOrigin::rule);
    if (ban == nullptr || ban->prefix != client || has_odd_ban(rule, event.ip)) return;
    if (ban->rule != front_.detector().rules()[rule].name) return;
    Doors& doors = doors_[client.base()];
    (is_for_mail(event) ? doors.settled_for_mail : doors.settled) |= one(rule);
}

void RuleTrials::take(std::size_t rule, const Effects& effects)
{
    Trial& trial = trials_[rule];
    for (const Effect& effect : effects) {
        if (const auto* const record = effect_as<RecordBan>(effect)) {
            if (trial.outcome.bans++ < Replay::kMostBans)
                trial.outcome.prefixes.insert(record->ban.prefix);
            note_change(rule, record->ban.prefix);
        } else if (const auto* const ended = effect_as<RecordEnd>(effect)) {
            note_change(rule, ended->prefix);
        }
    }
    waiting_ &= ~one(rule);
    if (trial.engine->waiting() > 0) waiting_ |= one(rule);
    trial.due = trial.engine->ledger().next_expiry();
    if (trial.due) next_due_ = std::min(next_due_.value_or(*trial.due), *trial.due);
}

void RuleTrials::note_change(std::size_t rule, const Prefix& prefix)
{
    Trial& trial = trials_[rule];
    const bool is_client = prefix == client_of(prefix.base());
    bool is_banned = false;
    bool is_odd = !is_client;
    trial.engine->ledger().each_ban_of(prefix, [&](const Ban& ban) {
        is_banned = true;
        // Of one that holds at the door alone, wider bans tell who is shut out.
        if (ban.where == BanPlace::door) is_odd = true;
    });
    if (is_odd && is_banned)
        trial.odd.insert(prefix);
    else
        trial.odd.erase(prefix);
    odd_ = trial.odd.empty() ? odd_ & ~one(rule) : odd_ | one(rule);
    if (!is_client) return;
    Doors& doors = doors_[prefix.base()];
    for (Rules* const rules :
         {&doors.banned, &doors.shut_for_mail, &doors.settled, &doors.settled_for_mail})
        *rules &= ~one(rule);
    if (is_odd || !is_banned) return;
    Event guess;
    guess.ip = prefix.base();
    guess.service = Service::imap;
    if (trial.engine->is_shut_out(guess)) doors.banned |= one(rule);
    guess.service = Service::smtp;
    if (trial.engine->is_shut_out(guess)) doors.shut_for_mail |= one(rule);
}

}  // namespace mailban
