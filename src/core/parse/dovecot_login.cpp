#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "dovecot_messages.h"

namespace mailban {

namespace {

// How many attempts a line stands for besides the one that its reason tells of. Where a line has a
// number, it is that less one; an older Dovecot prints some reasons in place of the number.
enum class Untold : std::uint8_t {
    none,          // whatever the number: they failed as the last one did, or there were none
    by_number,     // without a number, none is known of
    if_named,      // the same, and where there is a name, the auth service has refused it
    at_least_one,  // the client chose this ending, and nothing tells how many were before it
};

struct LoginStatement {
    std::optional<EventKind> kind{EventKind::auth_success};
    Reporter reporter = Reporter::front_end;
    std::uint32_t attempts = 1;
    std::optional<Duration> lasted{};
    Untold untold = Untold::none;
    bool has_number = false;
    std::uint32_t failures_before = 0;  // by the number
    std::string_view elements{};
};

Service dovecot_service(std::string_view process) noexcept
{
    if (process.starts_with("imap")) return Service::imap;
    if (process.starts_with("pop3")) return Service::pop3;
    if (process.starts_with("submission")) return Service::submission;
    return Service::sieve;
}

struct Reason {
    std::string_view text{};
    std::optional<EventKind> kind{};  // of the last attempt; none: it says nothing of the client
    Untold untold = Untold::none;
    Reporter reporter = Reporter::summary;
};

// Why a connection ended, other than by wrong passwords. A kind of their own have not what says
// nothing of a client or what misconfigured customers do all day: certificates, accounts that are
// disabled or expired. A password that TLS did not protect was not compared; robots send such by
// the thousand. Not among them are those of no attempt at all, and `proxy dest auth failed`, which
// before 2.4 may also be the back end's temporary failure.
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
    Reason{"client didn't finish SASL auth", EventKind::abuse, Untold::by_number},
    Reason{"disconnected while authenticating", EventKind::abuse, Untold::by_number},
    Reason{"aborted authentication", EventKind::abuse, Untold::by_number},
    Reason{"auth aborted by client", EventKind::abuse, Untold::by_number},
    Reason{"sent invalid base64 in response", EventKind::abuse, Untold::at_least_one},
    Reason{"tried to use unsupported auth mechanism", EventKind::abuse, Untold::at_least_one},
    Reason{"mail_max_userip_connections=", EventKind::abuse, Untold::none, Reporter::front_end},
    Reason{"connection limit reached", EventKind::abuse, Untold::by_number, Reporter::front_end},
    Reason{"authorization failed", std::nullopt, Untold::by_number},
    Reason{"user disabled", std::nullopt, Untold::by_number},
    Reason{"password expired", std::nullopt, Untold::by_number},
    Reason{"login disabled", std::nullopt, Untold::by_number},
    Reason{"anonymous logins disabled", std::nullopt, Untold::by_number},
    Reason{"tried to use disallowed cleartext auth", EventKind::abuse, Untold::if_named},
    Reason{"tried to use disallowed plaintext auth", EventKind::abuse, Untold::if_named},
    Reason{"tried to use disabled plaintext auth", EventKind::abuse, Untold::if_named},
    Reason{"cert required", std::nullopt, Untold::if_named},
    Reason{"client didn't send a cert", std::nullopt, Untold::if_named},
    Reason{"client sent an ", std::nullopt, Untold::if_named},
    Reason{"client_limit and process_limit was hit", std::nullopt, Untold::if_named},
    Reason{"The process is shutting down", std::nullopt, Untold::if_named},
};

// ", 3 attempts in 12 secs"; before 2.2 without the time.
std::optional<LoginStatement> read_attempts(std::string_view text) noexcept
{
    LoginStatement said{.kind = EventKind::auth_failure, .reporter = Reporter::summary};
    if (!take(text, ", ")) return std::nullopt;
    const auto attempts = take_number<std::uint32_t>(text);
    if (!attempts || *attempts == 0 || !take(text, " attempts")) return std::nullopt;
    said.attempts = *attempts;
    if (text.empty()) return said;
    if (!take(text, " in ")) return std::nullopt;
    const auto seconds = take_number<std::uint32_t>(text);
    if (!seconds || !take(text, " secs")) return std::nullopt;
    if (!text.empty()) return std::nullopt;
    said.lasted = std::chrono::seconds(*seconds);
    return said;
}

// ", 1/8 successful auths in 12 secs": seven attempts have failed.
std::optional<std::uint32_t> read_failures(std::string_view text) noexcept
{
    if (!take(text, ", ")) return std::nullopt;
    const auto successes = take_number<std::uint32_t>(text);
    if (!successes || !take(text, "/")) return std::nullopt;
    const auto attempts = take_number<std::uint32_t>(text);
    if (!attempts || !text.starts_with(" successful auths")) return std::nullopt;
    return *attempts - std::min(*attempts, *successes);
}

LoginStatement read_ending(const Reason& reason, std::string_view rest) noexcept
{
    LoginStatement said{.kind = reason.kind, .reporter = reason.reporter, .untold = reason.untold};
    if (const auto counted = read_attempts(rest)) {
        said.has_number = true;
        said.failures_before = counted->attempts - 1;
        said.lasted = counted->lasted;
    } else if (const auto failures = read_failures(rest)) {
        said.has_number = true;
        // Of a connection that ends at a limit, the last attempt was right.
        const bool is_right = reason.text == "connection limit reached";
        said.failures_before = is_right ? *failures : *failures - std::min(*failures, 1U);
    }
    return said;
}

// What stands in parentheses behind the message.
std::optional<LoginStatement> read_reason(std::string_view text) noexcept
{
    if (take(text, "auth failed") || take(text, "proxy dest authentication failure"))
        return read_attempts(text);
    for (const auto& reason : kReasons) {
        if (!begins_with(text, reason.text)) continue;
        const auto rest = text.substr(reason.text.size());
        const bool is_open = reason.text.ends_with('=') || reason.untold == Untold::if_named;
        if (rest.empty() || rest.front() == ',' || is_open) return read_ending(reason, rest);
    }
    return std::nullopt;
}

// There are other lines in which the client has written all that the end of a connection has: what
// it says of itself (`ID sent: name=…`, with imap_id_log), and what a proxy's back end said. An end
// has no "=" in front of its reason but in "read(size=972) failed".
bool may_be_end(std::string_view message) noexcept
{
    constexpr std::string_view kSize = "(size=";
    if (begins_with(message, "ID sent") || begins_with(message, "proxy(")) return false;
    if (contains(message, "<") || contains(message, ", ")) return false;
    const auto equals = message.find('=');
    if (equals == std::string_view::npos) return true;
    return message.substr(0, equals + 1).ends_with(kSize) &&
           message.find('=', equals + 1) == std::string_view::npos;
}

// Behind the number, since 2.4.3 on a proxy.
constexpr std::string_view kLastFailure = ", last failure: ";

// What a proxy's back end has said may hold anything, and perhaps what the client has sent to it.
// It ends where the event's own reason stands, if that stands in the line but once.
std::optional<std::string_view> cut_last_failure(std::string_view text) noexcept
{
    constexpr std::string_view kEnd = "): ";
    constexpr std::array<std::string_view, 2> kCodes{") (auth_failed): ",
                                                     ") (proxy_dest_auth_failed): "};
    std::optional<std::string_view> behind;
    for (const auto code : kCodes) {
        const auto at = text.find(code);
        if (at == std::string_view::npos) continue;
        if (behind || text.find(code, at + 1) != std::string_view::npos) return std::nullopt;
        behind = text.substr(at + code.size() - kEnd.size());
    }
    return behind;
}

// "Disconnected: Connection closed (auth failed, 1 attempts in 2 secs) (auth_failed): ", none of it
// the client's: a user name could only stand behind "<".
std::optional<LoginStatement> read_end(std::string_view text) noexcept
{
    const auto message = text.substr(0, text.find(" ("));
    if (!may_be_end(message)) return std::nullopt;
    text.remove_prefix(message.size());
    std::optional<LoginStatement> said;
    while (take(text, " (")) {
        auto reason = take_until(text, ')');
        if (const auto at = reason.find(kLastFailure); at != std::string_view::npos) {
            const auto behind = cut_last_failure(text);
            if (!behind) return std::nullopt;
            reason = reason.substr(0, at);
            text = *behind;
        }
        if (!take(text, ")") || reason.find('<') != std::string_view::npos) return std::nullopt;
        if (!said) said = read_reason(reason);
    }
    if (!said || !take(text, ": ")) return std::nullopt;
    said->elements = text;
    return said;
}

constexpr std::string_view kLoginFailed = "): Login failed";

std::size_t count_of(std::string_view text, std::string_view what) noexcept
{
    std::size_t count = 0;
    for (auto at = text.find(what); at != std::string_view::npos; at = text.find(what, at + 1))
        ++count;
    return count;
}

// What the back end has said of a proxied login: until 2.3.12
// "proxy(bob): Login failed to 10.0.0.1:143[/destuser][ (master admin)]: …", later
// "proxy(bob,10.0.0.1:143): Login failed: …".
std::optional<LoginStatement> read_refused_proxying(std::string_view text) noexcept
{
    text.remove_prefix(text.find(kLoginFailed) + kLoginFailed.size());
    const bool is_named_before = take(text, ": ");
    if (!is_named_before) {
        if (!take(text, " to ")) return std::nullopt;
        const auto end = text.find(": ");
        if (end == std::string_view::npos) return std::nullopt;
        text.remove_prefix(end + 2);
    }
    if (!is_refusal_of_other_server(text)) return std::nullopt;
    // As with a database of its own, the summary tells of the same attempts.
    return LoginStatement{.kind = EventKind::auth_failure, .reporter = Reporter::back_end};
}

// "proxy(bob): started proxying to 10.0.0.1:143: user=<bob>, …", 2.3 "proxy(bob,10.0.0.1:143):
// Started proxying to …", or that the back end has refused the login. The first name is raw; it may
// not hold what the elements begin with.
std::optional<LoginStatement> read_proxying(std::string_view text) noexcept
{
    constexpr std::string_view kElements = ": user=<";
    const auto end = text.find(kElements);
    if (count_of(text, kElements) != 1) return std::nullopt;
    // The one that Dovecot has written; a second one, wherever, is the client's.
    if (count_of(text, "tarted proxying to ") + count_of(text, kLoginFailed) != 1)
        return std::nullopt;
    const auto elements = text.substr(end + 2);
    text = text.substr(0, end);
    const bool has_begun =
        contains(text, "): started proxying to ") || contains(text, "): Started proxying to ");
    if (contains(text, kLoginFailed)) {
        auto refused = read_refused_proxying(text);
        if (refused) refused->elements = elements;
        return refused;
    }
    if (!has_begun) return std::nullopt;
    return LoginStatement{.elements = elements};
}

// The back end may repeat what the client has sent, a name in brackets among it. So it has to be
// the one that stands in front, whole.
bool is_proxied_user(std::string_view text, std::string_view account) noexcept
{
    return take(text, "proxy(") && take(text, account) &&
           (text.starts_with(')') || text.starts_with(','));
}

std::optional<LoginStatement> read_statement(std::string_view text) noexcept
{
    if (begins_with(text, "proxy(")) return read_proxying(text);
    if (take(text, "Login: ") || take(text, "Logged in: ")) return LoginStatement{.elements = text};
    return read_end(text);
}

// How many failures of accounts that the line does not name.
std::uint32_t untold_failures(const LoginStatement& said, bool is_named,
                              AttemptLines lines) noexcept
{
    switch (said.untold) {
    case Untold::none: return 0;
    case Untold::by_number: return said.failures_before;
    case Untold::if_named:
        // Without a method, nothing was asked of the auth service: a bare LOGIN.
        if (!is_named || !contains(said.elements, "method=")) return 0;
        return said.has_number ? said.failures_before : 1;
    case Untold::at_least_one: break;
    }
    if (said.has_number) return said.failures_before;
    return lines == AttemptLines::come ? 0 : 1;
}

}  // namespace

