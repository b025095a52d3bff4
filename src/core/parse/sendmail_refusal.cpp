#include "mailban/scan.h"
#include "mailban/words.h"

#include <array>

#include "bracketed_client.h"
#include "sendmail_messages.h"

namespace mailban {

namespace {

std::optional<Event> event_of(EventKind kind, const std::optional<IpAddress>& ip)
{
    if (!ip) return std::nullopt;
    Event event;
    event.kind = kind;
    event.ip = *ip;
    return event;
}

bool occurs_once(std::string_view text, std::string_view what) noexcept
{
    const auto at = text.find(what);
    return at != std::string_view::npos && text.find(what, at + 1) == std::string_view::npos;
}

// The rulesets that judge a client; others (tls_server, try_tls) judge the servers that we call.
bool is_about_a_client(std::string_view ruleset) noexcept
{
    constexpr std::array<std::string_view, 9> kRulesets{"check_relay", "check_mail", "check_rcpt",
                                                        "check_vrfy",  "check_expn", "check_etrn",
                                                        "check_data",  "check_eom",  "tls_client"};
    return is_one_of(ruleset, kRulesets);
}

// "<bob@x>... Relaying denied. Proper authentication required.": the words behind the address.
EventKind kind_of_reply_text(std::string_view text) noexcept
{
    constexpr std::string_view kAddressEnd = "... ";
    const auto end = text.rfind(kAddressEnd);
    if (end != std::string_view::npos) text.remove_prefix(end + kAddressEnd.size());
    if (text.starts_with("Relaying denied")) return EventKind::relay_denied;
    if (text.starts_with("User unknown") || text.starts_with("No such user"))
        return EventKind::unknown_recipient;
    return EventKind::rejected;
}

// A client may come too often, which is told by a temporary reply too; all others of those mean
// that it did nothing wrong.
std::optional<EventKind> kind_of_temporary(std::string_view text) noexcept
{
    if (text.starts_with("Too many open connections") ||
        text.starts_with("Connection rate limit exceeded"))
        return EventKind::abuse;
    return std::nullopt;
}

// "550 5.7.1 <bob@x>... Relaying denied"
std::optional<Event> read_reply(const IpAddress& ip, std::string_view text)
{
    const auto reply = ReplyCode::parse(text.substr(0, text.find(' ')));
    if (!reply) return std::nullopt;
    take_until(text, ' ');
    take(text, " ");
    const auto enhanced = EnhancedStatus::parse(text.substr(0, text.find(' ')));
    if (enhanced) {
        take_until(text, ' ');
        take(text, " ");
    }
    std::optional<EventKind> kind;
    if (reply->value() >= 500) kind = kind_of_reply_text(text);
    if (reply->value() / 100 == 4) kind = kind_of_temporary(text);
    if (!kind) return std::nullopt;
    auto event = event_of(*kind, ip);
    event->reply = reply;
    event->enhanced = enhanced;
    return event;
}

// arg1, arg2 and the reply hold client text; but Sendmail writes ", reject=" once, and the client
// right in front of it. Whoever imitates the former is not read.
std::optional<Event> read_ruleset(std::string_view text)
{
    constexpr std::string_view kRelay = ", relay=";
    constexpr std::string_view kReject = ", reject=";
    if (!is_about_a_client(take_until(text, ',')) || !occurs_once(text, kReject))
        return std::nullopt;
    const auto end = text.find(kReject);
    const auto reply = text.substr(end + kReject.size());
    text = text.substr(0, end);
    const auto begin = text.rfind(kRelay);
    if (!text.starts_with(", arg1=") || begin == std::string_view::npos) return std::nullopt;
    text.remove_prefix(begin + kRelay.size());
    const auto ip = take_sendmail_client(text);
    if (!ip || !text.empty()) return std::nullopt;
    return read_reply(*ip, reply);
}

// "host, 192.0.2.7) rejection"
std::optional<Event> read_wrapper(std::string_view text)
{
    constexpr std::string_view kEnd = ") rejection";
    if (!text.ends_with(kEnd)) return std::nullopt;
    text.remove_suffix(kEnd.size());
    const auto at = text.rfind(", ");
    if (at == std::string_view::npos) return std::nullopt;
    text.remove_prefix(at + 2);
    take(text, "IPv6:");
    return event_of(EventKind::rejected, IpAddress::parse(text));
}

// "host [ip] due to pre-greeting traffic after 0 seconds"; the host itself may be "[ip]".
std::optional<Event> read_early_talker(std::string_view text)
{
    take_until(text, ' ');
    if (!take(text, " ")) return std::nullopt;
    const auto ip = take_bracketed_client(text);
    if (!text.starts_with(" due to pre-greeting traffic")) return std::nullopt;
    return event_of(EventKind::abuse, ip);
}

bool begins_as_abuse(std::string_view text) noexcept
{
    constexpr std::array<std::string_view, 4> kBeginnings{
        "possible SMTP attack: command=", "probable open proxy: command=",
        "SMTP violation, input too long: ", "Possible SMTP RCPT flood, "};
    return begins_with_any(text, kBeginnings);
}

}  // namespace

std::optional<Event> read_sendmail_refusal(std::string_view text)
{
    if (take(text, "ruleset=")) return read_ruleset(text);
    if (take(text, "tcpwrappers (")) return read_wrapper(text);
    const auto ip = take_sendmail_client(text);
    if (!ip || !take(text, ": ") || !text.ends_with(" [rejected]")) return std::nullopt;
    return event_of(EventKind::rejected, ip);
}

std::optional<Event> read_sendmail_abuse(std::string_view text)
{
    if (take(text, "rejecting commands from ")) return read_early_talker(text);
    if (text.starts_with("unauthorized PIPELINING, sleeping, relay="))
        return event_of(EventKind::abuse, take_last_sendmail_relay(text));
    const auto ip = take_sendmail_client(text);
    if (!ip || !take(text, ": ") || !begins_as_abuse(text)) return std::nullopt;
    return event_of(EventKind::abuse, ip);
}

}  // namespace mailban
