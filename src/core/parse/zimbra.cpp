#include "mailban/parse/zimbra.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

// What stands in the second brackets of a line.
struct ZimbraContext {
    std::optional<IpAddress> ip{};
    std::optional<std::string> oip{};
};

namespace {

constexpr std::size_t kLongestMessage = std::size_t{16} * 1024;

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

// "[bob] (invalid password)", "[bob], account not found": whatever the account holds, its bracket
// is the last one.
std::optional<std::string> account_of(std::string_view text)
{
    if (!take(text, "[")) return std::nullopt;
    const auto end = text.rfind(']');
    if (end == std::string_view::npos) return std::nullopt;
    return std::string(text.substr(0, end));
}

// A line of mailbox.log, behind its context.
struct Told {
    std::string_view beginning{};
    Service service = Service::unknown;
    bool over_http = false;
};

constexpr std::array<Told, 3> kTold{
    Told{"imap - authentication failed for ", Service::imap},
    Told{"pop - authentication failed for ", Service::pop3},
    Told{"SoapEngine - handler exception: authentication failed for ", Service::unknown, true}};

}  // namespace

bool ZimbraParser::may_matter(const LineHeader& header) noexcept
{
    const auto text = header.message;
    const auto has = [&](std::string_view part) {
        return text.find(part) != std::string_view::npos;
    };
    return has("security - cmd=") || has(" - authentication failed for ") ||
           has("handler exception: authentication failed for ");
}

void ZimbraParser::remember_proxy(const IpAddress& ip)
{
    if (std::find(proxies_.begin(), proxies_.end(), ip) != proxies_.end()) return;
    if (proxies_.size() == kMostProxies) proxies_.erase(proxies_.begin());
    proxies_.push_back(ip);
}

std::optional<IpAddress> ZimbraParser::client_of(const ZimbraContext& context, Origin origin)
{
    if (!context.oip) return context.ip;
    const auto client = last_of(*context.oip);
    if (!context.ip || !client) return std::nullopt;
    if (origin == Origin::checked) remember_proxy(*context.ip);
    const bool is_proxy = is_private(*context.ip) || std::find(proxies_.begin(), proxies_.end(),
                                                               *context.ip) != proxies_.end();
    if (is_proxy || *client == *context.ip) return client;
    return std::nullopt;
}

// What audit.log says: `cmd=Auth; account=bob; …`
std::optional<Event> ZimbraParser::read_audit_line(std::string_view text,
                                                   const ZimbraContext& context)
{
    const auto audit = read_audit(text);
    if (!audit || (audit->command != "Auth" && audit->command != "AdminAuth")) return std::nullopt;
    const auto origin = is_over_http(audit->protocol) ? Origin::checked : Origin::claimed;
    const auto client = client_of(context, origin);
    const auto kind = kind_of(audit->error);
    if (!client || !kind) return std::nullopt;
    Event event;
    event.kind = *kind;
    event.ip = *client;
    event.account = audit->account;
    event.service = service_of(audit->protocol);
    return event;
}

std::optional<Event> ZimbraParser::read_mailbox_line(std::string_view text,
                                                     const ZimbraContext& context)
{
    const auto begins = [&](const Told& told) { return text.starts_with(told.beginning); };
    const auto* const told = std::find_if(kTold.begin(), kTold.end(), begins);
    if (told == kTold.end()) return std::nullopt;
    const auto client = client_of(context, told->over_http ? Origin::checked : Origin::claimed);
    if (!client) return std::nullopt;
    Event event;
    event.ip = *client;
    event.account = account_of(text.substr(told->beginning.size()));
    event.service = told->service;
    event.teller = Teller::back_end;
    return event;
}

std::optional<Event> ZimbraParser::read(const LogMessage& message)
{
    auto text = message.text;
    if (text.size() > kLongestMessage) return std::nullopt;
    const auto context = take_context(text);
    if (!context) return std::nullopt;
    if (take(text, "security - ")) return read_audit_line(text, *context);
    return read_mailbox_line(text, *context);
}

}  // namespace mailban
