// RFC 3164 as the syslog daemons write it: what stands behind the stamp.
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "header_fields.h"

namespace mailban {

namespace {

constexpr CharacterSet kNoHost("{}[]()<>\"'=,;");
constexpr CharacterSet kEndOfTag(" [:(");
constexpr CharacterSet kOfLevels = kDigits.with(".");

// "mail.warn", "local0.info", "2.4"
bool is_level(std::string_view text) noexcept
{
    constexpr std::array<std::string_view, 24> kFacilities{
        "kern",   "user",   "mail",   "daemon", "auth",   "syslog",   "lpr",     "news",
        "uucp",   "cron",   "ftp",    "ntp",    "local0", "local1",   "local2",  "local3",
        "local4", "local5", "local6", "local7", "audit",  "authpriv", "console", "security"};
    constexpr std::array<std::string_view, 11> kPriorities{"emerg", "alert",   "crit", "err",
                                                           "error", "warning", "warn", "notice",
                                                           "info",  "debug",   "panic"};
    constexpr std::size_t kLongest = 16;
    if (text.size() > kLongest || text.size() < 3) return false;
    const auto point = text.find('.');
    if (point == std::string_view::npos) return false;
    return is_one_of(text.substr(0, point), kFacilities) &&
           is_one_of(text.substr(point + 1), kPriorities);
}

// "<mail.warn> ", "<2.4> "
void skip_level_in_brackets(std::string_view& text) noexcept
{
    if (!text.starts_with('<')) return;
    auto rest = text.substr(1);
    const auto inside = take_until(rest, '>');
    const bool is_number = inside.size() >= 3 && inside.size() <= 5 && kOfLevels.has_all_of(inside);
    if ((is_number || is_level(inside)) && take(rest, "> ")) text = rest;
}

// "mail.warn "
bool skip_level(std::string_view& text) noexcept
{
    auto rest = text;
    if (!is_level(take_until(rest, ' ')) || !take(rest, " ")) return false;
    text = rest;
    return true;
}

// "[ID 197553 mail.warning] "
void skip_message_id(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "[ID ") || !take_number<std::uint32_t>(rest) || !take(rest, " ")) return;
    if (is_level(take_until(rest, ']')) && take(rest, "] ")) text = rest;
}

// A host's name or address. What else stands there belongs to the message of a program that writes
// none: `{"level":"NOTICE",…"helo":"x exim[1]: …`, or `auth(a b,192.0.2.7,…)<…>: …` of Dovecot's
// own log, must not become a host and a program.
bool is_host(std::string_view text) noexcept
{
    return !kNoHost.has_any_of(text);
}

// "[192.0.2.1]", "[2001:db8::1]"
bool take_host_in_brackets(std::string_view& text, LineHeader& header) noexcept
{
    auto rest = text.substr(1);
    const auto host = take_until(rest, ']');
    const bool is_address =
        kOfAddresses.has_all_of(host) && host.find_first_of(".:") != std::string_view::npos;
    if (!is_address || !take(rest, "] ")) return false;
    header.host = host;
    text = rest;
    return true;
}

// metalog: "[postfix/smtpd] "
bool take_program_in_brackets(std::string_view text, LineHeader& header) noexcept
{
    text.remove_prefix(1);
    const auto program = take_until(text, ']');
    const bool is_name =
        !program.empty() && std::all_of(program.begin(), program.end(), [](char c) {
            return is_letter_or_digit(c) || c == '/' || c == '-' || c == '_' || c == '.';
        });
    if (!is_name || !take(text, "] ")) return false;
    header.program = program;
    header.message = text;
    return true;
}

}  // namespace

bool take_priority(std::string_view& text) noexcept
{
    auto rest = text;
    if (!take(rest, "<") || !take_number<std::uint16_t>(rest) || !take(rest, ">")) return false;
    text = rest;
    return true;
}

bool take_tag(std::string_view& text, LineHeader& header) noexcept
{
    const auto* const end =
        std::find_if(text.begin(), text.end(), [](char c) { return kEndOfTag.has(c); });
    const auto length = static_cast<std::size_t>(end - text.begin());
    if (length == 0 || length == text.size()) return false;
    if (text[length] == ' ' || text[length] == '(') return false;
    header.program = text.substr(0, length);
    text.remove_prefix(length);
    if (take(text, "[")) {
        header.pid = take_number<std::uint32_t>(text);
        if (!header.pid || !take(text, "]")) return false;
    }
    if (!take(text, ":")) return false;
    take(text, " ");
    skip_message_id(text);
    header.message = text;
    return true;
}

bool take_host_and_tag(std::string_view text, LineHeader& header) noexcept
{
    skip_level_in_brackets(text);
    if (text.starts_with('[')) {
        const bool is_metalog = header.style == HeaderStyle::rfc3164;
        if (!take_host_in_brackets(text, header))
            return is_metalog && take_program_in_brackets(text, header);
    } else {
        auto without_host = text;
        const auto host = take_until(text, ' ');
        if (host.ends_with(':')) return take_tag(without_host, header);
        if (!is_host(host) || !take(text, " ")) return false;
        if (!is_level(host)) header.host = host;
    }
    skip_level_in_brackets(text);
    auto behind_level = text;
    if (take_tag(text, header)) return true;
    if (!skip_level(behind_level)) return false;
    header.pid.reset();
    return take_tag(behind_level, header);
}

}  // namespace mailban
