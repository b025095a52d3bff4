// What a mail server is told that asks before it compares a password.
#include "mailban/engine/engine.h"

namespace mailban {

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

// Where nobody has logged in to the account as far as is known, its owner would be a stranger, too.
PolicyVerdict Engine::verdict_on_stranger(const Attempt& attempt, Timestamp now) const
{
    const bool may_be_owner = !judge_.trust()->has_owner(*attempt.account, now);
    if (policy_.strangers == Strangers::delay || may_be_owner) return PolicyVerdict::delay;
    return PolicyVerdict::deny;
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
    const bool is_stranger = trust != nullptr && attempt.account && who == Familiarity::stranger;
    if (!is_stranger || !siege_.is_on(*attempt.account, attempt.service, now)) return {};
    PolicyAnswer answer = because(PolicyGround::account_under_attack);
    answer.judged = verdict_on_stranger(attempt, now);
    return answer;
}

PolicyAnswer Engine::answer(const Attempt& attempt, Timestamp now) const
{
    PolicyAnswer answer = judge_attempt(attempt, now);
    const bool is_only_told =
        answer.ground == PolicyGround::account_under_attack && policy_.strangers == Strangers::tell;
    if (policy_.mode == PolicyMode::enforce && !is_only_told) answer.verdict = answer.judged;
    if (answer.verdict == PolicyVerdict::delay) answer.delay = policy_.delay;
    return answer;
}

void Engine::note_siege(const Event& event, Timestamp at)
{
    if (!event.account) return;
    if (event.kind == EventKind::auth_success) siege_.forgive(event.ip, *event.account);
    const Trust* const trust = judge_.trust();
    if (event.kind != EventKind::auth_failure || trust == nullptr) return;
    if (trust->familiarity(event.ip, *event.account, at) == Familiarity::stranger)
        siege_.note(event, at);
}

void Engine::withdraw(const Event& failure)
{
    judge_.withdraw(failure);
    siege_.withdraw(failure);
}

}  // namespace mailban
