#include "mailban/detect/reply_kinds.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

using Kind = EventKind;

ReplyKinds wrong_password() noexcept
{
    return {{Kind::auth_failure}, "As an answer to AUTH, it is one wrong password."};
}

ReplyKinds back_end_down() noexcept
{
    return {{Kind::auth_unavailable},
            "As an answer to AUTH, it says that our own password service is down. It never counts "
            "as a wrong password."};
}

ReplyKinds unknown_recipient() noexcept
{
    return {{Kind::unknown_recipient},
            "As an answer to RCPT, it is an attempt to find an address."};
}

ReplyKinds refused() noexcept
{
    return {{Kind::relay_denied, Kind::unknown_recipient, Kind::rejected},
            "A refusal; the text after the code in the server's log decides the kind."};
}

ReplyKinds refused_by_policy() noexcept
{
    return {{Kind::relay_denied, Kind::rejected},
            "A refusal by policy; the text after the code in the server's log decides the kind."};
}

ReplyKinds misuse() noexcept
{
    return {{Kind::abuse},
            "As an answer to AUTH, or if the server disconnects a client after too many errors, it "
            "is protocol abuse; no password was compared."};
}

ReplyKinds no_password_compared() noexcept
{
    return {{}, "It never counts: the client cannot log in that way, and no password was wrong."};
}

ReplyKinds of_code(const ReplyCode& code) noexcept
{
    switch (code.value()) {
    case 235: return {{Kind::auth_success}, "A successful login."};
    case 535: return wrong_password();
    case 435:
    case 454: return back_end_down();
    case 422:
    case 432:
    case 523:
    case 524:
    case 525:
    case 530:
    case 534:
    case 538: return no_password_compared();
    case 421:
        return {{Kind::abuse},
                "It counts if the log says that the client connected too often or made too many "
                "errors, and not if the server itself had a problem."};
    case 500:
    case 501:
    case 502:
    case 503:
    case 504: return misuse();
    case 551: return unknown_recipient();
    case 553:
        return {
            {Kind::relay_denied, Kind::unknown_recipient, Kind::rejected, Kind::abuse},
            "A refusal, or protocol abuse as an answer to AUTH (Exim); the server's log decides "
            "the kind."};
    case 550:
    case 554: return refused();
    case 533: return refused_by_policy();
    default: break;
    }
    if (code.is_temporary())
        return {{},
                "Its code never counts: it is temporary, and our own server may have a problem."};
    if (code.is_permanent()) return {{Kind::rejected}, "A refusal, if the server logs it."};
    return {{}, "It never counts: nothing was refused."};
}

bool tells_of_no_password(const EnhancedStatus& status) noexcept
{
    return status.subject == 7 && status.detail >= 9 && status.detail <= 14;
}

// The kinds where the detail says more than any reply code does; nullopt: it does not.
std::optional<ReplyKinds> of_permanent_detail(const EnhancedStatus& status) noexcept
{
    if (status.subject == 1) {
        constexpr std::array<std::uint16_t, 5> kRecipient{1, 2, 3, 6, 10};
        const bool recipient =
            std::find(kRecipient.begin(), kRecipient.end(), status.detail) != kRecipient.end();
        if (recipient) return unknown_recipient();
        return ReplyKinds{{Kind::rejected}, "A refusal of an address, if the server logs it."};
    }
    if (status.subject != 7) return std::nullopt;
    if (status.detail == 8) return wrong_password();
    if (tells_of_no_password(status)) return no_password_compared();
    if (status.detail == 1) return refused_by_policy();
    if (status.detail == 2 || status.detail >= 17) {
        return ReplyKinds{{Kind::rejected}, "A refusal by policy, if the server logs it."};
    }
    return std::nullopt;
}

ReplyKinds of_enhanced_alone(const EnhancedStatus& status) noexcept
{
    if (status.status_class == 2) {
        if (status.subject == 7)
            return {{Kind::auth_success}, "As an answer to AUTH, it is a successful login."};
        return {{}, "It never counts: nothing was refused."};
    }
    if (status.is_temporary()) {
        if (status.subject == 7 && status.detail == 12) return no_password_compared();
        // X.7.1 and the policies behind it are greylisting and the like.
        if (status.subject == 7 && (status.detail == 0 || status.detail == 8))
            return back_end_down();
        return {{}, "It never counts: it is temporary, and our own server may have a problem."};
    }
    if (const auto kinds = of_permanent_detail(status)) return *kinds;
    if (status.subject == 7 && status.detail == 0) {
        return {{Kind::auth_failure, Kind::relay_denied, Kind::rejected},
                "A refusal for security reasons; the reply code and the server's log decide the "
                "kind."};
    }
    if (status.subject == 5) return misuse();
    return {{Kind::rejected}, "A refusal, if the server logs it."};
}

}  // namespace

ReplyKinds kinds_of(const SmtpReply& reply) noexcept
{
    if (!reply.code) return of_enhanced_alone(*reply.enhanced);
    if (!reply.enhanced || reply.contradicts_itself()) return of_code(*reply.code);
    // 535 is a wrong password whatever policy stands behind it (Exchange says 5.7.3, Sendmail
    // 5.7.0), unless it says that no password was compared.
    if (reply.code->value() == 535 && tells_of_no_password(*reply.enhanced))
        return no_password_compared();
    // The refusals of mail are many things under few numbers; the other codes speak for themselves.
    constexpr std::uint16_t kFirstMailRefusal = 550;
    if (reply.code->value() >= kFirstMailRefusal) {
        if (const auto kinds = of_permanent_detail(*reply.enhanced)) return *kinds;
    }
    return of_code(*reply.code);
}

std::vector<std::string> rules_counting(const std::vector<Rule>& rules, EventKind kind)
{
    std::vector<std::string> names;
    for (const auto& rule : rules) {
        if (rule.on.contains(kind)) names.push_back(rule.name);
    }
    return names;
}

}  // namespace mailban
