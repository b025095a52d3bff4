#include "mailban/parse/stalwart.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// A longer message may have been cut within a client's text.
constexpr std::size_t kLongestStalwart = 900;

constexpr std::string_view kTooMany = "auth.too-many-attempts";

struct Name {
    std::string_view name{};
    EventKind kind = EventKind::abuse;
};

constexpr std::array<Name, 16> kNames{
    Name{"auth.failed", EventKind::auth_failure},
    Name{"auth.success", EventKind::auth_success},
    Name{"auth.error", EventKind::abuse},
    Name{kTooMany, EventKind::auth_failure},
    Name{"auth.banned", EventKind::abuse},
    Name{"security.authentication-ban", EventKind::abuse},
    Name{"security.abuse-ban", EventKind::abuse},
    Name{"security.brute-force-ban", EventKind::abuse},
    Name{"security.loiter-ban", EventKind::abuse},
    Name{"security.scan-ban", EventKind::abuse},
    Name{"security.ip-blocked", EventKind::rejected},
    Name{"smtp.relay-not-allowed", EventKind::relay_denied},
    Name{"smtp.mailbox-does-not-exist", EventKind::unknown_recipient},
    Name{"smtp.too-many-invalid-rcpt", EventKind::abuse},
    Name{"limit.too-many-requests", EventKind::abuse},
    Name{"limit.concurrent-connection", EventKind::abuse}};

const Name* find_name(std::string_view name) noexcept
{
    const auto* const found = std::find_if(kNames.begin(), kNames.end(),
                                           [&](const Name& known) { return known.name == name; });
    return found == kNames.end() ? nullptr : found;
}

// Through syslog, Stalwart's own stamp may stand in front.
void skip_stamp(std::string_view& text) noexcept
{
    if (text.size() < 20 || text[4] != '-' || text[10] != 'T' || text[13] != ':') return;
    auto rest = text;
    take_until(rest, ' ');
    if (take(rest, " ")) text = rest;
}

// Eats "INFO Authentication failed (auth.failed) ", all of it the server's words.
const Name* take_name(std::string_view& text) noexcept
{
    constexpr std::array<std::string_view, 5> kLevels{"INFO ", "WARN ", "ERROR ", "DEBUG ",
                                                      "TRACE "};
    const auto take_level = [&](std::string_view level) { return take(text, level); };
    if (std::none_of(kLevels.begin(), kLevels.end(), take_level)) return nullptr;
    take_until(text, '(');
    if (!take(text, "(")) return nullptr;
    const auto* const name = find_name(take_until(text, ')'));
    take(text, ")");
    take(text, " ");
    return name;
}

// The fields that the server fills in, of configured names and numbers.
bool is_own_field(std::string_view key) noexcept
{
    constexpr std::array<std::string_view, 5> kKeys{"listenerId", "localIp", "localPort", "spanId",
                                                    "remotePort"};
    return is_one_of(key, kKeys);
}

struct Client {
    std::optional<IpAddress> ip{};
    std::optional<std::uint16_t> port{};
    std::optional<std::uint16_t> local_port{};
    std::string_view listener{};
};

// One of the server's own fields. False: it is none, or does not hold what it should.
bool put_own_field(std::string_view key, std::string_view value, Client& client)
{
    if (key == "remoteIp" && !client.ip) {
        client.ip = IpAddress::parse(value);
        return client.ip.has_value();
    }
    if (key == "remotePort") client.port = take_number<std::uint16_t>(value);
    if (key == "localPort") client.local_port = take_number<std::uint16_t>(value);
    if (key == "listenerId") client.listener = value.substr(std::min<std::size_t>(1, value.size()));
    return is_own_field(key);
}

// Eats the server's own fields; `text` is then at the first other one, which may be a client's.
void take_own_fields(std::string_view& text, Client& client)
{
    while (!text.empty()) {
        auto rest = text;
        const auto key = take_until(rest, ' ');
        if (!take(rest, " = ")) return;
        if (!put_own_field(key, take_until(rest, ','), client)) return;
        text = rest;
        take(text, ", ");
    }
}

// `…, remoteIp = 192.0.2.7`, the very end of the line.
std::optional<IpAddress> last_field_ip(std::string_view text)
{
    constexpr std::string_view kField = ", remoteIp = ";
    const auto at = text.rfind(kField);
    if (at == std::string_view::npos) return std::nullopt;
    return IpAddress::parse(text.substr(at + kField.size()));
}

