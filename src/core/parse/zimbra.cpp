#include "mailban/parse/zimbra.h"

#include "mailban/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

// What stands in the second brackets of a line.
struct ZimbraContext {
    std::optional<IpAddress> ip{};
    std::optional<std::string> oip{};
};

namespace {

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

// "8.8.8.8, 192.0.2.7": the proxy has appended its peer.
std::optional<IpAddress> last_of(std::string_view addresses)
{
    if (const auto comma = addresses.rfind(','); comma != std::string_view::npos)
        addresses.remove_prefix(comma + 1);
    take(addresses, " ");
    return IpAddress::parse(addresses);
}

// RFC 1918, RFC 4193, link-local, loopback.
bool is_private(const IpAddress& ip) noexcept
{
    if (ip.is_loopback()) return true;
    const auto& bytes = ip.bytes();
    if (!ip.is_v4())
        return (bytes[0] & 0xfeU) == 0xfcU || (bytes[0] == 0xfeU && (bytes[1] & 0xc0U) == 0x80U);
    const auto first = bytes[12];
    const auto second = bytes[13];
    return first == 10 || (first == 172 && (second & 0xf0U) == 16) ||
           (first == 192 && second == 168) || (first == 169 && second == 254);
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

Service service_of(std::string_view protocol) noexcept
{
    if (protocol == "imap") return Service::imap;
    if (protocol == "pop" || protocol == "pop3") return Service::pop3;
    return Service::unknown;
}

bool is_over_http(std::string_view protocol) noexcept
{
    constexpr std::array<std::string_view, 6> kOverHttp{"soap",  "http_basic",         "http_dav",
                                                        "zsync", "client_certificate", "spnego"};
    return std::find(kOverHttp.begin(), kOverHttp.end(), protocol) != kOverHttp.end();
}

std::optional<EventKind> kind_of(const std::optional<std::string>& error) noexcept
{
    if (!error) return EventKind::auth_success;
    if (error->starts_with("authentication failed for ")) return EventKind::auth_failure;
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
    return {last_of(*context.oip)};
}

ZimbraParser::Client ZimbraParser::client_of_a_claim(const ZimbraContext& context) const
{
    if (!context.oip || !context.ip) return {context.oip ? std::nullopt : context.ip};
    if (last_of(*context.oip) == context.ip) return {context.ip};
    const bool may_be_proxy = is_private(*context.ip) || std::find(proxies_.begin(), proxies_.end(),
                                                                   *context.ip) != proxies_.end();
    if (may_be_proxy) return {std::nullopt, Concern::ambiguous};
    return {context.ip};
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
    event.service = service_of(audit->protocol);
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
    if (!is_mailbox_log_) return read_audit_line(text, *context);
    const bool tells_of_login =
        is_audit || text.find(" - authentication failed for ") != std::string_view::npos ||
        text.find("handler exception: authentication failed for ") != std::string_view::npos;
    return tells_of_login ? ParseResult(Concern::forgeable) : ParseResult();
}

}  // namespace mailban
