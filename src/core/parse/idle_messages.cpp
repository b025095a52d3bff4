#include "idle_messages.h"

#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>

#include "postfix_messages.h"

namespace mailban {

namespace {

constexpr std::size_t kNowhere = std::string_view::npos;

// Exim gives up a line with more places than 64 at which a HELO name can end, and says so. Of
// fewer, a line without a deed raises nothing.
bool has_few_helo_ends(std::string_view text) noexcept
{
    constexpr int kMost = 32;
    int ends = 0;
    for (auto at = text.find(") ["); at != kNowhere; at = text.find(") [", at + 3))
        if (++ends > kMost) return false;
    return true;
}

// Behind the next " P=" or whatever the name, from `from` on; 0: there is none. Equals signs are
// rarer than blanks.
std::size_t behind_field(std::string_view text, char name, std::size_t from) noexcept
{
    for (auto at = text.find('=', from); at != kNowhere; at = text.find('=', at + 1))
        if (at >= 2 && text[at - 1] == name && text[at - 2] == ' ') return at + 1;
    return 0;
}

// "esmtpa", "esmtpsa", "utf8esmtpa", "utf8esmtpsa", "asmtp"
bool may_be_authenticated(std::string_view protocol) noexcept
{
    protocol = protocol.substr(0, protocol.find(' '));
    return protocol.ends_with('a') || protocol.starts_with('a');
}

// Whether the arrival of a message tells of no login, however it is read.
bool is_arrival_without_login(std::string_view text) noexcept
{
    for (auto at = behind_field(text, 'P', 0); at > 0; at = behind_field(text, 'P', at))
        if (may_be_authenticated(text.substr(at))) return false;
    return has_few_helo_ends(text);
}

bool is_arrival(std::string_view message) noexcept
{
    return message.substr(16, 4) == " <= " || message.substr(23, 4) == " <= ";
}

bool is_idle_connection(std::string_view behind) noexcept
{
    return !behind.starts_with('[') || !contains(behind, " (TCP/IP connection count = ");
}

// "imap-login: Disconnected: Connection closed (no auth attempts in 0 secs): ", whatever follows.
bool is_end_without_attempt(std::string_view message) noexcept
{
    constexpr auto kOfProcesses = kLowerCase.with("0123456789-");
    if (!take_all(message, kOfProcesses).ends_with("-login") || !take(message, ": ")) return false;
    if (!take(message, "Disconnected") && !take(message, "Aborted login")) return false;
    message.remove_prefix(std::min(message.find(" ("), message.size()));
    return take(message, " (no auth attempts in ") && take_number<std::uint32_t>(message) &&
           take(message, " secs): ");
}

// Dovecot's log may have a stamp of its own in front of it: "Nov 23 22:26:32 imap-login: ".
bool may_begin_with_stamp(std::string_view message) noexcept
{
    return message.size() > 6 && message[3] == ' ' && message[6] == ' ';
}

}  // namespace

// Nothing else that a parser knows begins with six letters and digits and a hyphen.
bool begins_with_queue_id(std::string_view message) noexcept
{
    constexpr std::size_t kFirst = 6;
    constexpr std::size_t kLongest = 23;
    if (message.size() <= kLongest || message[kFirst] != '-') return false;
    for (std::size_t at = 0; at < kFirst; ++at)
        if (!is_letter_or_digit(message[at])) return false;
    return (message[13] == '-' && message[16] == ' ') ||
           (message[18] == '-' && message[kLongest] == ' ');
}

bool is_idle_in_exim_log(std::string_view message) noexcept
{
    if (begins_with_queue_id(message))
        return !is_arrival(message) || is_arrival_without_login(message);
    if (message.empty()) return false;
    auto text = message;
    switch (message.front()) {
    case 'n':
        if (take(text, "no host name found for IP address ")) return true;
        return take(text, "no MAIL in ") && behind_field(text, 'A', 0) == 0 &&
               has_few_helo_ends(text);
    case 'S':
        if (take(text, "SMTP connection from ")) return is_idle_connection(text);
        return take(text, "SMTP command timeout on ") || take(text, "SMTP data timeout ");
    case 'H':
        return take(text, "H=") && !may_begin_with_stamp(message) &&
               !contains(text, " rejected ") && has_few_helo_ends(text);
    case 'T': return begins_with(text, "TLS error on connection from ");
    case 'u': return begins_with(text, "unexpected disconnection while reading SMTP command from ");
    default: return false;
    }
}

bool is_idle_exim_message(std::string_view message) noexcept
{
    if (begins_with_queue_id(message)) return !is_arrival(message);
    return take(message, "SMTP connection from ") && !message.starts_with('[');
}

bool is_idle_smtpd_message(std::string_view message) noexcept
{
    if (!may_be_postfix_event(message)) return true;
    // The client of a message that has not logged in.
    take_all(message, kLettersAndDigits);
    return take(message, ": client=") && !contains(message, "sasl_");
}

bool is_idle_postscreen_message(std::string_view message) noexcept
{
    constexpr Beginnings kIdle("CONNECT from ", "PASS ", "DISCONNECT ", "HANGUP ", "WHITELISTED ",
                               "ALLOWLISTED ");
    return kIdle.begin(message);
}

// A session behind its login, and a connection that has not tried to log in.
bool is_idle_dovecot_message(std::string_view message) noexcept
{
    constexpr Beginnings kSessions("imap(", "pop3(", "lmtp(", "lda(");
    return kSessions.begin(message) || is_end_without_attempt(message);
}

}  // namespace mailban
