#include "mailban/parse/nginx.h"

#include "mailban/envelope/program_header.h"
#include "mailban/parse/consensus.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "address_text.h"

namespace mailban {

namespace {

constexpr std::string_view kNginxFailed = "client login failed: \"";
constexpr std::string_view kLoggedIn = "client logged in, client: ";
constexpr std::string_view kClientPart = ", client: ";

struct Line {
    std::uint32_t pid = 0;
    bool has_connection = false;
    std::string_view text{};
};

// Takes "[info] 12#12: *210 " off, and through syslog nginx's own stamp before it.
std::optional<Line> read_line(std::string_view text) noexcept
{
    text.remove_prefix(nginx_stamp_length(text));
    if (!take(text, "[")) return std::nullopt;
    take_until(text, ']');
    if (!take(text, "] ")) return std::nullopt;
    const auto pid = take_number<std::uint32_t>(text);
    if (!pid || !take(text, "#") || !take_number<std::uint32_t>(text) || !take(text, ": "))
        return std::nullopt;
    const bool has_connection = take(text, "*");
    if (has_connection && (!take_number<std::uint64_t>(text) || !take(text, " ")))
        return std::nullopt;
    return Line{*pid, has_connection, text};
}

// "*1 client 192.0.2.7:4711 connected to 0.0.0.0:465": nothing in it is the client's to choose.
bool is_connection(std::string_view text)
{
    return take(text, "client ") && (take_address_and_port(text) || take(text, "unix:")) &&
           take(text, " connected to ");
}

// What stands behind the message: `192.0.2.7 using starttls, server: 0.0.0.0:465, login: "bob"`.
struct Session {
    IpAddress ip{};
    std::optional<std::uint16_t> client_port{};
    std::optional<std::uint16_t> port{};  // of ours
    std::optional<std::string_view> login{};
};

// "10.0.0.5:143", "[::1]:143", "unix:/run/auth.sock"
bool is_name_of_upstream(std::string_view text) noexcept
{
    return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) {
        return is_letter_or_digit(c) ||
               std::string_view("[]:./_-").find(c) != std::string_view::npos;
    });
}

// `bob"`, `bob", upstream: 10.0.0.5:143`
std::optional<std::string_view> login_in(std::string_view text) noexcept
{
    constexpr std::string_view kUpstream = "\", upstream: ";
    if (text.ends_with('"')) return text.substr(0, text.size() - 1);
    const auto at = text.rfind(kUpstream);
    if (at == std::string_view::npos) return std::nullopt;
    if (!is_name_of_upstream(text.substr(at + kUpstream.size()))) return std::nullopt;
    return text.substr(0, at);
}

struct Client {
    IpAddress ip{};
    std::optional<std::uint16_t> port{};
};

// Eats "192.0.2.7", or with a port, as Zimbra's nginx writes it.
std::optional<Client> take_client(std::string_view& text)
{
    if (const auto ip = take_address(text)) return Client{*ip};
    const auto both = take_address_and_port(text);
    if (!both) return std::nullopt;
    return Client{both->ip, both->port};
}

// What Mailu's webmail asks for in the name of its users comes to ports of its own.
bool is_of_webmail(std::uint16_t port) noexcept
{
    return port == 10143 || port == 10025 || port == 14190;
}

// nullopt: it does not go on to the end of the line as nginx writes it.
std::optional<Session> read_session(std::string_view text)
{
    const auto client = take_client(text);
    if (!client) return std::nullopt;
    Session session{client->ip, client->port};
    take(text, " using starttls");
    if (!take(text, ", server: ")) return std::nullopt;
    if (const auto server = take_address_and_port(text)) {
        session.port = server->port;
    } else if (!text.starts_with("unix:")) {
        return std::nullopt;
    } else {
        take_until(text, ',');
    }
    if (text.empty()) return session;
    if (!take(text, ", login: \"")) return std::nullopt;
    session.login = login_in(text);
    if (!session.login) return std::nullopt;
    return session;
}

// Whose line it is that tells of nothing else. What clients send stands in quotes, and may name
// anybody.
std::optional<IpAddress> client_of_other(std::string_view text)
{
    const auto at = text.find(kClientPart);
    if (at == std::string_view::npos || text.find('"') < at) return std::nullopt;
    auto address = text.substr(at + kClientPart.size());
    const auto client = take_client(address);
    return client ? std::optional<IpAddress>(client->ip) : std::nullopt;
}

