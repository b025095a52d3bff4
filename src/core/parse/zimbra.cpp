#include "mailban/parse/zimbra.h"

#include "mailban/net/private_address.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

namespace mailban {

// What stands in the second brackets of a line.
struct ZimbraContext {
    std::optional<IpAddress> ip{};
    std::optional<std::string> oip{};
};

namespace {

constexpr std::string_view kZimbraFailed = "authentication failed for ";

struct Attribute {
    std::string_view name{};
    std::string value{};
};

// Eats "name=value;", where a semicolon within the value is doubled.
std::optional<Attribute> take_attribute(std::string_view& text)
{
    Attribute attribute;
    attribute.name = take_until(text, '=');
    if (!take(text, "=")) return std::nullopt;
    while (!text.empty()) {
        attribute.value += take_until(text, ';');
        if (!take(text, ";")) return std::nullopt;
        if (!take(text, ";")) return attribute;
        attribute.value += ';';
    }
    return std::nullopt;
}

// Eats "WARN  [thread] [ip=…;oip=…;] ". A thread's name may hold the URL that was asked for, which
// has no blanks.
std::optional<ZimbraContext> take_context(std::string_view& text)
{
    take_until(text, ' ');
    while (take(text, " ")) {}
    const auto thread_end = text.find("] [");
    if (!text.starts_with('[') || thread_end == std::string_view::npos) return std::nullopt;
    text.remove_prefix(thread_end + 3);
    ZimbraContext context;
    while (!take(text, "] ")) {
        auto attribute = take_attribute(text);
        if (!attribute) return std::nullopt;
        if (attribute->name == "ip" && !context.ip) context.ip = IpAddress::parse(attribute->value);
        if (attribute->name == "oip" && !context.oip) context.oip = std::move(attribute->value);
    }
    return context;
}

// What `security - cmd=Auth; account=bob; protocol=imap; error=…;` says.
struct Audit {
    std::string command{};
    std::optional<std::string> account{};
    std::string protocol{};
    std::optional<std::string> error{};
};

std::optional<Audit> read_audit(std::string_view text)
{
    Audit audit;
    while (!text.empty()) {
        auto attribute = take_attribute(text);
        if (!attribute) return std::nullopt;
        take(text, " ");
        if (attribute->name == "cmd" && audit.command.empty()) audit.command = attribute->value;
        if (attribute->name == "account" && !audit.account) audit.account = attribute->value;
        if (attribute->name == "protocol") audit.protocol = attribute->value;
        if (attribute->name == "error") audit.error = attribute->value;
    }
    return audit;
}

Service service_of_protocol(std::string_view protocol) noexcept
{
    if (protocol == "imap") return Service::imap;
    if (protocol == "pop" || protocol == "pop3") return Service::pop3;
    return Service::unknown;
}

// Enough of an account to know it again.
std::string beginning_of(const std::optional<std::string>& account)
{
    constexpr std::size_t kLongest = 256;
    return account ? account->substr(0, kLongest) : std::string();
}

// Whether a message of mailbox.log tells of a failed login of a client's.
bool tells_of_failure(std::string_view text) noexcept
{
    const auto failed = text.find(kZimbraFailed);
    if (failed == std::string_view::npos) return false;
    const auto before = text.substr(0, failed);
    return before.ends_with(" - ") || before.find(" - handler exception: ") != before.npos;
}

bool is_over_http(std::string_view protocol) noexcept
{
    constexpr std::array<std::string_view, 6> kOverHttp{"soap",  "http_basic",         "http_dav",
                                                        "zsync", "client_certificate", "spnego"};
    return is_one_of(protocol, kOverHttp);
}

std::optional<EventKind> kind_of(const std::optional<std::string>& error) noexcept
{
    if (!error) return EventKind::auth_success;
    if (error->starts_with(kZimbraFailed)) return EventKind::auth_failure;
    if (error->starts_with("system failure") || error->starts_with("temporary "))
        return EventKind::auth_unavailable;
    return std::nullopt;
}

}  // namespace

bool ZimbraParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find("] [") != std::string_view::npos;
}

void ZimbraParser::remember_proxy(const IpAddress& ip)
{
    if (std::find(proxies_.begin(), proxies_.end(), ip) != proxies_.end()) return;
    if (proxies_.size() == kMostProxies) proxies_.erase(proxies_.begin());
    proxies_.push_back(ip);
}

