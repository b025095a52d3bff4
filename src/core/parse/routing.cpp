#include "routing.h"

#include "mailban/envelope/program_header.h"
#include "mailban/parse/dovecot.h"
#include "mailban/parse/pam.h"
#include "mailban/scan.h"
#include "mailban/words.h"

#include <algorithm>
#include <array>

#include "php_message.h"

namespace mailban {

namespace {

// "postfix/smtpd", "postfix-in/submission/smtpd", and, whatever syslog_name says, "x/smtpd".
bool is_postfix_program(std::string_view program) noexcept
{
    return program.starts_with("postfix") || program.ends_with("/smtpd") ||
           program.ends_with("/postscreen");
}

// "cyrus/imaps", or the name alone that cyrus.conf gives a service.
bool is_cyrus_program(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 16> kServices{
        "imap",        "imaps", "imaplocal", "pop3", "pop3s", "sieve", "sieves", "timsieved",
        "managesieve", "lmtp",  "lmtpunix",  "http", "https", "nntp",  "nntps",  "mupdate"};
    return program.starts_with("cyrus/") || is_one_of(program, kServices);
}

// Dovecot's own log names its processes where syslog has the program.
bool is_dovecot_process(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 4> kProcesses{"imap-login", "pop3-login",
                                                         "submission-login", "managesieve-login"};
    return is_one_of(program, kProcesses);
}

// What courierlogger and courieresmtpd call themselves; the latter is configurable (SYSLOGNAME).
bool is_courier_program(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 14> kNames{
        "imapd",         "imapd-ssl",   "imaplogin",         "courierimapd", "pop3d",
        "pop3d-ssl",     "pop3login",   "courierpop3login",  "courierpop3d", "esmtpd",
        "courieresmtpd", "authdaemond", "authdaemond.plain", "sqwebmaild"};
    return program.starts_with("courier") || is_one_of(program, kNames);
}

struct Beginning {
    std::string_view text{};
    MailServer server = MailServer::exim;
};

// How the programs of one server each begin. Exim's and Dovecot's names are configurable, but few
// go beyond "exim4", "Exim-in" or "dovecot-proxy"; Debian has Sendmail say "sm-mta".
constexpr std::array<Beginning, 24> kPrograms{Beginning{"exim", MailServer::exim},
                                              Beginning{"Exim", MailServer::exim},
                                              Beginning{"dovecot", MailServer::dovecot},
                                              Beginning{"sendmail", MailServer::sendmail},
                                              Beginning{"sm-", MailServer::sendmail},
                                              Beginning{"haraka", MailServer::haraka},
                                              Beginning{"stalwart", MailServer::stalwart},
                                              Beginning{"roundcube", MailServer::roundcube},
                                              Beginning{"sogod", MailServer::sogo},
                                              Beginning{"HORDE", MailServer::horde},
                                              Beginning{"horde", MailServer::horde},
                                              Beginning{"nginx", MailServer::nginx},
                                              Beginning{"mailu-front", MailServer::nginx},
                                              Beginning{"mailu-admin", MailServer::mailu},
                                              Beginning{"snappymail", MailServer::snappymail},
                                              Beginning{"rainloop", MailServer::snappymail},
                                              Beginning{"postal", MailServer::postal},
                                              Beginning{"modoboa", MailServer::modoboa},
                                              Beginning{"maddy", MailServer::maddy},
                                              Beginning{"axigen", MailServer::axigen},
                                              Beginning{"domino", MailServer::domino},
                                              Beginning{"nextcloud", MailServer::nextcloud},
                                              Beginning{"postfixadmin", MailServer::postfixadmin},
                                              Beginning{"mailcow", MailServer::mailcow}};

// How the messages of a server's own log begin, where nothing names the program.
constexpr std::array<Beginning, 10> kOwnLogs{
    Beginning{"sogod [", MailServer::sogo},      Beginning{"HORDE [", MailServer::horde},
    Beginning{"level=", MailServer::haraka},     Beginning{"{\"level\":", MailServer::haraka},
    Beginning{"[NOTICE] [", MailServer::haraka}, Beginning{"INFO ", MailServer::stalwart},
    Beginning{"WARN ", MailServer::stalwart},    Beginning{"ERROR ", MailServer::stalwart},
    Beginning{"DEBUG ", MailServer::stalwart},   Beginning{"TRACE ", MailServer::stalwart}};

template <std::size_t N>
std::optional<MailServer> server_that_begins(const std::array<Beginning, N>& beginnings,
                                             std::string_view text) noexcept
{
    const auto* const found =
        std::find_if(beginnings.begin(), beginnings.end(),
                     [&](const auto& known) { return begins_with(text, known.text); });
    if (found == beginnings.end()) return std::nullopt;
    return found->server;
}

std::optional<MailServer> server_of_program(std::string_view program,
                                            std::string_view message) noexcept
{
    if (is_postfix_program(program)) return MailServer::postfix;
    if (is_pam_line(program, message)) return MailServer::dovecot;
    // Postfix's is "postfix/smtpd".
    if (program == "smtpd") return MailServer::opensmtpd;
    if (is_cyrus_program(program)) return MailServer::cyrus;
    if (is_courier_program(program)) return MailServer::courier;
    if (is_dovecot_process(program)) return MailServer::dovecot;
    // A service of Node.js whose name nobody has given to the journal.
    if (program == "node" && server_that_begins(kOwnLogs, message) == MailServer::haraka)
        return MailServer::haraka;
    return server_that_begins(kPrograms, program);
}

// "08 mail SMTP-IN:00000022: "
bool begins_as_axigen_log(std::string_view text) noexcept
{
    return text.size() > 3 && is_digit(text[0]) && is_digit(text[1]) && text[2] == ' ' &&
           text.find(':') != std::string_view::npos && !is_digit(text[3]);
}

// Of a stamp that stands in front of messages of Exim's, Zimbra's and others.
MailServer server_of_plain_log(const LineHeader& header) noexcept
{
    constexpr std::size_t kSeconds = 19;
    // log4j writes the fraction behind a comma.
    if (header.stamp[kSeconds] == ',') return MailServer::zimbra;
    auto text = header.message;
    if (begins_as_axigen_log(text)) return MailServer::axigen;
    skip_colours(text);
    const bool has_level = take(text, "WARN") || take(text, "INFO") || take(text, "ERROR");
    skip_colours(text);
    return has_level && text.starts_with(' ') ? MailServer::postal : MailServer::exim;
}

// Of what PHP stamps for its programs.
MailServer server_of_php_log(std::string_view text) noexcept
{
    text = php_message_in(text);
    if (text.starts_with("PostfixAdmin ")) return MailServer::postfixadmin;
    if (text.starts_with("mailcow UI: ")) return MailServer::mailcow;
    return MailServer::roundcube;
}

// The main log names the request, "[2026-11-23 22:30:58.052][69105e66] ".
bool is_snappymail_log(const LineHeader& header) noexcept
{
    const auto end = header.stamp.find(']');
    return header.message.starts_with("Auth failed: ip=") || header.stamp.substr(end, 2) == "][";
}

std::optional<MailServer> server_of_program_log(const LineHeader& header) noexcept
{
    const auto form = program_form(header.stamp);
    if (!form) return std::nullopt;
    const auto text = header.message;
    switch (*form) {
    case ProgramForm::nginx: return MailServer::nginx;
    case ProgramForm::python:
        // Flask's, with the module.
        if (text.find(" in ") != std::string_view::npos) return MailServer::mailu;
        break;
    case ProgramForm::snappymail:
        if (is_snappymail_log(header)) return MailServer::snappymail;
        break;
    case ProgramForm::postal: return MailServer::postal;
    case ProgramForm::domino: return MailServer::domino;
    case ProgramForm::nextcloud: return MailServer::nextcloud;
    case ProgramForm::apache:
        if (text.find("] PostfixAdmin ") != std::string_view::npos) return MailServer::postfixadmin;
        break;
    }
    return std::nullopt;
}

// A line of a log that one server writes for itself.
std::optional<MailServer> server_of_own_log(const LineHeader& header) noexcept
{
    if (begins_as_dovecot_log(header)) return MailServer::dovecot;
    // Horde 5 writes the severity where syslog has the program: "2026-…+00:00 ERR: HORDE [imp] ".
    if (header.style == HeaderStyle::iso && header.message.starts_with("HORDE ["))
        return MailServer::horde;
    switch (header.style) {
    case HeaderStyle::plain: return server_of_plain_log(header);
    case HeaderStyle::slashes: return MailServer::kerio;
    case HeaderStyle::hyphens: return server_of_php_log(header.message);
    case HeaderStyle::program: return server_of_program_log(header);
    // Maddy names the protocol where syslog has the program.
    case HeaderStyle::iso:
        if (header.message.starts_with("authentication failed\t{")) return MailServer::maddy;
        break;
    default: break;
    }
    if (!header.program.empty()) return std::nullopt;
    return server_that_begins(kOwnLogs, header.message);
}

}  // namespace

LineOrigin line_origin(const LineHeader& header) noexcept
{
    // Where there is no host, what looks like a program may be the process that a server names
    // first.
    if (header.host.empty()) {
        if (const auto server = server_of_own_log(header)) return {server, true};
    }
    if (header.program.empty()) return {};
    return {server_of_program(header.program, header.message), false};
}

std::optional<MailServer> raw_writer_of(const LineHeader& header, const LineOrigin& origin) noexcept
{
    if (!origin.is_own_log || header.style == HeaderStyle::journal) return std::nullopt;
    const auto server = origin.server;
    switch (server.value_or(MailServer::pattern)) {
    case MailServer::roundcube:
    case MailServer::sogo:
    case MailServer::horde:
    case MailServer::nginx:
    case MailServer::snappymail:
    case MailServer::postfixadmin:
    case MailServer::mailcow:
    case MailServer::zimbra: return server;
    default: return std::nullopt;
    }
}

bool is_exims_own(std::string_view message) noexcept
{
    // Most have it at the front, or behind the message's id or the authenticator's name.
    if (begins_with_any(message, {"SMTP", "H=", "no host name found"})) return true;
    const auto second = message.substr(std::min(message.find(' '), message.size() - 1) + 1);
    if (begins_with_any(second, {"<=", "=>", "Completed", "authenticator failed"})) return true;
    constexpr std::array<std::string_view, 12> kWords{
        " H=", "SMTP", "queue run", "exim ", "Completed", "authenticator failed",
        "<=",  "=>",   "H=",        "TLS",   "rejected",  "no host name found"};
    return contains_any(message, kWords);
}

}  // namespace mailban