// By the words of the authentication server: an administrator's own, as a rule.
EventKind kind_of_refusal(std::string_view message)
{
    const auto words = lower_case(message);
    if (contains_any(words, {"rate-limit", "rate limit", "too many"})) return EventKind::rejected;
    if (contains_any(words, {"temporar", "unavailable", "internal", "try again", "timed out"}))
        return EventKind::auth_unavailable;
    if (contains_any(words, {"not supported", "starttls"})) return EventKind::abuse;
    return EventKind::auth_failure;
}

Event event_of(EventKind kind, const Session& session)
{
    Event event;
    event.kind = kind;
    event.ip = session.ip;
    if (session.login) event.account.emplace(*session.login);
    event.client_port = session.client_port;
    event.local_port = session.port;
    if (session.port) event.service = service_of_port(*session.port);
    return event;
}

// `Invalid login" while in http auth state, client: …`, at each place where it can be read.
ParseResult read_nginx_failure(std::string_view text)
{
    constexpr std::string_view kWhile = "\" while in ";
    ClientConsensus clients;
    std::optional<Event> event;
    for (auto at = text.find(kWhile); at != std::string_view::npos && !clients.is_contradicted();
         at = text.find(kWhile, at + 1)) {
        auto rest = text.substr(at + kWhile.size());
        take_until(rest, ',');
        if (!take(rest, kClientPart)) continue;
        const auto session = read_session(rest);
        if (!session) continue;
        clients.add({session->ip, session->login});
        if (!event) event = event_of(kind_of_refusal(text.substr(0, at)), *session);
    }
    if (clients.is_contradicted()) return Concern::ambiguous;
    // A refusal of who has named no account: a sender that has to say STARTTLS first.
    if (!event || !event->account) return {};
    const auto account = clients.common().account;
    event->account.reset();
    if (account) event->account.emplace(*account);
    return event;
}

// "base64 encoding in AUTH PLAIN command while in auth state, client: …"
std::optional<Event> read_invalid(std::string_view text)
{
    constexpr std::array<std::string_view, 4> kWhat{"base64 encoding", "login", "password",
                                                    "CRAM-MD5 hash"};
    const bool is_known = std::any_of(kWhat.begin(), kWhat.end(),
                                      [&](std::string_view what) { return take(text, what); });
    if (!is_known || !take(text, " in AUTH ")) return std::nullopt;
    take_until(text, ' ');
    if (!take(text, " command while in auth state, client: ")) return std::nullopt;
    const auto session = read_session(text);
    if (!session) return std::nullopt;
    return event_of(EventKind::abuse, *session);
}

std::optional<Event> read_login(std::string_view text)
{
    const auto session = read_session(text);
    if (!session || !session->login) return std::nullopt;
    return event_of(EventKind::auth_success, *session);
}

ParseResult read_message(std::string_view text)
{
    if (take(text, kNginxFailed)) return read_nginx_failure(text);
    if (take(text, kLoggedIn)) return read_login(text);
    if (take(text, "client sent invalid ")) return read_invalid(text);
    return {};
}

}  // namespace

bool NginxParser::may_matter(const LineHeader& header) noexcept
{
    // Any line may be the beginning of one that a client goes on with.
    return !header.message.empty();
}

// Whether the record ends where the message ends. What nginx itself sends to syslog has no number
// of the process in front and nginx's stamp; whoever passes on what a container has written gives
// the number, and makes a message of each line. In a log of nginx's own, a client wrote the header.
bool NginxParser::is_whole(const LogMessage& message) noexcept
{
    if (message.program.empty()) is_own_log_ = true;
    if (assured_.escaped_line_feeds) return true;
    return !is_own_log_ && !message.pid && nginx_stamp_length(message.text) > 0;
}

ParseResult NginxParser::read(const LogMessage& message)
{
    const bool is_record = is_whole(message);
    const auto line = read_line(message.text);
    // The master's and the workers' own news; and what is written before a client can say a word.
    if (line && (!line->has_connection || is_connection(line->text))) return {};
    auto result = line ? read_message(line->text) : ParseResult();
    if (result.event) result.event->pid = line->pid;
    const bool is_webmails = result.event && is_of_webmail(result.event->local_port.value_or(0));
    if (is_record) return is_webmails ? ParseResult() : result;
    std::optional<IpAddress> client;
    if (result.event) {
        client = result.event->ip;
    } else if (line) {
        client = client_of_other(line->text);
    }
    const bool is_believed = aftermath_.is_believed(client, message.text.size(), message.read_at);
    if (is_webmails) return {};
    if (result.event && !is_believed) return Concern::forgeable;
    return result;
}

}  // namespace mailban
