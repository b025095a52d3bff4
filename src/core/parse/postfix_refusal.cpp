#include "mailban/scan.h"

#include "postfix_messages.h"

namespace mailban {

namespace {

enum class Refuser : std::uint8_t { postfix, milter };

struct Refusal {
    Refuser refuser = Refuser::postfix;
    PostfixClient client{};
    std::string_view text{};  // "554 5.7.1 <bob@example.net>: Relay access denied; from=<…> …"
};

constexpr CharacterSet kOfStages = kUpperCase.with("-");

// Eats "RCPT from ". The stage is a word of Postfix's own: "RCPT", "END-OF-MESSAGE", …
bool take_stage(std::string_view& text) noexcept
{
    if (take_all(text, kOfStages).empty()) return false;
    take(text, " content");  // "DATA content"
    return take(text, " from ");
}

// "NOQUEUE: reject: RCPT from name[ip]: text". What warn_if_reject lets pass is "reject_warning: ".
std::optional<Refusal> take_refusal(std::string_view message)
{
    Refusal refusal;
    take_all(message, kLettersAndDigits);
    if (take(message, ": milter-reject: ")) {
        refusal.refuser = Refuser::milter;
    } else if (!take(message, ": reject: ")) {
        return std::nullopt;
    }
    if (!take_stage(message)) return std::nullopt;
    const auto client = take_postfix_client(message);
    if (!client || !take(message, ": ")) return std::nullopt;
    refusal.client = *client;
    refusal.text = message;
    return refusal;
}

// " helo=<x> sasl_username=<bob>" at the end: one of our own users. The HELO name holds no '>' and
// no blank (Postfix writes '?'); where there is none, the sender can hold all of this, but behind
// the sender stands the protocol.
bool is_of_our_user(std::string_view text) noexcept
{
    const auto account = text.rfind(" sasl_username=<");
    return account != std::string_view::npos && text.ends_with('>') &&
           text.find(" proto=", account) == std::string_view::npos;
}

// What follows the object "<bob@example.net>: ", if it is certain where that ends: it is the
// client's text, and so is what follows the reason.
std::string_view certain_reason(std::string_view text) noexcept
{
    constexpr std::string_view kEnd = ">: ";
    if (!text.starts_with('<')) return {};
    const auto end = text.find(kEnd);
    if (end == std::string_view::npos || text.find(kEnd, end + 1) != std::string_view::npos)
        return {};
    return text.substr(end + kEnd.size());
}

// What the text behind the codes says besides. A relay is denied with 454 by default, yet for good.
// Other temporary refusals say nothing about the client: it may be greylisted.
std::optional<EventKind> kind_of_refusal(const Event& codes, std::string_view text)
{
    const auto reason = certain_reason(text);
    if (reason.starts_with("Relay access denied")) return EventKind::relay_denied;
    if (codes.reply->is_temporary()) return std::nullopt;
    const bool unknown = reason.starts_with("Recipient address rejected: User unknown") ||
                         codes.enhanced == EnhancedStatus{5, 1, 1};
    return unknown ? EventKind::unknown_recipient : EventKind::rejected;
}

std::optional<Event> read_coded_refusal(const Refusal& refusal)
{
    auto text = refusal.text;
    auto event = postfix_event(EventKind::rejected, refusal.client);
    event.reply = ReplyCode::parse(take_until(text, ' '));
    if (!event.reply || !take(text, " ")) return std::nullopt;
    auto behind_status = text;
    event.enhanced = EnhancedStatus::parse(take_until(behind_status, ' '));
    if (event.enhanced) {
        take(behind_status, " ");
        text = behind_status;
    }
    if (refusal.refuser == Refuser::milter) {
        if (event.reply->is_temporary()) return std::nullopt;
        return event;
    }
    const auto kind = kind_of_refusal(event, text);
    if (!kind) return std::nullopt;
    event.kind = *kind;
    return event;
}

}  // namespace

std::optional<Event> read_postfix_refusal(std::string_view message)
{
    const auto refusal = take_refusal(message);
    if (!refusal || is_of_our_user(refusal->text)) return std::nullopt;
    // Postscreen's and smtpd's refusals that have no code.
    if (refusal->text == "too many connections" || refusal->text.starts_with("bare <LF> received"))
        return postfix_event(EventKind::abuse, refusal->client);
    return read_coded_refusal(*refusal);
}

}  // namespace mailban
