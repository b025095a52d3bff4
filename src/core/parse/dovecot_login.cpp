#include "mailban/parse/scan.h"

#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

struct LoginStatement {
    EventKind kind = EventKind::auth_success;
    Teller teller = Teller::front_end;
    std::uint32_t attempts = 1;
    std::optional<Duration> lasted{};
    std::string_view elements{};
};

Service service_of(std::string_view process) noexcept
{
    if (process.starts_with("imap")) return Service::imap;
    if (process.starts_with("pop3")) return Service::pop3;
    if (process.starts_with("submission")) return Service::submission;
    return Service::sieve;
}

struct Reason {
    std::string_view text{};
    EventKind kind{};
    Teller teller = Teller::summary;
};

// Why a connection ended, other than by wrong passwords. Not among them, as they say nothing of a
// client or what misconfigured customers do all day: no attempt at all, a password that TLS did not
// protect, certificates, accounts that are disabled or expired, a greeting that came too late.
// `proxy dest auth failed`, as it was before 2.4, may also be the back end's temporary failure.
constexpr std::array kReasons{
    Reason{"auth service reported temporary failure", EventKind::auth_unavailable},
    Reason{"internal failure", EventKind::auth_unavailable},
    Reason{"auth process communication failure", EventKind::auth_unavailable},
    Reason{"proxy dest connection failed", EventKind::auth_unavailable},
    Reason{"proxy dest internal failure", EventKind::auth_unavailable},
    Reason{"proxy dest remote failure", EventKind::auth_unavailable},
    Reason{"proxy dest protocol failure", EventKind::auth_unavailable},
    Reason{"proxy dest temporary authentication failure", EventKind::auth_unavailable},
    // Abandoned or malformed: no password was compared.
    Reason{"client didn't finish SASL auth", EventKind::abuse},
    Reason{"disconnected while authenticating", EventKind::abuse},
    Reason{"aborted authentication", EventKind::abuse},
    Reason{"auth aborted by client", EventKind::abuse},
    Reason{"sent invalid base64 in response", EventKind::abuse},
    Reason{"tried to use unsupported auth mechanism", EventKind::abuse},
    Reason{"mail_max_userip_connections=", EventKind::abuse, Teller::front_end},
    Reason{"connection limit reached", EventKind::abuse, Teller::front_end},
};

// ", 3 attempts in 12 secs"; before 2.2 without the time.
std::optional<LoginStatement> read_attempts(std::string_view text) noexcept
{
    LoginStatement said{.kind = EventKind::auth_failure, .teller = Teller::summary};
    if (!take(text, ", ")) return std::nullopt;
    const auto attempts = take_number<std::uint32_t>(text);
    if (!attempts || *attempts == 0 || !take(text, " attempts")) return std::nullopt;
    said.attempts = *attempts;
    if (text.empty()) return said;
    if (!take(text, " in ")) return std::nullopt;
    const auto seconds = take_number<std::uint32_t>(text);
    if (!seconds || text != " secs") return std::nullopt;
    said.lasted = std::chrono::seconds(*seconds);
    return said;
}

// What stands in parentheses behind the message.
std::optional<LoginStatement> read_reason(std::string_view text) noexcept
{
    if (take(text, "auth failed") || take(text, "proxy dest authentication failure"))
        return read_attempts(text);
    for (const auto& reason : kReasons) {
        if (!text.starts_with(reason.text)) continue;
        const auto rest = text.substr(reason.text.size());
        if (rest.empty() || rest.front() == ',' || reason.text.ends_with('='))
            return LoginStatement{.kind = reason.kind, .teller = reason.teller};
    }
    return std::nullopt;
}

// "Disconnected: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): ", none of it
// the client's: a user name could only stand behind "<".
std::optional<LoginStatement> read_end(std::string_view text) noexcept
{
    const auto message = text.substr(0, text.find(" ("));
    if (message.find('<') != std::string_view::npos) return std::nullopt;
    if (message.find(", ") != std::string_view::npos) return std::nullopt;
    text.remove_prefix(message.size());
    std::optional<LoginStatement> said;
    while (take(text, " (")) {
        const auto reason = take_until(text, ')');
        if (!take(text, ")") || reason.find('<') != std::string_view::npos) return std::nullopt;
        if (!said) said = read_reason(reason);
    }
    if (!said || !take(text, ": ")) return std::nullopt;
    said->elements = text;
    return said;
}

// "proxy(bob): started proxying to 10.0.0.1:143: user=<bob>, …", 2.3 "proxy(bob,10.0.0.1:143):
// Started proxying to …". The first name is raw; it may not hold what the elements begin with.
std::optional<LoginStatement> read_proxying(std::string_view text) noexcept
{
    constexpr std::string_view kElements = ": user=<";
    const auto end = text.find(kElements);
    if (end == std::string_view::npos || text.find(kElements, end + 1) != std::string_view::npos)
        return std::nullopt;
    if (text.substr(0, end).find("): started proxying to ") == std::string_view::npos &&
        text.substr(0, end).find("): Started proxying to ") == std::string_view::npos)
        return std::nullopt;
    return LoginStatement{.elements = text.substr(end + 2)};
}

std::optional<LoginStatement> read_statement(std::string_view text) noexcept
{
    if (text.starts_with("proxy(")) return read_proxying(text);
    if (take(text, "Login: ") || take(text, "Logged in: ")) return LoginStatement{.elements = text};
    return read_end(text);
}

}  // namespace

std::optional<Event> read_dovecot_login(const DovecotLine& line)
{
    auto text = line.text;
    if (take_dovecot_level(text) != DovecotLevel::info) return std::nullopt;
    const auto said = read_statement(text);
    if (!said) return std::nullopt;
    const auto elements = read_dovecot_elements(said->elements);
    if (!elements) return std::nullopt;

    Event event;
    event.kind = said->kind;
    event.teller = said->teller;
    event.attempts = said->attempts;
    event.lasted = said->lasted;
    event.service = service_of(line.process);
    event.ip = *elements->ip;
    event.client_port = elements->client_port;
    // An empty name tells of failures alone: no attempt of the connection named any.
    const bool is_name = elements->account && !elements->account->empty();
    if (is_name || (elements->account && event.kind == EventKind::auth_failure))
        event.account = std::string(*elements->account);
    if (elements->session) event.session = std::string(*elements->session);
    return event;
}

}  // namespace mailban