ZimbraParser::Client ZimbraParser::client_over_http(const ZimbraContext& context)
{
    // The server leaves out a peer on its own machine that speaks for a client.
    if (!context.oip) return {context.ip};
    if (context.ip) remember_proxy(*context.ip);
    return {client_of_chain(*context.oip, assured_.proxies)};
}

ZimbraParser::Client ZimbraParser::client_of_a_claim(const ZimbraContext& context) const
{
    if (!context.oip || !context.ip) return {context.oip ? std::nullopt : context.ip};
    const auto& peer = *context.ip;
    if (assured_.proxies.contains(peer)) return {client_of_chain(*context.oip, assured_.proxies)};
    const auto claimed = read_forwarded_address(*context.oip);
    if (claimed == peer) return {peer};
    // Zimbra's own nginx names one address.
    if (peer.is_loopback() && assured_.proxies.private_by_nature && claimed) return {claimed};
    const bool may_be_proxy =
        is_private(peer) || std::find(proxies_.begin(), proxies_.end(), peer) != proxies_.end();
    if (may_be_proxy) return {std::nullopt, Concern::ambiguous};
    return {peer};
}

// What audit.log says: `cmd=Auth; account=bob; …`
ParseResult ZimbraParser::read_audit_line(std::string_view text, const ZimbraContext& context)
{
    const auto audit = read_audit(text);
    if (!audit || (audit->command != "Auth" && audit->command != "AdminAuth")) return {};
    const auto kind = kind_of(audit->error);
    if (!kind) return {};
    const auto client =
        is_over_http(audit->protocol) ? client_over_http(context) : client_of_a_claim(context);
    if (!client.ip) return client.concern ? ParseResult(*client.concern) : ParseResult();
    Event event;
    event.kind = *kind;
    event.ip = *client.ip;
    event.account = audit->account;
    event.service = service_of_protocol(audit->protocol);
    return std::optional<Event>(std::move(event));
}

void ZimbraParser::remember_failure(const Event& event, Timestamp at)
{
    told_[next_told_] = Told{event.ip, beginning_of(event.account), at};
    next_told_ = (next_told_ + 1) % kMostTold;
}

// Whether `security` has told of this failure; what it told counts for one line only.
bool ZimbraParser::take_told(const Event& event, Timestamp at)
{
    const auto is_it = [&](const std::optional<Told>& told) {
        return told && told->ip == event.ip && told->account == beginning_of(event.account) &&
               at - told->at <= kOneAttempt && told->at - at <= kOneAttempt;
    };
    const auto found = std::find_if(told_.begin(), told_.end(), is_it);
    if (found == told_.end()) return false;
    found->reset();
    return true;
}

// "handler exception: authentication failed for [bob], invalid password", since 10.1 behind "Error
// occurred during authentication: ". The account goes to the last bracket.
ParseResult ZimbraParser::read_soap_line(std::string_view text, const ZimbraContext& context,
                                         Timestamp at)
{
    if (!take(text, "SoapEngine - handler exception")) return {};
    take(text, ": Error occurred during authentication");
    if (!take(text, ": ") || !take(text, kZimbraFailed) || !take(text, "[")) return {};
    const auto client = client_over_http(context);
    if (!client.ip) return {};
    Event event;
    event.ip = *client.ip;
    if (const auto end = text.rfind(']'); end != std::string_view::npos)
        event.account = std::string(text.substr(0, end));
    event.reporter = take_told(event, at) ? Reporter::copy : Reporter::front_end;
    return std::optional<Event>(std::move(event));
}

ParseResult ZimbraParser::read(const LogMessage& message)
{
    auto text = message.text;
    const auto context = take_context(text);
    if (!context) return {};
    const bool is_audit = take(text, "security - ");
    // audit.log has no others.
    if (!is_audit) is_mailbox_log_ = true;
    const bool is_believed = !is_mailbox_log_ || assured_.escaped_line_feeds;
    if (is_believed && !is_audit) return read_soap_line(text, *context, message.time);
    if (is_believed) {
        auto result = read_audit_line(text, *context);
        const bool has_failed = result.event && result.event->kind == EventKind::auth_failure;
        if (has_failed) remember_failure(*result.event, message.time);
        return result;
    }
    return is_audit || tells_of_failure(text) ? ParseResult(Concern::forgeable) : ParseResult();
}

}  // namespace mailban