Service stalwart_service(std::string_view listener) noexcept
{
    if (listener.starts_with("imap")) return Service::imap;
    if (listener.starts_with("pop3")) return Service::pop3;
    if (listener.starts_with("smtp")) return Service::smtp;
    if (listener.starts_with("submission")) return Service::submission;
    if (listener.starts_with("sieve") || listener.starts_with("managesieve")) return Service::sieve;
    return Service::unknown;
}

// The text of the quotes, with what the server has escaped: \r \n \t \\.
std::string unescaped(std::string_view text)
{
    std::string plain;
    for (std::size_t at = 0; at < text.size(); ++at) {
        if (text[at] != '\\' || at + 1 == text.size()) {
            plain += text[at];
            continue;
        }
        const char next = text[++at];
        plain += next == 'r' ? '\r' : next == 'n' ? '\n' : next == 't' ? '\t' : next;
    }
    return plain;
}

bool skip_field(std::string_view& text, std::string_view before, std::string_view value) noexcept
{
    auto rest = text;
    if (!take(rest, before)) return false;
    const auto length = std::min(rest.find_first_not_of(value), rest.size());
    if (length == 0) return false;
    text = rest.substr(length);
    return true;
}

// What the server puts behind an account, in this order, each if it is there; no other text is in
// quotes than its reason.
bool is_end_of_account(std::string_view text) noexcept
{
    constexpr std::string_view kReason = ", reason = \"";
    constexpr std::string_view kDigits = "0123456789";
    skip_field(text, ", accountId = ", kDigits);
    skip_field(text, ", spanId = ", kDigits);
    if (take(text, kReason)) {
        take_until(text, '"');
        if (!take(text, "\"")) return false;
    }
    skip_field(text, ", remoteIp = ", "0123456789abcdef.:");
    return text.empty();
}

// `accountName = "bob"`, if it is certain where it ends: a quote of the client's own is followed by
// what the server does not write.
std::optional<std::string> account_of(std::string_view text)
{
    if (!take(text, "accountName = \"")) return std::nullopt;
    const auto account = take_until(text, '"');
    if (!take(text, "\"") || !is_end_of_account(text)) return std::nullopt;
    return unescaped(account);
}

// HTTP without credentials: no password was tried.
bool tells_of_no_attempt(std::string_view text) noexcept
{
    return text.starts_with("details = \"Missing Authorization header");
}

}  // namespace

bool StalwartParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    skip_stamp(text);
    return take_name(text) != nullptr;
}

bool StalwartParser::has_failed_before(const Event& event) const
{
    const Attempt attempt{event.ip, event.client_port};
    return std::find(failed_.begin(), failed_.end(), attempt) != failed_.end();
}

void StalwartParser::note_failure(const Event& event)
{
    failed_[next_] = {event.ip, event.client_port};
    next_ = (next_ + 1) % kAttempts;
    tells_failures_ = true;
}

// Whether the log should by now have told of a wrong password.
bool StalwartParser::lacks_failures(const Event& event)
{
    if (tells_failures_) return false;
    if (event.kind == EventKind::auth_success && logins_ < kMostLogins) ++logins_;
    return event.kind == EventKind::auth_failure ||
           (event.kind == EventKind::auth_success && logins_ >= kMostLogins);
}

ParseResult StalwartParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestStalwart) return {};
    skip_stamp(text);
    const auto* const name = take_name(text);
    if (name == nullptr) return {};
    Client client;
    take_own_fields(text, client);
    if (tells_of_no_attempt(text)) return {};
    if (!client.ip) client.ip = last_field_ip(text);
    if (!client.ip) return {};
    Event event;
    event.kind = name->kind;
    event.ip = *client.ip;
    event.client_port = client.port;
    event.local_port = client.local_port;
    event.service = stalwart_service(client.listener);
    event.account = account_of(text);
    const bool is_too_many = name->name == kTooMany;
    if (is_too_many && text.empty() && has_failed_before(event)) event.reporter = Reporter::copy;
    ParseResult result(event);
    if (event.kind == EventKind::auth_failure && !is_too_many) {
        note_failure(event);
        result.dispelled = Concern::unlogged_failures;
    } else if (lacks_failures(event)) {
        result.concern = Concern::unlogged_failures;
    }
    return result;
}

}  // namespace mailban
