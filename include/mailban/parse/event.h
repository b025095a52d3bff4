// Event: what one log line says a client did. The vocabulary between parsing and judging.
#pragma once

#include "mailban/net/ip_address.h"
#include "mailban/smtp/enhanced_status.h"
#include "mailban/smtp/reply_code.h"
#include "mailban/time/time.h"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace mailban {

enum class EventKind : std::uint8_t {
    auth_failure,  // wrong password, unknown user: a guess
    auth_success,
    auth_unavailable,  // our own back end is down; says nothing about the client
    relay_denied,
    unknown_recipient,
    rejected,
    abuse,  // protocol abuse, malformed or abandoned AUTH, too many connections
};
inline constexpr std::size_t kEventKinds = 7;

// `submission`: SMTP for mail programs, on another port than 25; where a line does not tell, it is
// `smtp`. The state database holds these by number: new ones go to the end.
enum class Service : std::uint8_t { unknown, smtp, imap, pop3, sieve, submission };

// Which server wrote the line. The state database holds these by number: new ones go to the end.
enum class MailServer : std::uint8_t {
    exim,
    postfix,
    dovecot,
    sendmail,
    opensmtpd,
    courier,
    cyrus,
    haraka,
    stalwart,
    zimbra,
    kerio,
    roundcube,
    sogo,
    horde,
    pattern,  // none that mailban knows: a pattern of the configuration read the line
    nginx,    // as a mail proxy
    mailu,
    snappymail,  // RainLoop, too
    postal,
    modoboa,
    maddy,
    axigen,
    domino,
    nextcloud,
    postfixadmin,
    mailcow,
};
inline constexpr std::size_t kMailServers = 26;

// Who tells of an attempt. One attempt may be told by each of them, and counts once (invariant 4).
enum class Reporter : std::uint8_t {
    front_end,  // the server that spoke with the client, as the attempt failed
    summary,    // the same, at the end of the connection, for all of its attempts
    back_end,   // the service that compared the password
    copy,       // the same server again: an earlier line of this log tells all of it
    module,     // a module of PAM that the back end has asked
    report,     // the back end, to mailban itself (`policy`): no line
};

// What is kept of a password that a log tells, hashed or not: enough to tell the tries of one
// account apart, too little to find a password by. 24 bits, as many as Dovecot's own "sha1:6"
// writes; the same in every run, as the state database holds it.
using PasswordMark = std::uint32_t;
PasswordMark password_mark(std::string_view told) noexcept;

// What tells two mechanisms, or two password databases, apart: a hash of the name that the line has
// for it, letters of either case alike.
using NameMark = std::uint16_t;
NameMark name_mark(std::string_view name) noexcept;

std::string_view to_string(EventKind kind) noexcept;
std::string_view to_string(Service service) noexcept;
std::string_view to_string(MailServer server) noexcept;
std::string_view to_string(Reporter reporter) noexcept;
std::optional<EventKind> parse_event_kind(std::string_view name) noexcept;
std::optional<MailServer> parse_mail_server(std::string_view name) noexcept;

struct Event {
    Timestamp time{};  // the line's own stamp, in UTC
    EventKind kind = EventKind::auth_failure;
    IpAddress ip{};  // the client's own address (invariant 1)
    // The account name as the client gave it, raw bytes; nullopt where the line does not tell.
    std::optional<std::string> account{};
    MailServer server = MailServer::exim;
    Service service = Service::unknown;
    std::optional<ReplyCode> reply{};
    std::optional<EnhancedStatus> enhanced{};
    std::uint32_t attempts = 1;  // how many attempts the line reports
    Reporter reporter = Reporter::front_end;
    // The server writes such lines twice into one log, unless it was told not to.
    bool may_be_doubled = false;
    // The client's and the server process's side of one session, where logged; they tell two
    // attempts of one second apart from one attempt that two logs report.
    std::optional<std::uint16_t> client_port{};
    std::optional<std::uint32_t> pid{};
    // The port of this machine that the client spoke to, where logged. Not kept in the database: it
    // says through which door a client still comes that is banned.
    std::optional<std::uint16_t> local_port{};
    // The server's own name of the session, at most 64 bytes, where logged (Dovecot's "<…>").
    std::optional<std::string> session{};
    // How long the connection had lasted, where a summary tells.
    std::optional<Duration> lasted{};
    // Which password was tried, where the line tells it; two alike are one guess.
    std::optional<PasswordMark> password{};
    // Of auth_unavailable: a password was given and no verdict on it came in time. A back end that
    // is down does that, and so does one that delays a client for its failures.
    bool unanswered = false;
    // By which mechanism the password came (PLAIN, LOGIN, an authenticator of Exim's), and which
    // password database or module of PAM refused it, where the line tells. Not kept in the
    // database: lines of one attempt follow each other within seconds.
    std::optional<NameMark> mechanism{};
    std::optional<NameMark> database{};
    // That database does not know the user; another one, asked next, may. Not kept either.
    bool is_unknown_user = false;

    bool operator==(const Event&) const = default;
};

}  // namespace mailban
