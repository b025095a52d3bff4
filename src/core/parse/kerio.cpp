#include "mailban/parse/kerio.h"

#include "mailban/scan.h"

#include <array>

namespace mailban {

namespace {

// A longer message may have been cut within a client's text, behind an address of its choice.
constexpr std::size_t kLongestKerio = 900;
constexpr std::string_view kAttempt = ". Attempt from IP address ";
constexpr std::string_view kNobody = " doesn't exist";

// Eats "IMAP: ", "HTTP/WebMail: ". A sender's text can hold such a thing, but behind a blank.
std::optional<std::string_view> take_service(std::string_view& text) noexcept
{
    auto rest = text;
    const auto name = take_until(rest, ':');
    if (name.empty() || name.find(' ') != std::string_view::npos || !take(rest, ": "))
        return std::nullopt;
    text = rest;
    return name;
}

Service kerio_service(std::string_view name) noexcept
{
    if (name.starts_with("SMTP")) return Service::smtp;
    if (name.starts_with("IMAP")) return Service::imap;
    if (name.starts_with("POP3")) return Service::pop3;
    return Service::unknown;  // HTTP/WebMail, LDAP, XMPP, …
}

// Lines that name the address first: what stands before and right behind it.
struct KerioForm {
    std::string_view before{};
    std::string_view behind{};  // one of these characters, or the end of the line
    EventKind kind = EventKind::rejected;
    Service service = Service::smtp;
};

constexpr std::array<KerioForm, 6> kForms{
    KerioForm{"Relay attempt from IP address ", ", .", EventKind::relay_denied},
    KerioForm{"IP address ", " ", EventKind::rejected},
    KerioForm{"SMTP Spam attack detected from ", ",", EventKind::abuse},
    KerioForm{"Client with IP address ", " ", EventKind::rejected},
    KerioForm{"Message from IP address ", ",", EventKind::rejected},
    KerioForm{"Administration login into Web Administration from ", " ", EventKind::abuse,
              Service::unknown}};

// Eats an address that ends with the text or before one of `stops`.
std::optional<IpAddress> take_address_before(std::string_view& text, std::string_view stops)
{
    auto address = text.substr(0, kOfAddresses.prefix_of(text));
    if (address.ends_with('.')) address.remove_suffix(1);
    const auto rest = text.substr(address.size());
    if (!rest.empty() && stops.find(rest.front()) == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(address);
    if (ip) text = rest;
    return ip;
}

Event event_of(EventKind kind, const IpAddress& ip, Service service)
{
    Event event;
    event.kind = kind;
    event.ip = ip;
    event.service = service;
    return event;
}

std::optional<Event> read_form(std::string_view text, const KerioForm& form)
{
    if (!take(text, form.before)) return std::nullopt;
    const auto ip = take_address_before(text, form.behind);
    if (!ip) return std::nullopt;
    // "IP address 192.0.2.7 found in DNS blacklist …" is the one line that begins so and matters.
    if (form.before == "IP address " && !text.starts_with(" found in DNS blacklist"))
        return std::nullopt;
    return event_of(form.kind, *ip, form.service);
}

// "Failed IMAP login from 192.0.2.7, user bob@example.com"
std::optional<Event> read_failed_login(std::string_view text)
{
    if (!take(text, "Failed ")) return std::nullopt;
    const auto service = kerio_service(take_until(text, ' '));
    if (!take(text, " login from ")) return std::nullopt;
    const auto ip = take_address_before(text, ",");
    if (!ip) return std::nullopt;
    auto event = event_of(EventKind::auth_failure, *ip, service);
    // A blank at the end of a line is no part of it.
    if (take(text, ", user ") || text == ", user") {
        event.account.emplace(text == ", user" ? std::string_view() : text);
    } else if (!text.empty() && text != ".") {
        // "missing parameter in AUTHENTICATE header", "… PLAIN is disabled": no password compared.
        event.kind = EventKind::abuse;
    }
    return event;
}

// Takes the address off the end: "… 192.0.2.7."
std::optional<IpAddress> take_last_address(std::string_view& text, std::string_view before)
{
    const auto at = text.rfind(before);
    if (at == std::string_view::npos) return std::nullopt;
    auto address = text.substr(at + before.size());
    if (address.ends_with('.')) address.remove_suffix(1);
    const auto ip = IpAddress::parse(address);
    if (ip) text = text.substr(0, at);
    return ip;
}

// "SMTP: Invalid password for user bob. Attempt from IP address 192.0.2.7."
std::optional<Event> read_attempt(std::string_view text)
{
    const auto ip = take_last_address(text, kAttempt);
    if (!ip) return std::nullopt;
    const auto service = take_service(text);
    if (!service) return std::nullopt;
    auto event = event_of(EventKind::auth_failure, *ip, kerio_service(*service));
    if (take(text, "Invalid password for user ")) {
        event.account.emplace(text);
    } else if (take(text, "User ") && text.ends_with(kNobody)) {
        event.account.emplace(text.substr(0, text.size() - kNobody.size()));
    } else {
        return std::nullopt;
    }
    return event;
}

// "Attempt to deliver to unknown recipient <a>, from <b>, IP address 192.0.2.7"
std::optional<Event> read_unknown_recipient(std::string_view text)
{
    if (!text.starts_with("Attempt to deliver to unknown recipient ")) return std::nullopt;
    const auto ip = take_last_address(text, ", IP address ");
    if (!ip) return std::nullopt;
    return event_of(EventKind::unknown_recipient, *ip, Service::smtp);
}

// "Connection attempt to service IMAP from IP address 192.0.2.7 rejected: too many connections…"
std::optional<Event> read_too_many(std::string_view text)
{
    if (!take(text, "Connection attempt to service ")) return std::nullopt;
    const auto service = kerio_service(take_until(text, ' '));
    if (!take(text, " from IP address ")) return std::nullopt;
    const auto ip = take_address_before(text, " ");
    if (!ip || !text.starts_with(" rejected: too many connections")) return std::nullopt;
    return event_of(EventKind::abuse, *ip, service);
}

// "SMTP: AntiHammering - IP address 192.0.2.7 will be blocked…"
std::optional<Event> read_hammering(std::string_view text)
{
    const auto service = take_service(text);
    if (!service || !take(text, "AntiHammering")) return std::nullopt;
    const bool is_begin = take(text, " - IP address ");
    if (!is_begin && !take(text, ": connection from IP address ")) return std::nullopt;
    const auto ip = take_address_before(text, " ");
    if (!ip) return std::nullopt;
    return event_of(is_begin ? EventKind::abuse : EventKind::rejected, *ip,
                    kerio_service(*service));
}

std::optional<Event> read_any_form(std::string_view text)
{
    for (const auto& form : kForms) {
        if (auto event = read_form(text, form)) return event;
    }
    return std::nullopt;
}

}  // namespace

bool KerioParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = header.message;
    return text.starts_with("Failed ") || text.starts_with("Attempt to deliver ") ||
           text.find("IP address ") != std::string_view::npos ||
           text.find(" from ") != std::string_view::npos;
}

std::optional<Event> KerioParser::read(const LogMessage& message)
{
    const auto text = message.text;
    if (text.size() > kLongestKerio) return std::nullopt;
    for (const auto read_one : {read_failed_login, read_unknown_recipient, read_too_many,
                                read_hammering, read_any_form, read_attempt}) {
        if (auto event = read_one(text)) return event;
    }
    return std::nullopt;
}

}  // namespace mailban
