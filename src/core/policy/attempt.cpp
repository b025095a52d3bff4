#include "mailban/policy/attempt.h"

#include "mailban/detect/account.h"

namespace mailban {

namespace {

std::string reason_of(const PolicyAnswer& answer)
{
    switch (answer.ground) {
    case PolicyGround::nothing_known: return "nothing is known of it";
    case PolicyGround::allowed: return "on the allowlist";
    case PolicyGround::outage: return "the password service is down";
    case PolicyGround::known_user: return "logged in from there before";
    case PolicyGround::banned:
        return answer.rule.empty() ? "banned by hand" : "banned by rule " + answer.rule;
    case PolicyGround::account_under_attack:
        return "a stranger at an account that many addresses attack";
    case PolicyGround::storm:
        return "a stranger at an account that other strangers try, in a storm";
    case PolicyGround::shared_address:
        return "guesses come from this shared address, and the account is not known there";
    }
    return {};
}

}  // namespace

std::vector<std::uint16_t> service_ports(Service service)
{
    switch (service) {
    case Service::smtp: return {25, 465, 587};
    case Service::submission: return {465, 587};
    case Service::imap: return {143, 993};
    case Service::pop3: return {110, 995};
    case Service::sieve: return {4190};
    case Service::unknown: break;
    }
    return {};
}

std::string to_string(const Attempt& attempt, const PolicyAnswer& answer)
{
    std::string text(kPolicyVerdictNames.of(answer.judged));
    text += " " + attempt.ip.to_string() + " (";
    text += to_string(attempt.service);
    if (attempt.account) text += ", " + shown_account(*attempt.account);
    text += "): " + reason_of(answer);
    if (answer.verdict != answer.judged) text += "; allowed, because it is only observed";
    return text;
}

}  // namespace mailban
