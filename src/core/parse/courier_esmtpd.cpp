#include "mailban/scan.h"
#include "mailban/words.h"

#include <string>

#include "courier_messages.h"

namespace mailban {

namespace {

// courieresmtpd keeps 79 bytes of the AUTH command that it prints.
constexpr std::size_t kLongestCommand = 79;
// Of which the initial response has at most 20.
constexpr std::size_t kLongestResponse = 20;

// nullopt: not base64.
std::optional<std::string> decode_base64(std::string_view text)
{
    constexpr std::string_view kAlphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    while (text.ends_with('='))
        text.remove_suffix(1);
    std::string plain;
    std::uint32_t bits = 0;
    unsigned count = 0;
    for (const char c : text) {
        const auto value = kAlphabet.find(c);
        if (value == std::string_view::npos) return std::nullopt;
        bits = (bits << 6U) | static_cast<std::uint32_t>(value);
        count += 6;
        if (count < 8) continue;
        count -= 8;
        plain += static_cast<char>((bits >> count) & 0xffU);
    }
    return plain;
}

// Whether the (cut) initial response, decoded, is that of this user: "bob", or "\0bob\0secret".
bool is_response_of(std::string_view response, std::string_view user)
{
    const auto plain = decode_base64(response);
    if (!plain || plain->empty()) return false;
    std::string_view said = *plain;
    if (const auto authorized = said.find('\0'); authorized != std::string_view::npos) {
        said.remove_prefix(authorized + 1);
        said = said.substr(0, said.find('\0'));
    }
    return !said.empty() && user.starts_with(said);
}

// "AUTH LOGIN bob", "AUTH PLAIN AGJvYgBzZWNyZXQ= bob"; without a user where the client took the
// attempt back, or named none.
std::optional<std::string> account_of_command(std::string_view command)
{
    if (command.size() >= kLongestCommand || !take(command, "AUTH ")) return std::nullopt;
    const auto method = take_until(command, ' ');
    if (command.empty()) return std::string();
    if (!take(command, " ") || command.empty()) return std::nullopt;
    auto user = command;
    const auto response = take_until(user, ' ');
    if (take(user, " ") && is_response_of(response, user)) return std::string(user);
    const bool may_be_response =
        method != "CRAM-MD5" && (response.ends_with('=') || response.size() == kLongestResponse);
    if (user.empty() && may_be_response) return std::nullopt;
    return std::string(command);
}

// `535 Authentication failed.",cmd: AUTH LOGIN bob`
void read_command_error(std::string_view text, Event& event)
{
    const auto code = text.substr(0, 3);
    const bool is_failure = take(text, "535 Authentication failed.");
    if (!is_failure && !take(text, "535 Authentication rejected")) return;
    if (!take(text, "\",cmd: ")) return;
    event.reply = ReplyCode::parse(code);
    // "Rejected" is an AUTH where none is offered: no password was compared.
    event.kind = is_failure ? EventKind::auth_failure : EventKind::abuse;
    if (!is_failure) return;
    event.account = account_of_command(text);
    if (take(text, "AUTH ")) event.mechanism = name_mark(take_until(text, ' '));
}

// `,from=<a@example.com>,to=<b@example.com>: 550 User unknown.`. Within its fields esmtpd replaces
// colons and angle brackets by blanks.
void read_message_error(std::string_view text, Event& event)
{
    const auto fields = take_until(text, ':');
    if (!take(text, ": ") || text.size() < 4) return;
    // All but the last line of a reply have a hyphen here.
    if (text[0] != '5' || text[3] != ' ') return;
    event.reply = ReplyCode::parse(text.substr(0, 3));
    if (!event.reply) return;
    event.kind = EventKind::rejected;
    if (!contains(fields, ",to=<")) return;
    if (contains(text, "User unknown")) event.kind = EventKind::unknown_recipient;
    if (contains(text, "Relaying denied")) event.kind = EventKind::relay_denied;
}

// Eats `,ident="fred"`: text of the client, which nothing behind it can undo.
void skip_ident(std::string_view& text) noexcept
{
    constexpr std::string_view kMessage = "\",msg=\"";
    if (!text.starts_with(",ident=\"")) return;
    const auto end = text.find(kMessage);
    if (end != std::string_view::npos) text.remove_prefix(end + 1);
}

}  // namespace

std::optional<Event> read_courier_esmtpd(std::string_view text)
{
    const auto ip = IpAddress::parse(take_until(text, ','));
    if (!ip) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.service = Service::smtp;
    auto rest = text;
    if (take(rest, ",port=")) {
        event.client_port = take_number<std::uint16_t>(rest);
        if (event.client_port) text = rest;
    }
    skip_ident(text);
    if (take(text, ",msg=\"")) {
        read_command_error(text, event);
    } else if (text.starts_with(",from=") || text.starts_with(",ident=")) {
        read_message_error(text, event);
    }
    if (!event.reply) return std::nullopt;
    return event;
}

}  // namespace mailban
