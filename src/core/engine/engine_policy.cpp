// What a mail server is told that asks before it compares a password.
#include "mailban/engine/engine.h"

#include <algorithm>

namespace mailban {

namespace {
// How long logins have to be seen, behind what Learning wants, before an account to which nobody
// has logged in is taken for one without an owner: with that day, longer than a weekend.
constexpr Duration kOwnersShow = std::chrono::days(2);
}  // namespace

// A rule's own `ports` leave the others open on purpose. A ban for wrong passwords that leaves port
// 25 open does so for the mail of other servers, not for logins.
bool Engine::closes(const Ban& ban, const Attempt& attempt) const
{
    if (!ban.ports) return true;
    const PortSet& usual = groups_.ports(0);
    if (*ban.ports == usual) return true;
    const bool is_login = attempt.account || !attempt.mechanism.empty();
    if (is_login && *ban.ports == usual.without(kMailExchangePort)) return true;
    if (attempt.local_port) return ban.ports->covers({false, {*attempt.local_port}});
    const auto ports = service_ports(attempt.service);
    return !ports.empty() && ban.ports->covers({false, ports});
}

bool Engine::holds_against(const Ban& ban, const Attempt& attempt, Timestamp now) const
{
    if (ban.where == BanPlace::firewall || (ban.until && *ban.until <= now)) return false;
    return closes(ban, attempt);
}

const Ban* Engine::ban_against(const Attempt& attempt, Timestamp now) const
{
    for (const BanOrigin origin : {BanOrigin::manual, BanOrigin::rule, BanOrigin::imported}) {
        const Ban* const ban = ledger_.covering(attempt.ip, origin);
        if (ban == nullptr) continue;
        if (holds_against(*ban, attempt, now)) return ban;
        // A wider one may hold where this one does not.
        for (const BanKey& key : ledger_.around(ban->prefix)) {
            const Ban* const wider = ledger_.find(key);
            if (key.origin == origin && wider != nullptr && holds_against(*wider, attempt, now))
                return wider;
        }
    }
    return nullptr;
}

// Where nobody has logged in to the account as far as is known, its owner would be a stranger, too;
// but after some days of logins there is none to be expected.
PolicyVerdict Engine::verdict_on_stranger(const Attempt& attempt, Timestamp now) const
{
    const bool may_be_owner = !judge_.trust()->has_owner(*attempt.account, now) &&
                              !judge_.learning().is_over(now - kOwnersShow);
    if (policy_.strangers == Strangers::delay || may_be_owner) return PolicyVerdict::delay;
    return PolicyVerdict::deny;
}

std::optional<PolicyAnswer> Engine::judge_stranger(const Attempt& attempt, Timestamp now) const
{
    const Siege& siege = stranger_watch_->siege;
    PolicyAnswer answer;
    if (siege.is_on(*attempt.account, attempt.service, now)) {
        answer.ground = PolicyGround::account_under_attack;
    } else if (judge_.storm() != nullptr &&
               siege.has_other(*attempt.account, attempt.service, attempt.ip, now)) {
        answer.ground = PolicyGround::storm;
    } else {
        return std::nullopt;
    }
    answer.judged = verdict_on_stranger(attempt, now);
    return answer;
}

// A user who comes to a shared address for the first time has to wait at most, until the account
// has failed there some times. Whose account was used nearby is never denied.
std::optional<PolicyAnswer> Engine::judge_shared(const Attempt& attempt, Familiarity who,
                                                 Timestamp now) const
{
    if (!judge_.is_shared(attempt.ip, now)) return std::nullopt;
    const SharedDoors& doors = stranger_watch_->shared_doors;
    const auto failures = doors.failures(attempt.ip, *attempt.account, now);
    PolicyAnswer answer;
    answer.ground = PolicyGround::shared_address;
    answer.judged = PolicyVerdict::delay;
    if (who == Familiarity::neighbour) {
        if (failures < SharedDoors::kMostOfNeighbour) return std::nullopt;
        return answer;
    }
    const bool is_guessed = doors.is_guessed_from(attempt.ip, now);
    const auto most = is_guessed ? SharedDoors::kMostWhereGuessed : SharedDoors::kMostOfStranger;
    const bool has_owner = judge_.trust()->has_owner(*attempt.account, now);
    if (failures >= most || (is_guessed && !has_owner)) {
        answer.judged = verdict_on_stranger(attempt, now);
        return answer;
    }
    if (!is_guessed) return std::nullopt;
    return answer;
}

PolicyAnswer Engine::judge_attempt(const Attempt& attempt, Timestamp now) const
{
    const auto because = [](PolicyGround ground) {
        PolicyAnswer answer;
        answer.ground = ground;
        return answer;
    };
    if (is_trusted(Prefix::host(attempt.ip))) return because(PolicyGround::allowed);
    if (judge_.outage() != nullptr) return because(PolicyGround::outage);
    const Trust* const trust = judge_.trust();
    const auto who = trust != nullptr && attempt.account
                         ? trust->familiarity(attempt.ip, *attempt.account, now)
                         : Familiarity::stranger;
    // Before there is an account, nobody can tell a user from who else is behind the address.
    const bool is_known = who == Familiarity::known ||
                          (trust != nullptr && !attempt.account && trust->is_user(attempt.ip, now));
    const Ban* const ban = ban_against(attempt, now);
    if (ban != nullptr && (!is_known || ban->origin == BanOrigin::manual)) {
        PolicyAnswer answer = because(PolicyGround::banned);
        answer.judged = PolicyVerdict::deny;
        answer.rule = ban->rule;
        return answer;
    }
    if (is_known) return because(PolicyGround::known_user);
    if (trust == nullptr || !attempt.account || !stranger_watch_) return {};
    if (who == Familiarity::stranger)
        if (const auto answer = judge_stranger(attempt, now)) return *answer;
    return judge_shared(attempt, who, now).value_or(PolicyAnswer{});
}

void Engine::watch_strangers(const Config& config)
{
    const auto tracked = config.limits.tracked / 4;
    const auto network = config.judgement.trust.value_or(TrustSettings{}).network;
    stranger_watch_.emplace(StrangerWatch{Siege(config.rules, tracked, config.prefix, hash_seed_),
                                          SharedDoors(std::min(tracked, SharedDoors::kMostPairs),
                                                      config.prefix, network, hash_seed_)});
}

PolicyAnswer Engine::answer(const Attempt& attempt, Timestamp now) const
{
    PolicyAnswer answer = judge_attempt(attempt, now);
    const bool is_only_told =
        answer.ground != PolicyGround::banned && policy_.strangers == Strangers::tell;
    if (policy_.mode == PolicyMode::enforce && !is_only_told) answer.verdict = answer.judged;
    if (answer.verdict == PolicyVerdict::delay) answer.delay = policy_.delay;
    return answer;
}

void Engine::note_siege(const Event& event, std::uint32_t attempts, Timestamp at)
{
    if (!event.account || !stranger_watch_) return;
    if (event.kind == EventKind::auth_success) stranger_watch_->forgive(event.ip, *event.account);
    const Trust* const trust = judge_.trust();
    if (event.kind != EventKind::auth_failure || trust == nullptr) return;
    const auto who = trust->familiarity(event.ip, *event.account, at);
    if (who == Familiarity::known) return;
    const bool is_stranger = who == Familiarity::stranger;
    if (is_stranger) stranger_watch_->siege.note(event, at);
    // In an outage all fail.
    if (judge_.outage() != nullptr) return;
    stranger_watch_->shared_doors.note(
        event, attempts, is_stranger ? SharedDoors::Who::stranger : SharedDoors::Who::neighbour,
        at);
}

// Refused at the door: no rule counts it, but lines of it are to be known as such.
bool Engine::is_refusal(const Event& event) noexcept
{
    return event.reporter == Reporter::report && event.kind == EventKind::rejected;
}

// What a stranger was refused for goes on with it.
void Engine::note_refused(const Event& event, Timestamp at)
{
    const Trust* const trust = judge_.trust();
    if (trust == nullptr || !event.account || is_trusted(Prefix::host(event.ip))) return;
    if (trust->familiarity(event.ip, *event.account, at) != Familiarity::stranger) return;
    if (stranger_watch_) stranger_watch_->keep(event, at);
    judge_.note_refused(event, at);
    // It could not log in after an outage, which would have excused what it did meanwhile.
    waiting_.erase(offender_prefix(event.ip));
}

void Engine::withdraw(const Event& failure)
{
    judge_.withdraw(failure);
    if (stranger_watch_) stranger_watch_->withdraw(failure);
}

}  // namespace mailban
