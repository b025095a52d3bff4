#include "routing.h"

#include <algorithm>
#include <array>

namespace mailban {

namespace {

// "exim", "exim4", "Exim-in": what syslog_processname is likely to be.
bool is_exim_program(std::string_view program) noexcept
{
    return program.starts_with("exim") || program.starts_with("Exim");
}

// "sendmail", and what Debian has it say: "sm-mta", "sm-msp-queue", "sm-acceptingconnections".
bool is_sendmail_program(std::string_view program) noexcept
{
    return program.starts_with("sendmail") || program.starts_with("sm-");
}

// "cyrus/imaps", or the name alone that cyrus.conf gives a service.
bool is_cyrus_program(std::string_view program) noexcept
{
    constexpr std::array<std::string_view, 16> kServices{
        "imap",        "imaps", "imaplocal", "pop3", "pop3s", "sieve", "sieves", "timsieved",
        "managesieve", "lmtp",  "lmtpunix",  "http", "https", "nntp",  "nntps",  "mupdate"};
    return program.starts_with("cyrus/") ||
           std::find(kServices.begin(), kServices.end(), program) != kServices.end();
}

std::optional<MailServer> server_of_program(std::string_view program) noexcept
{
    if (is_exim_program(program)) return MailServer::exim;
    if (is_sendmail_program(program)) return MailServer::sendmail;
    if (is_cyrus_program(program)) return MailServer::cyrus;
    // Postfix's is "postfix/smtpd".
    if (program == "smtpd") return MailServer::opensmtpd;
    return std::nullopt;
}

// A line of a log that one server writes for itself.
std::optional<MailServer> server_of_own_log(const LineHeader& header) noexcept
{
    if (header.style == HeaderStyle::plain) return MailServer::exim;
    return std::nullopt;
}

}  // namespace

std::optional<MailServer> server_of(const LineHeader& header) noexcept
{
    return header.program.empty() ? server_of_own_log(header) : server_of_program(header.program);
}

}  // namespace mailban
