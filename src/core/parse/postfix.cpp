#include "mailban/parse/postfix.h"

#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

#include "postfix_messages.h"

namespace mailban {

namespace {

// Postfix cuts a message at 2,000 bytes.
constexpr std::size_t kLongestMessage = 8 * 1024;

bool is_name_character(char c) noexcept
{
    return is_letter_or_digit(c) || c == '.' || c == '-' || c == '_';
}

// What smtpd writes for each client, whatever it does: most of a log.
bool is_about_connection(std::string_view message) noexcept
{
    return message.starts_with("connect from ") || message.starts_with("disconnect from ") ||
           message.starts_with("lost connection after ");
}

std::optional<Event> read_smtpd(std::string_view message)
{
    auto warning = message;
    if (take(warning, "warning: ")) {
        if (auto event = read_postfix_authentication(warning)) return event;
        return read_postfix_abuse(message);
    }
    if (auto event = read_postfix_login(message)) return event;
    if (auto event = read_postfix_refusal(message)) return event;
    return read_postfix_abuse(message);
}

std::optional<Event> read_postscreen(std::string_view message)
{
    if (auto event = read_postfix_refusal(message)) return event;
    return read_postscreen_test(message);
}

}  // namespace

std::string_view postfix_daemon(std::string_view program) noexcept
{
    return program.substr(program.rfind('/') + 1);
}

std::optional<PostfixClient> take_postfix_client(std::string_view& text)
{
    auto rest = text;
    const auto* const end = std::find_if_not(rest.begin(), rest.end(), is_name_character);
    rest.remove_prefix(static_cast<std::size_t>(end - rest.begin()));
    if (!take(rest, "[")) return std::nullopt;
    const auto ip = IpAddress::parse(take_until(rest, ']'));
    if (!ip || !take(rest, "]")) return std::nullopt;
    PostfixClient client{.ip = *ip};
    // The colon may belong to what follows.
    auto behind_port = rest;
    if (take(behind_port, ":")) client.port = take_number<std::uint16_t>(behind_port);
    text = client.port ? behind_port : rest;
    return client;
}

Event postfix_event(EventKind kind, const PostfixClient& client)
{
    Event event;
    event.kind = kind;
    event.ip = client.ip;
    event.service = Service::smtp;
    event.client_port = client.port;
    return event;
}

bool PostfixParser::may_matter(const LineHeader& header) noexcept
{
    const auto daemon = postfix_daemon(header.program);
    if (daemon == "smtpd") return !is_about_connection(header.message);
    return daemon == "postscreen";
}

std::optional<Event> PostfixParser::read(const LogMessage& message)
{
    if (message.text.size() > kLongestMessage) return std::nullopt;
    if (postfix_daemon(message.program) == "postscreen") return read_postscreen(message.text);
    return read_smtpd(message.text);
}

}  // namespace mailban
