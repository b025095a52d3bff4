#include "mailban/parse/postfixadmin.h"

#include "mailban/scan.h"

#include "address_text.h"
#include "own_stamp.h"
#include "php_message.h"

namespace mailban {

namespace {

constexpr std::string_view kAddress = ", ip_address: ";

bool take_beginning(std::string_view& text) noexcept
{
    return take(text, "PostfixAdmin admin login failed (username: ") ||
           take(text, "PostfixAdmin user login failed (username: ");
}

// "192.0.2.7:4711"; Apache puts no brackets around an IPv6 address.
std::optional<AddressAndPort> client_in(std::string_view text)
{
    const auto colon = text.rfind(':');
    if (colon == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(text.substr(0, colon));
    text.remove_prefix(colon + 1);
    const auto port = take_number<std::uint16_t>(text);
    if (!ip || !port || !text.empty()) return std::nullopt;
    return AddressAndPort{*ip, *port};
}

// Eats "[php:notice] [pid 12:tid 34] [client 192.0.2.7:4711] " of Apache's error log.
std::optional<AddressAndPort> take_apache_client(std::string_view& text)
{
    auto rest = text;
    while (take(rest, "[")) {
        const bool is_client = take(rest, "client ");
        const auto inside = take_until(rest, ']');
        if (!take(rest, "] ")) return std::nullopt;
        if (!is_client) continue;
        text = rest;
        return client_in(inside);
    }
    return std::nullopt;
}

// Apache has told the client, and the program has to agree. The referer may follow.
std::optional<Event> read_of(const AddressAndPort& client, std::string_view text)
{
    if (!take_beginning(text)) return std::nullopt;
    const auto at = text.find(std::string(kAddress) + client.ip.to_string() + ")");
    if (at == std::string_view::npos) return std::nullopt;
    Event event;
    event.ip = client.ip;
    event.client_port = client.port;
    event.account.emplace(text.substr(0, at));
    return event;
}

std::optional<Event> read_bare(std::string_view text)
{
    if (!take_beginning(text) || !text.ends_with(')')) return std::nullopt;
    text.remove_suffix(1);
    const auto at = text.rfind(kAddress);
    if (at == std::string_view::npos) return std::nullopt;
    const auto ip = IpAddress::parse(text.substr(at + kAddress.size()));
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.account.emplace(text.substr(0, at));
    return event;
}

}  // namespace

bool PostfixAdminParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(" login failed (username: ") != std::string_view::npos;
}

ParseResult PostfixAdminParser::read(const LogMessage& message) const
{
    auto text = without_own_stamp(message.text);
    if (const auto client = take_apache_client(text)) return read_of(*client, text);
    if (text.starts_with('[')) return {};
    auto event = read_bare(php_message_in(text));
    if (event && !assured_.escaped_line_feeds) return Concern::forgeable;
    return event;
}

}  // namespace mailban
