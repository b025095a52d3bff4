#include "mailban/parse/mailu.h"

#include "mailban/scan.h"

#include <algorithm>
#include <array>

#include "address_text.h"
#include "own_stamp.h"

namespace mailban {

namespace {

constexpr std::string_view kMailuAttempt = ": Login attempt for: ";
constexpr std::string_view kBeforeAddress = " from: ";

// "INFO in nginx"
bool take_origin(std::string_view& text) noexcept
{
    if (!take(text, "INFO in ")) return false;
    const auto module = take_until(text, ':');
    return !module.empty() && std::all_of(module.begin(), module.end(),
                                          [](char c) { return is_letter_or_digit(c) || c == '_'; });
}

struct Name {
    std::optional<std::string_view> account{};  // nullopt: it has escapes in it
};

// Eats `'bob'`, as Python's repr() prints a text; nullopt: it does not end.
std::optional<Name> take_quoted(std::string_view& text) noexcept
{
    const char quote = text.front();
    bool is_escaped = false;
    for (std::size_t at = 1; at < text.size(); ++at) {
        if (text[at] == quote) {
            const auto inside = text.substr(1, at - 1);
            text.remove_prefix(at + 1);
            return is_escaped ? Name{} : Name{inside};
        }
        if (text[at] == '\\') {
            is_escaped = true;
            ++at;
        }
    }
    return std::nullopt;
}

struct Attempt {
    std::optional<std::string_view> account{};
    std::string_view protocol{};
    std::string_view port{};
};

// Takes "/993" off the end.
std::string_view take_last_word(std::string_view& text) noexcept
{
    const auto at = text.rfind('/');
    if (at == std::string_view::npos) return {};
    const auto last = text.substr(at + 1);
    text = text.substr(0, at);
    return last;
}

// Eats "bob@example.org/imap/993"
std::optional<Attempt> take_attempt(std::string_view& text) noexcept
{
    Attempt attempt;
    const bool is_quoted = text.starts_with('\'') || text.starts_with('"');
    if (is_quoted) {
        const auto name = take_quoted(text);
        if (!name) return std::nullopt;
        attempt.account = name->account;
    }
    auto rest = take_until(text, ' ');
    attempt.port = take_last_word(rest);
    attempt.protocol = take_last_word(rest);
    if (attempt.port.empty() || attempt.protocol.empty() || rest.empty() != is_quoted)
        return std::nullopt;
    if (!is_quoted) attempt.account = rest;
    return attempt;
}

std::optional<EventKind> kind_of(std::string_view outcome) noexcept
{
    // "badip" and "a token is required" come with the right password.
    if (outcome.starts_with("failed: badauth") || outcome.starts_with("failed: account disabled"))
        return EventKind::auth_failure;
    if (outcome.starts_with("success: ")) return EventKind::auth_success;
    return std::nullopt;
}

bool is_of_webmail(std::string_view port) noexcept
{
    return port == "10143" || port == "10025" || port == "14190";
}

// What nginx has asked for has a port of ours; the web pages compare passwords themselves.
void describe(Event& event, const Attempt& attempt)
{
    if (attempt.account) event.account.emplace(*attempt.account);
    if (attempt.protocol == "web" || attempt.protocol == "sso") return;
    event.reporter = Reporter::back_end;
    auto port = attempt.port;
    event.local_port = take_number<std::uint16_t>(port);
    if (event.local_port) event.service = service_of_port(*event.local_port);
}

}  // namespace

bool MailuParser::may_matter(const LineHeader& header) noexcept
{
    return header.message.find(kMailuAttempt) != std::string_view::npos;
}

std::optional<Event> MailuParser::read(const LogMessage& message)
{
    auto text = without_own_stamp(message.text);
    if (!take_origin(text) || !take(text, kMailuAttempt) || text.empty()) return std::nullopt;
    const auto attempt = take_attempt(text);
    if (!attempt || is_of_webmail(attempt->port) || !take(text, kBeforeAddress))
        return std::nullopt;
    const auto ip = take_address(text);
    if (!ip || !take(text, "/")) return std::nullopt;
    Event event;
    event.ip = *ip;
    event.client_port = take_number<std::uint16_t>(text);
    if ((!event.client_port && !take(text, "None")) || !take(text, ": ")) return std::nullopt;
    const auto kind = kind_of(text);
    if (!kind) return std::nullopt;
    event.kind = *kind;
    describe(event, *attempt);
    return event;
}

}  // namespace mailban
