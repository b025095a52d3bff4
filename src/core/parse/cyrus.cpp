#include "mailban/parse/cyrus.h"

#include "mailban/scan.h"

#include <string>

#include "bracketed_client.h"
#include "cyrus_messages.h"

namespace mailban {

namespace {

// The tag is the service's name in cyrus.conf, by default behind "cyrus/".
Service cyrus_service(std::string_view program) noexcept
{
    const auto slash = program.rfind('/');
    if (slash != std::string_view::npos) program.remove_prefix(slash + 1);
    if (program.starts_with("imap")) return Service::imap;
    if (program.starts_with("pop")) return Service::pop3;
    if (program.starts_with("sieve") || program == "timsieved" || program == "managesieve")
        return Service::sieve;
    return Service::unknown;
}

std::optional<Event> read_bad_login(std::string_view text)
{
    Event event;
    const auto ip = take_bracketed_client(text);
    if (!ip || !take(text, " ")) return std::nullopt;
    const auto failure = read_cyrus_failure(text);
    if (!failure.kind) return std::nullopt;
    event.ip = *ip;
    event.kind = *failure.kind;
    event.mechanism = name_mark(text.substr(0, text.find(' ')));
    if (failure.account) event.account = std::string(*failure.account);
    return event;
}

// "host [ip] bob plaintext+TLS User logged in SESSIONID=<…>": whoever is logged in has an account
// of ours, which may hold a blank at most.
std::optional<Event> read_login(std::string_view text)
{
    constexpr std::string_view kEnd = " User logged in";
    constexpr std::string_view kSession = " SESSIONID=<";
    Event event;
    const auto ip = take_bracketed_client(text);
    if (!ip || !take(text, " ")) return std::nullopt;
    const auto session = text.rfind(kSession);
    if (session != std::string_view::npos && text.ends_with('>')) text = text.substr(0, session);
    if (!text.ends_with(kEnd)) return std::nullopt;
    text.remove_suffix(kEnd.size());
    event.ip = *ip;
    event.kind = EventKind::auth_success;
    const auto mechanism = text.rfind(' ');
    if (mechanism != std::string_view::npos) event.account = std::string(text.substr(0, mechanism));
    return event;
}

// "Too many open connections (11 of 10 from host [ip], 3 of 5 for bob)"
std::optional<Event> read_crowd(std::string_view text)
{
    const bool is_counted = take_number<unsigned>(text) && take(text, " of ") &&
                            take_number<unsigned>(text) && take(text, " from ");
    if (!is_counted) return std::nullopt;
    const auto ip = take_bracketed_client(text);
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.kind = EventKind::abuse;
    return event;
}

std::optional<Event> read_any_cyrus(std::string_view text)
{
    if (take(text, "badlogin: ")) return read_bad_login(text);
    if (take(text, "login: ")) return read_login(text);
    if (take(text, "Too many open connections (")) return read_crowd(text);
    return read_cyrus_login_event(text);
}

}  // namespace

bool CyrusParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = header.message;
    return text.starts_with("badlogin: ") || text.starts_with("login: ") ||
           text.starts_with("event=login.") || text.starts_with("Too many open connections (");
}

std::optional<Event> CyrusParser::read(const LogMessage& message)
{
    auto event = read_any_cyrus(message.text);
    if (event) event->service = cyrus_service(message.program);
    return event;
}

}  // namespace mailban
