#include "mailban/parse/roundcube.h"

#include "mailban/parse/readings.h"
#include "mailban/parse/scan.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// A longer message may have been cut on its way through syslog, and then end within a client's
// text, behind an address of the client's choice.
constexpr std::size_t kLongestWhole = 900;
constexpr std::string_view kFrom = " from ";
constexpr std::string_view kFailed = "Failed login for ";
constexpr std::string_view kSuccessful = "Successful login for ";
constexpr std::string_view kImapError = "Login failed for ";

// "<4f3a5c1e> ", the session, where log_session_id is set
void skip_session(std::string_view& text) noexcept
{
    // The name of the log, where all of them go to standard output.
    take(text, "userlogins: ") || take(text, "errors: ");
    auto rest = text;
    if (!take(rest, "<")) return;
    take_until(rest, '>');
    if (take(rest, "> ")) text = rest;
}

bool is_session_character(char c) noexcept
{
    return is_letter_or_digit(c) || c == ',' || c == '-';
}

// Exactly "4f3a5c1e", with " (error: 0)" behind it where `error` asks for that.
enum class Ending : std::uint8_t { session, session_and_error };

bool is_ending(std::string_view text, Ending ending) noexcept
{
    if (ending == Ending::session_and_error) {
        if (!text.ends_with(')')) return false;
        text.remove_suffix(1);
        const auto error = text.rfind(" (error: ");
        if (error == std::string_view::npos) return false;
        auto number = text.substr(error + 9);
        take(number, "-");
        if (!take_number<int>(number) || !number.empty()) return false;
        text = text.substr(0, error);
    }
    return !text.empty() && std::all_of(text.begin(), text.end(), is_session_character);
}

// `text` without what must stand at its end: " in session 4f3a5c1e (error: 0)".
std::optional<std::string_view> without_ending(std::string_view text, Ending ending) noexcept
{
    constexpr std::string_view kSession = " in session ";
    const auto at = text.rfind(kSession);
    if (at == std::string_view::npos) return std::nullopt;
    if (!is_ending(text.substr(at + kSession.size()), ending)) return std::nullopt;
    return text.substr(0, at);
}

bool is_address_character(char c) noexcept
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F') || c == '.' || c == ':';
}

// Eats an address; what follows is the caller's.
std::optional<IpAddress> take_address(std::string_view& text)
{
    const auto* const end = std::find_if_not(text.begin(), text.end(), is_address_character);
    auto address = text.substr(0, static_cast<std::size_t>(end - text.begin()));
    // The point that ends the sentence.
    if (address.ends_with('.')) address.remove_suffix(1);
    const auto ip = IpAddress::parse(address);
    if (ip) text.remove_prefix(address.size());
    return ip;
}

// Eats "(X-Real-IP: …,X-Forwarded-For: …)" if the rest begins with it: up to its last parenthesis,
// since none within it ends it for certain.
bool begins_with_headers(std::string_view text) noexcept
{
    take(text, " ");
    return text.starts_with("(X-Real-IP: ") || text.starts_with("(X-Forwarded-For: ");
}

// Whether what stands behind the address is what Roundcube prints there.
using IsTail = bool (*)(std::string_view tail);

bool is_login_tail(std::string_view tail)
{
    return tail.empty() || (begins_with_headers(tail) && tail.ends_with(')'));
}

bool is_error_tail(std::string_view tail)
{
    return tail.starts_with(". ") ||
           (begins_with_headers(tail) && tail.find("). ") != std::string_view::npos);
}

// Every place where "… from 192.0.2.7" can be read.
Readings read_all(std::string_view text, IsTail is_tail)
{
    Readings readings;
    for (auto at = text.find(kFrom); at != std::string_view::npos && !readings.is_hopeless();
         at = text.find(kFrom, at + 1)) {
        auto rest = text.substr(at + kFrom.size());
        const auto ip = take_address(rest);
        if (ip && is_tail(rest)) readings.add(*ip, text.substr(0, at));
    }
    return readings;
}

std::optional<Event> event_of(const Readings& readings, EventKind kind)
{
    const auto ip = readings.ip();
    if (!ip) return std::nullopt;
    Event event;
    event.kind = kind;
    event.ip = *ip;
    event.account = readings.account();
    return event;
}

// "bob@example.com (ID: 7)"
void strip_id(std::optional<std::string>& account)
{
    if (!account) return;
    const auto id = account->rfind(" (ID: ");
    if (id != std::string::npos) account->resize(id);
}

// "bob against localhost"; 1.0 and older print no "against".
void strip_host(std::optional<std::string>& account)
{
    if (!account) return;
    const auto host = account->rfind(" against ");
    if (host != std::string::npos) account->resize(host);
}

// The words of rcube_imap_generic where the IMAP server could not be asked, and RFC 5530's code.
bool says_unavailable(std::string_view text)
{
    constexpr std::array<std::string_view, 8> kWords{
        "Could not connect to", "Connection closed",
        "Unable to negotiate",  "Empty startup greeting",
        "[UNAVAILABLE]",        "[INUSE]",
        "[SERVERBUG]",          "Internal error"};
    const auto is_said = [&](auto words) { return text.find(words) != std::string_view::npos; };
    return std::any_of(kWords.begin(), kWords.end(), is_said);
}

std::optional<Event> read_imap_error(std::string_view text)
{
    auto event = event_of(read_all(text, is_error_tail), EventKind::auth_failure);
    if (!event) return std::nullopt;
    event->teller = Teller::back_end;
    strip_host(event->account);
    if (says_unavailable(text)) event->kind = EventKind::auth_unavailable;
    return event;
}

}  // namespace

bool RoundcubeParser::may_matter(const LineHeader& header) noexcept
{
    auto text = header.message;
    skip_session(text);
    return text.starts_with(kFailed) || text.starts_with(kSuccessful) ||
           text.starts_with("IMAP Error: ") || text.starts_with("PHP Error: ") ||
           text.starts_with("Login failed for ");
}

std::optional<Event> RoundcubeParser::read(const LogMessage& message)
{
    auto text = message.text;
    skip_session(text);
    if (text.size() > kLongestWhole) return std::nullopt;
    if (distrusted_ > 0) {
        --distrusted_;
        return std::nullopt;
    }
    if (take(text, kFailed)) {
        const auto whole = without_ending(text, Ending::session_and_error);
        if (whole) return event_of(read_all(*whole, is_login_tail), EventKind::auth_failure);
        distrusted_ = kDistrusted;
        return std::nullopt;
    }
    if (take(text, kSuccessful)) {
        const auto whole = without_ending(text, Ending::session);
        if (!whole) return std::nullopt;
        auto event = event_of(read_all(*whole, is_login_tail), EventKind::auth_success);
        if (event) strip_id(event->account);
        return event;
    }
    take(text, "IMAP Error: ") || take(text, "PHP Error: ");
    if (!take(text, kImapError)) return std::nullopt;
    if (text.find(kFrom) == std::string_view::npos) distrusted_ = kDistrusted;
    return read_imap_error(text);
}

}  // namespace mailban