std::optional<Event> read_dovecot_login(const DovecotLine& line, AttemptLines lines)
{
    auto text = line.text;
    if (take_dovecot_level(text) != DovecotLevel::info) return std::nullopt;
    const auto said = read_statement(text);
    if (!said) return std::nullopt;
    const auto elements = read_dovecot_elements(said->elements);
    if (!elements) return std::nullopt;
    if (said->reporter == Reporter::back_end &&
        !is_proxied_user(text, elements->account.value_or("")))
        return std::nullopt;

    Event event;
    event.reporter = said->reporter;
    event.lasted = said->lasted;
    event.service = dovecot_service(line.process);
    event.ip = *elements->ip;
    event.client_port = elements->client_port;
    event.local_port = elements->local_port;
    if (elements->session) event.session = std::string(*elements->session);
    // An empty name tells of failures alone: no attempt of the connection named any.
    const bool is_named = elements->account && !elements->account->empty();
    if (const auto untold = untold_failures(*said, is_named, lines); untold > 0) {
        event.kind = EventKind::auth_failure;
        event.reporter = Reporter::summary;
        event.attempts = untold;
        return event;
    }
    if (!said->kind) return std::nullopt;
    event.kind = *said->kind;
    event.attempts = said->attempts;
    if (event.attempts == 1 && elements->method) event.mechanism = name_mark(*elements->method);
    if (is_named || (elements->account && event.kind == EventKind::auth_failure))
        event.account = std::string(*elements->account);
    return event;
}

}  // namespace mailban
